"""What ships beside the code: data files, and the names of the packages that the extras need.

Templates, migrations and the example configuration stand at the top of the repository; a wheel
carries them in ``digest/_data``.  A checkout and an installed wheel find the same things.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from pathlib import Path

from digest.errors import DigestError

DISTRIBUTION = "morning-digest"
"""What package indexes call the program; the import package and the command are ``digest``."""

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Find ``templates``, ``migrations`` or the file ``config.example.toml``.

    Raises DigestError where the installation does not hold it.
    """
    installed = _PACKAGE / "_data" / name
    if installed.exists():
        return installed
    checkout = _PACKAGE.parent
    # Beside an installed package stand other packages: their `templates` would not be ours.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).exists():
        return checkout / name
    raise DigestError(f"this installation lacks {name!r} (looked in {installed}): install it again")


def requirements(extra: str) -> tuple[str, ...]:
    """Return what the distribution's metadata asks for where it is installed with `extra`.

    >>> requirements("web")
    ('starlette>=1,<2', 'uvicorn>=0.54,<1')

    A checkout that is not installed has no metadata; its pyproject.toml is read instead.
    """
    project = _PACKAGE.parent / "pyproject.toml"
    if project.is_file():
        table = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if table.get("name") == DISTRIBUTION:
            wanted = table["optional-dependencies"].get(extra, [])
            return tuple(sorted(_normalized(requirement) for requirement in wanted))
    from importlib import metadata  # which nobody needs who has all that is asked for

    try:
        written = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return ()
    parts = (requirement.partition(";") for requirement in written)
    marker = re.compile(rf"""extra\s*==\s*["']{re.escape(extra)}["']""")
    return tuple(sorted(_normalized(name) for name, _, when in parts if marker.search(when)))


def _normalized(requirement: str) -> str:
    """Return a requirement without blanks, the least version first: build tools reorder them."""
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
