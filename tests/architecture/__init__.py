"""What holds the house together: which way imports point, what may name the clock, what every folder says of itself."""
