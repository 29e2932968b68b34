"""By what ways registers are reached, and that an answer is the same by each."""
