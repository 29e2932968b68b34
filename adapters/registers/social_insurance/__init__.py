"""State Social Insurance Agency (Valsts sociālās apdrošināšanas aģentūra, VSAA)."""
