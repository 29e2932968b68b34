"""The demo: an invented world, one claim's story in it, and what runs both."""
