"""Enterprise register (Uzņēmumu reģistrs, UR)."""
