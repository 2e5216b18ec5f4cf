"""Shipped data is found where the code lies, installed or checked out."""

from __future__ import annotations

import importlib.util
import shutil
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
