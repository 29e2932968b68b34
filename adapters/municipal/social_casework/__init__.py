"""Municipal social casework system (klientu lietu sistēma): another vendor's, with names and ways of its own."""
