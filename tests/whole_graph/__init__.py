"""Every field of the public graph, asked for over HTTP in the demo world until somebody gets a value."""
