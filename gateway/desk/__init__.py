"""What the graph asks of the gateway, answered: claims behind their doors, records of registers, reference data."""
