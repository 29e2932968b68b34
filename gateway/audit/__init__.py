"""Access records: durable before data is released; the citizen's view of them."""
