"""Bytes in, bytes out: what HTTP may carry, before and after the graph."""
