"""What every adapter stands on: ports, errors, contracts, codecs, wire, resilience, contract test."""
