"""REST: what an OpenAPI description says, and calls of its operations."""
