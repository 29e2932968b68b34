"""What each simulated register answers: one file per register, from the world to the wire."""
