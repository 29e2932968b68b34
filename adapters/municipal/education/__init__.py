"""Municipal education offices: the kindergarten queue."""
