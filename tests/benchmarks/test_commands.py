"""Every further command runs in its smallest form, and its figures say what they are read for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running_gateway import ROOT, environment


def run(folder: Path, *arguments: str) -> tuple[int, str, Any]:
    """Exit code, what was printed, and the figures."""
    file = folder / "figures.json"
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments, "--json", str(file)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    return ran.returncode, ran.stdout + ran.stderr, json.loads(file.read_bytes()) if file.exists() else None


def test_latency_is_what_is_added_to_calls_that_take_their_time(tmp_path: Path) -> None:
    code, printed, figures = run(tmp_path, "latency", "--quick")
    assert code == 0, printed
    for query in ("Q1", "Q2"):
        path = figures[query]["critical_path_ms"]
        assert path >= 40  # two calls, 20 ms each
        for contender in ("limit", "naive", "gateway"):
            each = figures[query][contender]
            assert each["added_ms"] == pytest.approx(each["p50_ms"] - path, abs=0.02)


def test_growth_has_a_cost_for_each_object_register_and_document(tmp_path: Path) -> None:
    code, printed, figures = run(tmp_path, "growth", "--quick")
    assert code == 0, printed
    assert [row["objects"] for row in figures["objects"]] == [10, 1_000]
    assert [row["further_registers"] for row in figures["registers"]] == [0, 2, 2]
    assert [row["unreachable"] for row in figures["registers"]] == [0, 0, 1]
    assert [row["documents"] for row in figures["documents"]] == [1, 20]
    assert all(row["cpu_us_an_object"] > 0 for row in figures["objects"])
    assert all(row["start_cpu_ms"] > 0 and row["q1_cpu_ms"] > 0 for row in figures["registers"])


def test_the_floor_is_below_what_the_gateway_costs_and_a_row_on_disk_is_part_of_it(tmp_path: Path) -> None:
    code, printed, rows = run(tmp_path, "floor", "--quick")
    assert code == 0, printed
    assert [row["server"].split(",")[0] for row in rows] == [
        "uvloop and httptools",
        "the same from an ASGI application in uvicorn",
        "as bare",
        "the gateway",
        "the gateway",
    ]
    assert all(row["cpu_ms"] > 0 for row in rows)
    assert rows[0]["cpu_ms"] < rows[-1]["cpu_ms"]


def test_memory_is_looked_at_while_documents_come_in(tmp_path: Path) -> None:
    code, printed, rows = run(tmp_path, "memory", "--quick")
    documents = [row["documents"] for row in rows]
    assert documents[0] == 0
    assert documents[-1] == 200
    assert all(row["mib"] > 10 for row in rows)
    assert code == (1 if max(row["mib"] for row in rows) > 150 else 0), printed


def test_blocking_has_the_longest_block_of_each_scenario_and_fails_over_the_limit(tmp_path: Path) -> None:
    code, printed, figures = run(tmp_path, "blocking", "--quick")
    assert len(figures) == 16
    for title, block in figures.items():
        assert block["cpu_ms"] > 0
        assert title.split(":")[0] in printed
    assert code == (1 if max(block["cpu_ms"] for block in figures.values()) > 50 else 0), printed


def test_a_profile_is_of_the_gateway_that_its_query_has() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "profile", "Q4", "--requests", "20", "--rows", "400"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Q4: 20 requests under the profiler" in ran.stdout
    assert "cache/register.py" in ran.stdout, "without what holds records it is Q1"
