"""What a request costs: this gateway beside a hand-written endpoint and beside what one would write with libraries.

``python -m benchmarks`` runs all three on the same simulated registers and the same store, compares their answers byte
for byte, and counts CPU time and register calls. ``limit.py`` and ``naive.py`` are the two to compare with.
"""
