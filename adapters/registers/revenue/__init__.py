"""State Revenue Service (Valsts ieņēmumu dienests, VID)."""
