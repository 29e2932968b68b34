"""Tests of the kit, and of adapters together with what is not theirs: zeep, a foreign server, real sockets."""
