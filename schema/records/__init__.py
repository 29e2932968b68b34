"""What registers hold: one file per record type, one ``Record`` class each, keyed by its ``Key`` type.

A record is what an adapter's ``mapping.py`` makes of one subject's wire answer. Attributes are named as the graph's
fields, in snake case, so the graph projects records without copying them. All are immutable.
"""
