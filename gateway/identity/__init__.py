"""Token or certificate -> Party: who asks, in which capacity."""
