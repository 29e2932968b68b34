"""State register of vehicles and their drivers (Transportlīdzekļu un to vadītāju valsts reģistrs), kept by CSDD."""
