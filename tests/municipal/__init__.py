"""Municipalities' systems as people meet them: different vendors, none at all, a successor, and some that are down."""
