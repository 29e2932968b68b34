"""One household asked of nine registers: how many calls that takes, and which of them are under way together."""
