"""Which field is being answered: known to whatever runs below the runner's call, and to nothing else."""

from __future__ import annotations

from contextvars import ContextVar

from gateway.plan.compile import FieldPlan

field: ContextVar[FieldPlan | None] = ContextVar("field", default=None)
