"""Municipal systems, one folder each; one adapter serves many municipalities by configuration."""
