"""What registers said to earlier requests: when it is used again, when not, and who asks when many want the same."""
