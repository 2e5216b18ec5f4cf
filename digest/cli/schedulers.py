"""Run the program automatically: by a line in the user's crontab, or as a systemd service."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

from digest.errors import DigestError

_UNIT = """\
[Unit]
Description=Digest ({config})

[Service]
Type=notify
ExecStart={command} --config {config} serve
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure

[Install]
WantedBy=default.target
"""


def own_command() -> str:
    """Return the command of this program with its absolute path, because cron has a short PATH."""
    called = Path(sys.argv[0])
    if called.name == "digest" and called.is_file() and os.access(called, os.X_OK):
        return shlex.quote(str(called.absolute()))
    found = shutil.which("digest", path=str(Path(sys.executable).parent))
    return shlex.quote(found) if found else f"{shlex.quote(sys.executable)} -m digest"


def cron_line(config: Path) -> str:
    """Return the line for ``crontab -e``: hourly, at a minute that differs between machines."""
    path = str(config.absolute())
    minute = 3 + int.from_bytes(blake2b(path.encode(errors="replace"), digest_size=2).digest()) % 55
    line = f"{own_command()} -q --config {shlex.quote(path)} run"
    return f"{minute} * * * *  {line.replace('%', chr(92) + '%')}"  # crontab(5): a bare % ends it


def install_cron(config: Path) -> str:
    """Add the line to this user's crontab; return a sentence about the result.

    Raises DigestError where there is no crontab program, or it fails.
    """
    line = cron_line(config)
    listed = _run("crontab", "-l", check=False)
    before = listed.stdout if listed.returncode == 0 else ""
    mark = line.partition("  ")[2]
    if any(mark in known and not known.lstrip().startswith("#") for known in before.splitlines()):
        return "crontab has the line already."
    end = "" if not before or before.endswith("\n") else "\n"
    _run("crontab", "-", text=f"{before}{end}{line}\n")
    return f"Added to your crontab: {line}"


def unit_path() -> Path:
    """Return the path of the unit file of this user's service (systemd.unit(5))."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(home) / "systemd" / "user" / "digest.service"


def unit_text(config: Path) -> str:
    """Return the content of the unit file."""
    path = str(config.absolute()).replace("%", "%%")
    quoted = f'"{path}"' if any(char.isspace() for char in path) else path
    return _UNIT.format(command=own_command().replace("%", "%%"), config=quoted)


def install_systemd(config: Path) -> str:
    """Write the unit file, start the service now and at each boot; return a sentence about it.

    Raises DigestError where another unit file has this name, or systemctl fails.
    """
    path, text = unit_path(), unit_text(config)
    if path.exists() and path.read_text() != text:
        raise DigestError(f"{path} is there already, for another configuration: move it away")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise DigestError(f"cannot write {path}: {error.strerror}") from error
    _run("systemctl", "--user", "daemon-reload")
    _run("systemctl", "--user", "enable", "--now", "digest.service")
    return f"Wrote {path}, and started it; `systemctl --user status digest` shows it."


def _run(
    *command: str, text: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    try:
        ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise DigestError(f"there is no program {command[0]} here") from error
    except OSError as error:
        raise DigestError(f"{command[0]} cannot be run: {error.strerror}") from error
    if check and ran.returncode:
        why = (ran.stderr or ran.stdout).strip().splitlines()
        raise DigestError(f"{' '.join(command)} failed: {why[-1] if why else ran.returncode}")
    return ran
