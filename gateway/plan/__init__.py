"""Operation -> plan -> decisions -> calls -> bytes."""
