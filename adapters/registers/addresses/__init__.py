"""State address register (Valsts adrešu reģistrs, VARIS)."""
