"""The same registers simulated from their contracts, over real HTTP, with faults on demand.

Imports no adapter: two independent readings of a contract meet on the wire.
"""
