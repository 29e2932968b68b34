"""Contracts of real registers, read by the kit: each operation's messages there and back again."""
