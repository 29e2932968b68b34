"""Any OpenAPI contract as a register, read a second time and judged by ``jsonschema``; nothing of the kit is in it."""
