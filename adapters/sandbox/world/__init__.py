"""The invented residents that all simulated registers agree on: named people from files, the rest generated."""
