"""The name of something that ships beside the code in, its place on this machine out.

Templates, migrations and the example configuration stand at the top of the repository; a wheel
carries them in ``digest/_data``.  What runs from either finds the same things.
"""

from __future__ import annotations

from pathlib import Path

from digest.errors import DigestError

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
