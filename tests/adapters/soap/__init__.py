"""SOAP over the wire: what a register may say, and what it may not."""
