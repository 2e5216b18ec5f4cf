"""Shipped data is found where the code lies; missing packages are named so that pip knows them."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from digest import resources
from digest.errors import DigestError


def _resources_at(package: Path):
    """Load a copy of the module as if `package` were where digest is installed."""
    package.mkdir(parents=True, exist_ok=True)
    copy = package / "resources.py"
    shutil.copy(resources.__file__, copy)
    spec = importlib.util.spec_from_file_location("resources_copy", copy)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["templates", "migrations", "config.example.toml"])
def test_this_checkout_holds_everything(name):
    assert resources.data_dir(name).exists()


def test_an_installed_package_uses_what_came_with_it(tmp_path):
    data = tmp_path / "digest" / "_data" / "templates"
    data.mkdir(parents=True)
    assert _resources_at(tmp_path / "digest").data_dir("templates") == data


def test_a_checkout_uses_the_top_of_the_repository(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "templates").mkdir()
    found = _resources_at(tmp_path / "digest").data_dir("templates")
    assert found == tmp_path / "templates"


def test_a_folder_beside_an_installed_package_is_not_ours(tmp_path):
    (tmp_path / "templates").mkdir()
    with pytest.raises(DigestError, match="lacks 'templates'"):
        _resources_at(tmp_path / "digest").data_dir("templates")


# --- the packages of the extras -------------------------------------------------------------------

ROOT = Path(resources.__file__).resolve().parent.parent
EXTRAS = ("fulltext", "web", "chat", "cluster", "dkim", "dns", "metrics", "postgresql", "socks")
_PIP = re.compile(r"(?:pip install|pipx inject)((?: +'[^']*')+)")


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_command_names_the_packages_of_an_extra_not_a_distribution(extra):
    command = resources.install_command(extra)
    assert shlex.split(command)[-len(resources.requirements(extra)) :] == [
        *resources.requirements(extra)
    ]
    assert "digest" not in command.partition(" install ")[2]


def test_an_unknown_extra_needs_nothing():
    assert resources.requirements("nothing") == ()


def _installed(folder, *requires):
    """Make a package that is installed, with metadata of its own."""
    info = folder / "morning_digest-1.dist-info"
    info.mkdir(parents=True)
    lines = [f"Requires-Dist: {line}" for line in requires]
    head = ["Metadata-Version: 2.4", "Name: morning-digest", "Version: 1"]
    (info / "METADATA").write_text("\n".join([*head, *lines, ""]))
    return _resources_at(folder / "digest")


def test_an_installed_package_reads_its_metadata(tmp_path, monkeypatch):
    module = _installed(
        tmp_path,
        "click>=8.1",
        "starlette<2,>=1; extra == 'web'",
        'uvicorn[standard] <1, >=0.54 ; python_version > "3" and extra == "web"',
        "apprise>=1.9; extra == 'chat'",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert module.requirements("web") == ("starlette>=1,<2", "uvicorn[standard]>=0.54,<1")


@pytest.mark.parametrize(
    ("marker", "command"),
    [
        pytest.param("pipx_metadata.json", "pipx inject {name} 'apprise>=1.9'", id="pipx"),
        pytest.param(
            "uv-receipt.toml", "uv pip install 'apprise>=1.9' --python {python}", id="uv tool"
        ),
        pytest.param("pyvenv.cfg", "{python} -m pip install 'apprise>=1.9'", id="venv or system"),
    ],
)
def test_the_command_fits_the_way_of_the_installation(tmp_path, monkeypatch, marker, command):
    (tmp_path / marker).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    wanted = command.format(name=tmp_path.name, python=sys.executable)
    assert resources.install_command("chat") == wanted


def test_what_people_read_names_the_same_packages():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {tuple(shlex.split(f)) for page in pages for f in _PIP.findall(page.read_text())}
    assert named == {resources.requirements(extra) for extra in EXTRAS}


def test_nothing_tells_people_to_install_a_stranger_of_our_name():
    strangers = re.compile(r"(pip|pipx|uv tool|uv pip) (install|inject) +['\"]?digest\b|digest\[")
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "config.example.toml"]
    files += [*(ROOT / "digest").rglob("*.py"), *(ROOT / "templates").rglob("*.*")]
    for file in files:
        assert not strangers.search(file.read_text()), file


def test_the_distribution_has_the_name_that_the_program_knows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == resources.DISTRIBUTION
    assert project["scripts"] == {"digest": "digest.cli:main"}
