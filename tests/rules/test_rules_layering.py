"""What archive.rules may import: it is pure but for the loader and the command, and light until rules are read."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.conftest import environment
from tests.test_layering import ARCHIVE, ASKS_OR_OPENS, HEAVY, IMPURE, PURE, ROOT, below, modules

IMPURE_MODULES = {"archive.rules.load", "archive.rules.command"}
LIBRARIES = {"cssselect", "lxml"}


def test_rules_import_only_what_is_pure() -> None:
    wrong: dict[str, set[str]] = {}
    for name, found in ARCHIVE.items():
        if not below(name, {"archive.rules"}) or name in IMPURE_MODULES:
            continue
        for module in found:
            top = module.partition(".")[0]
            standard = top in sys.stdlib_module_names and top not in IMPURE
            if not (below(module, PURE) or top in LIBRARIES or standard or module == "archive"):
                wrong.setdefault(name, set()).add(module)
            if module in IMPURE_MODULES:
                wrong.setdefault(name, set()).add(module)
    assert wrong == {}


def test_extraction_never_sees_the_loader() -> None:
    assert [
        name for name, found in ARCHIVE.items() if below(name, {"archive.extract"}) and found & IMPURE_MODULES
    ] == []


def test_rules_ask_no_clock_and_open_nothing() -> None:
    wrong = []
    for name, tree in modules("archive"):
        if not below(name, {"archive.rules"}) or name in IMPURE_MODULES:
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in ASKS_OR_OPENS:
                wrong.append(f"{name}, line {call.lineno}: {called}()")
    assert wrong == []


PROBE = """
import sys, archive.rules, archive.rules.command
print([name for name in %r if name in sys.modules])
"""


def test_what_only_carries_rules_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE % ((*HEAVY, "cssselect"),)], capture_output=True, text=True, cwd=ROOT,
        env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "[]\n", done.stderr
