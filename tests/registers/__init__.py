"""Registers on the wire, as they are simulated, and the gateway before them."""
