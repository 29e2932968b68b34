"""Loads and checks policy modules, asks Cedar, explains. Sees words only: no HTTP, no clock, no database."""
