"""What the audit trail tells has its words: each action, and each kind of thing it was done to."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from gis.workflows.reviews import STEPS

ROOT = Path(__file__).parents[2]
WORDS = json.loads((ROOT / "web/src/i18n/zh-CN.json").read_text("utf-8"))
SUBJECT = re.compile(r"^f[\'\"]([a-z][a-z -]*?) \{")
IMPORTS = ("facts", "visits", "weather")  # kinds of base data


def _texts(node: ast.AST) -> Iterator[str]:
    """The strings that an expression may be: its own, or those of both branches."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def told() -> tuple[set[str], set[str]]:
    """The actions that are recorded anywhere, also through a function with a parameter `action`,
    and the beginnings of their subjects."""
    actions, subjects = set[str](), set[str]()
    for path in sorted(file for part in ("gis", "api") for file in (ROOT / part).rglob("*.py")):
        text = path.read_text("utf-8")
        if "audit.record(" not in text:
            continue
        tree = ast.parse(text)
        passing = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [one.arg for one in node.args.args]
                if "action" in names and "audit.record(" in ast.unparse(node):
                    passing[node.name] = names.index("action")
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
                actions |= set(_texts(node.value))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "audit.record":
                actions |= set(_texts(node.args[1]))
                subjects |= set(
                    re.findall(r"^f[\'\"]([a-z][a-z -]*?) \{", ast.unparse(node.args[2]))
                )
            elif called in passing and len(node.args) > passing[called]:
                actions |= set(_texts(node.args[passing[called]]))
    return actions, subjects


def test_every_action_and_every_subject_has_its_word() -> None:
    actions, subjects = told()
    assert {"plan-export", "deadline-add", "draft-discard", "web-hook-end"} <= actions
    actions |= {f"plan-{step}" for step in STEPS} | {f"{kind}-import" for kind in IMPORTS}
    assert {one for one in actions if one not in WORDS["auditAction"]} == set()
    assert {"plan", "account", "web hook"} <= subjects
    named = {one.replace(" ", "-") for one in subjects}
    assert {one for one in named if one not in WORDS["auditSubject"]} == set()
