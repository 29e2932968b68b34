"""Every register broken in turn, in every way that registers break, under operations over the whole graph."""
