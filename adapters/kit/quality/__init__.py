"""The quality scale: what an adapter has to hold for each tier, and what looks at it."""
