"""The registers, simulated from their contracts over real HTTP, with faults on demand.

It plays other houses' servers, so it shares nothing with the adapters that call it: it reads the same contract files
with ``lxml`` and ``jsonschema``, and imports no adapter, mapping, codec or kit. That two independent readings of a
contract meet on the wire is the point of it. All people in it are invented.
"""
