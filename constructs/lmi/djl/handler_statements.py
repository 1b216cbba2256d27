"""What importing a module of Python runs, and which names that defines."""

import ast
from collections.abc import Iterator


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that importing may run, those in conditions and loops included."""
    pending = [*reversed(body)]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.If) and _holds_only_for_main(node.test):
            pending.extend(reversed(node.orelse))
            continue
        for part in ("body", "orelse", "finalbody"):
            pending.extend(reversed(getattr(node, part, [])))
        for handler in getattr(node, "handlers", []):
            pending.extend(reversed(handler.body))
        for case in getattr(node, "cases", []):
            pending.extend(reversed(case.body))


def _holds_only_for_main(test: ast.expr) -> bool:
    """Return whether *test* is ``__name__ == "__main__"``."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, *test.comparators)
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    texts = {side.value for side in sides if isinstance(side, ast.Constant)}
    return len(sides) == 2 and names == {"__name__"} and texts == {"__main__"}


def bound(node: ast.stmt) -> frozenset[str]:
    """Return the names that *node* gives a meaning, but for a function of its own."""
    if isinstance(node, ast.ClassDef):
        return frozenset({node.name})
    if isinstance(node, ast.Import | ast.ImportFrom):
        return frozenset(alias.asname or alias.name.split(".")[0] for alias in node.names)
    return frozenset(
        each.id
        for part in _own_parts(node)
        for each in ast.walk(part)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    )


def _own_parts(node: ast.stmt) -> list[ast.AST]:
    """Return what of a statement is not a block of others."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    if isinstance(node, ast.With | ast.AsyncWith):
        return [*node.items]
    if isinstance(node, ast.For | ast.AsyncFor):
        return [node.target, node.iter]
    if isinstance(node, ast.If | ast.While):
        return [node.test]
    if isinstance(node, ast.Match):
        return [node.subject]
    return [] if hasattr(node, "handlers") else [node]


def can_bind_anything(node: ast.stmt) -> bool:
    """Return whether *node* may define names that do not stand in it."""
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if isinstance(node, ast.ClassDef):
        return False
    return any(
        isinstance(each, ast.Name) and each.id in {"globals", "exec", "setattr", "vars", "sys"}
        for part in _own_parts(node)
        for each in ast.walk(part)
    )
