"""What can be said: words, records and the public graph. Imports nothing of ours but itself."""
