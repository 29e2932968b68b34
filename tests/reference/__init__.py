"""Reference data over HTTP: centres, third parties, claim types, municipalities, owners."""
