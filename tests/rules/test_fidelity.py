"""docs/fidelity.md: every line says one of three words and names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "fidelity.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Feature |")
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_line_is_tied_to_tests_that_exist(line: list[str]) -> None:
    _, fidelity, _, tests = line
    assert fidelity in ("faithful", "simplified", "invented")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
    assert len(named) == tests.count("::") > 0
    assert [test for path, test in named if test not in _tests_of(ROOT / path)] == []


def _tests_of(path: Path) -> set[str]:
    return {
        node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }
