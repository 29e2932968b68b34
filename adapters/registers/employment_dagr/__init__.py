"""The State Employment Agency's copy at DAGR: reads how people stand with it, up to a day late."""
