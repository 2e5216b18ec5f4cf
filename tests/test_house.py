"""The shape of the house: few rooms, no circles, one class for a name, no poetry in file names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from re._parser import SubPattern, parse  # type: ignore[import-not-found]

import grimp
import pytest

import digest

HOUSE = Path(digest.__file__).parent
MOST_ROOMS = 20
LONGEST = 560
"""Lines of a module; a longer one has a second thought."""
KINDS = {"Settings"}
"""What every kind holds under this name: the keys of its table."""


@cache
def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(HOUSE.rglob("*.py"))}


def classes() -> Iterator[tuple[str, Path]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield node.name, path


def test_the_rooms_can_be_counted() -> None:
    rooms = [path for path in HOUSE.iterdir() if (path / "__init__.py").exists()]
    assert len(rooms) <= MOST_ROOMS
    loose = {path.name for path in HOUSE.glob("*.py")}
    assert loose == {"__init__.py", "__main__.py", "errors.py", "resources.py"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("digest", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # Take away, again and again, what imports nothing that is left: a circle stays.
    while free := [module for module, imported in imports.items() if not imported & imports.keys()]:
        for module in free:
            del imports[module]
    assert imports == {}


def test_a_class_name_is_defined_once() -> None:
    places = defaultdict(set)
    for name, path in classes():
        places[name].add(str(path.relative_to(HOUSE)))
    twice = {name: sorted(files) for name, files in places.items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in KINDS} == {}


def test_each_module_opens_with_a_sentence() -> None:
    for path, tree in modules().items():
        words = ast.get_docstring(tree) or ""
        first = words.split("\n\n")[0].replace("\n", " ")
        assert first.rstrip(".):").strip(), f"{path}: no docstring"
        assert not re.search(r"\bin[,;] .*\bout\b", first) or path.parent == HOUSE, (
            f"{path}: {first}"
        )


def test_no_module_has_grown_too_long_or_hides_behind_an_underscore() -> None:
    for path in modules():
        lines = path.read_text().count("\n")
        assert lines <= LONGEST, f"{path} has {lines} lines"
        assert not re.match(r"_[a-z]", path.name), f"{path}: a plain name says more"


def test_a_loop_says_what_it_goes_over() -> None:
    for path, tree in modules().items():
        loops = [
            node.target.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.For | ast.comprehension)
            if isinstance(node.target, ast.Name) and node.target.id == "one"
        ]
        assert loops == [], f"{path}: lines {loops}"


def patterns() -> Iterator[tuple[Path, str, int]]:
    """Yield the regular expressions of the modules, and those that calls hold in full."""
    for path, tree in modules().items():
        if path.name == "__main__.py":
            continue
        name = ".".join(path.relative_to(HOUSE.parent).with_suffix("").parts)
        for value in vars(import_module(name.removesuffix(".__init__"))).values():
            held = value.values() if isinstance(value, dict) else (value,)
            for pattern in held:
                if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                    yield path, pattern.pattern, pattern.flags
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path, first.value, 0


def gives_nothing_back(items: object) -> bool:
    """Tell whether a group of a parsed pattern is atomic or possessive; a character may be."""
    if isinstance(items, SubPattern):
        return any(gives_nothing_back(item) for item in items)
    if isinstance(items, tuple | list):
        if items and str(items[0]) == "ATOMIC_GROUP":
            return True
        if items and str(items[0]) == "POSSESSIVE_REPEAT":
            repeated = items[1][2]
            if len(repeated) > 1 or str(repeated[0][0]) not in SINGLE:
                return True
        return any(gives_nothing_back(item) for item in items)
    return False


SINGLE = ("IN", "LITERAL", "NOT_LITERAL", "ANY", "CATEGORY")


def test_no_group_is_possessive_or_atomic() -> None:
    """Python before 3.11.5 gets them wrong where a part within gives something back."""
    found = {
        (str(path.relative_to(HOUSE)), pattern[:80])
        for path, pattern, flags in patterns()
        if gives_nothing_back(parse(pattern, flags & ~re.DEBUG))
    }
    assert found == set()


@pytest.mark.parametrize("pattern", ["(?:ab?c)++", "(?>ab)", "a(?:b|(c*|d)?+)", "(?:x(?>y))*"])
def test_the_rule_sees_such_a_group(pattern: str) -> None:
    assert gives_nothing_back(parse(pattern))
    assert not gives_nothing_back(parse("[^<]*+(?:a|b++)*x?+"))
