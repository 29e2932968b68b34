"""What is so: one folder per register. Imports nothing of ours but ``schema``; no adapter imports another."""
