"""Municipal finance offices: reliefs of the property tax (nekustamā īpašuma nodoklis)."""
