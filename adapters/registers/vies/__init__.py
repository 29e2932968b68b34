"""EU VAT information exchange (VIES)."""
