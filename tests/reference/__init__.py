"""Reference and open data over HTTP: centres, third parties, claim types, municipalities, owners, addresses."""
