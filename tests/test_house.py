"""The shape of the house: few rooms, no circles, one class for a name, no poetry in file names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

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
