"""The running service: the only place that knows all the others."""
