"""Population register (Fizisko personu reģistrs, FPR)."""
