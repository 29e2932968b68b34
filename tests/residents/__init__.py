"""The invented residents as all registers tell of them: one world, whoever is asked."""
