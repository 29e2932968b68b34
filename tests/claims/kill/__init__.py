"""The gateway is killed at random moments while claims come in; afterwards everything is counted at the owners.

``python -m tests.claims.kill --kills 200`` is the long run; ``tests/claims/test_kill.py`` a short one.
"""
