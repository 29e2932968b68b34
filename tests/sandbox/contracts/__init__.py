"""The second reading of contracts, and registers simulated from it."""
