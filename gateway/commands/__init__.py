"""One file for each command. What a command needs is imported when it runs: ``gateway token`` waits for no graph."""
