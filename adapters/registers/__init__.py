"""National registers, one folder each."""
