"""Drafts of adapters, made of a contract: every element mapped, and what a person has to decide said by name."""
