"""A disk that is full, read-only, or loses what it was to keep, below a gateway that goes on serving."""
