"""What `pip install` brings works far from the checkout: templates and migrations come along."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.house import item, rss

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_makes_an_edition(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(rss([item("a1")]))
    (tmp_path / "config.toml").write_text(
        '[[feeds]]\nurl = "a.xml"\n[digests.daily.deliver.files]\npath = "out"\n'
    )
    program = (
        "import digest, sys; assert digest.__file__.startswith(sys.argv.pop(1)), digest.__file__\n"
        "from digest.cli import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(installed), "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Title of a1" in (tmp_path / "out" / "latest" / "index.html").read_text()


def test_the_wheel_names_its_command_and_holds_the_example(installed: Path) -> None:
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "digest = digest.cli:main" in points.read_text()
    assert (installed / "digest" / "_data" / "config.example.toml").stat().st_size > 1000
