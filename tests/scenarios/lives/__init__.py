"""A claim's whole life, of each claim type, begun in each way there is: over HTTP, from the draft to the citizen's log."""
