"""Find what ships beside the code: data files, the packages of the extras, modules on demand.

Templates, migrations and the example configuration are at the top of the repository; a wheel
holds them in ``digest/_data``.  The functions work in a checkout and in an installed wheel.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

from digest.errors import DigestError

DISTRIBUTION = "morning-digest"
"""The program's name on package indexes; the import package and the command are ``digest``."""

_PACKAGE = Path(__file__).resolve().parent


class OnDemandPackage(ModuleType):
    """The class of a package that imports the names it offers on first use.

    The package maps each name to the module that defines it, in `_HOMES`, and ends with
    ``sys.modules[__name__].__class__ = OnDemandPackage``.  A module-level ``__getattr__`` (PEP 562)
    does not suffice: the import system sets a package's attribute to each submodule that it loads,
    and some of these functions have the name of their module.  The functions take those places.
    """

    def __getattr__(self, name: str) -> object:
        homes = vars(self)["_HOMES"]
        if name not in homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self)["_HOMES"] and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


def data_dir(name: str) -> Path:
    """Return the path of ``templates``, ``migrations`` or ``config.example.toml``.

    Raises DigestError where the installation lacks it.
    """
    installed = _PACKAGE / "_data" / name
    if installed.exists():
        return installed
    checkout = _PACKAGE.parent
    # An installed package has other packages beside it, whose `templates` are not ours.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).exists():
        return checkout / name
    raise DigestError(f"this installation lacks {name!r} (looked in {installed}): install it again")


def requirements(extra: str) -> tuple[str, ...]:
    """Return the requirements of `extra` in the metadata of the distribution.

    >>> requirements("socks")
    ('python-socks>=3,<4',)

    A checkout that is not installed has no metadata; its pyproject.toml is read instead.
    """
    project = _PACKAGE.parent / "pyproject.toml"
    if project.is_file():
        table = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if table.get("name") == DISTRIBUTION:
            wanted = table["optional-dependencies"].get(extra, [])
            return tuple(sorted(_normalized(requirement) for requirement in wanted))
    from importlib import metadata  # a slow import that is needed only where a package is missing

    try:
        written = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return ()
    parts = (requirement.partition(";") for requirement in written)
    marker = re.compile(rf"""extra\s*==\s*["']{re.escape(extra)}["']""")
    return tuple(sorted(_normalized(name) for name, _, when in parts if marker.search(when)))


def _normalized(requirement: str) -> str:
    """Return a requirement without blanks, the lower bound first, as build tools reorder these."""
    written = "".join(requirement.split())
    name = re.match(r"[\w.-]+(\[[\w,.-]+\])?", written)
    end = name.end() if name else 0
    return written[:end] + ",".join(sorted(written[end:].split(","), reverse=True))


def install_command(extra: str) -> str:
    """Return the command that adds the third-party packages of `extra` to this installation.

    The packages stand in it by their own names: so it works for a checkout, a wheel and an
    installed distribution alike.
    """
    packages = " ".join(shlex.quote(name) for name in requirements(extra))
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():  # pipx keeps a list of what it has put in
        return f"pipx inject {prefix.name} {packages}"
    if (prefix / "uv-receipt.toml").is_file():  # uv's environments have no pip of their own
        return f"uv pip install {packages} --python {shlex.quote(sys.executable)}"
    return f"{shlex.quote(sys.executable)} -m pip install {packages}"
