"""Adapters that live outside the tree: the worked example of the documentation, from an empty directory."""
