"""State cadastre (Nekustamā īpašuma valsts kadastrs), kept by the State Land Service (VZD)."""
