"""The benchmarks run, their contenders agree, and their figures have the shape that scripts read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.running_gateway import ROOT, environment


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, float]]]:
    file = tmp_path_factory.mktemp("benchmarks") / "figures.json"
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "gateway/limit" in ran.stdout
    queries: dict[str, dict[str, dict[str, float]]] = json.loads(file.read_bytes())["queries"]
    return queries


def test_each_query_has_cpu_time_and_register_calls_of_each_contender(
    figures: dict[str, dict[str, dict[str, float]]],
) -> None:
    assert list(figures) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"]
    for query in figures.values():
        for contender in ("limit", "naive", "gateway"):
            assert query[contender]["cpu_ms"] > 0
            assert query[contender]["upstream"] >= 0


def test_no_contender_makes_more_calls_than_the_query_needs(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    needed = {"Q1": 2, "Q2": 2, "Q3": 1, "Q4": 2, "Q5": 10, "Q6": 1}
    for name, calls in needed.items():
        for contender in ("limit", "gateway") if name == "Q6" else ("limit", "naive", "gateway"):
            assert figures[name][contender]["upstream"] <= calls, (name, contender)


def test_without_a_batch_the_gateway_asks_for_each_person_as_the_others_do(
    figures: dict[str, dict[str, dict[str, float]]],
) -> None:
    assert {figures["Q5"][contender]["upstream"] for contender in ("limit", "naive", "gateway")} == {10}


def test_the_benchmarks_say_what_is_no_query() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "Q9"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 2
