"""Tables and migrations; SQLite by default."""
