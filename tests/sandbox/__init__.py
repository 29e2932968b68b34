"""The simulated registers, tested as what they are: HTTP servers that somebody else might have written."""
