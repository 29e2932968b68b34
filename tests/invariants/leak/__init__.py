"""Personal codes driven through every path, and everything searched that must not hold them."""
