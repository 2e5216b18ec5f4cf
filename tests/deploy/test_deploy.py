"""The files in deploy/ fit the program, and ask for no more rights than it needs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
import yaml

from digest.cli import cli
from support.house import item, rss

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = sorted((DEPLOY / "compose").glob("*.yaml"))
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "digest.yaml").read_text()))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
WRITABLE = ("/data", "/tmp")
AS_ANOTHER = ("setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs")


def only(pattern: str, text: str) -> str:
    (found,) = re.findall(pattern, text, re.M)
    return str(found)


def parse(words: list[str]) -> click.Context:
    """Read a command line as the program does; fail for unknown commands and options."""
    command: click.Command = cli
    context = cli.make_context("digest", list(words))
    rest = [*context._protected_args, *context.args]
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, name
        command = found
        context = command.make_context(name, rest, parent=context)
        rest = context.args
    return context


def default_command() -> list[str]:
    return yaml.safe_load(only(r"^CMD (\[\"serve.*)$", DOCKERFILE))


def commands() -> Iterator[Any]:
    yield pytest.param(default_command(), id="Dockerfile")
    for path in COMPOSE:
        for name, service in yaml.safe_load(path.read_text())["services"].items():
            if service["image"] == "digest":
                yield pytest.param(service["command"], id=f"{path.name} {name}")
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            yield pytest.param(container["args"], id=manifest["metadata"]["name"])
    for unit in UNITS:
        yield pytest.param(shlex.split(setting(unit, "ExecStart"))[1:], id=unit.name)


def setting(unit: Path, key: str) -> str:
    (value,) = re.findall(rf"^{key}=(.*)$", unit.read_text(), re.M)
    return value


@pytest.mark.parametrize("words", list(commands()))
def test_a_command_is_one_of_the_program(words: list[str]) -> None:
    assert parse(words).command.name in ("serve", "worker")


# --- the image -----------------------------------------------------------------------------------


def test_the_image_runs_as_an_ordinary_user() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert len(stages) == 2, "what builds is not part of the image"
    assert all(stage.endswith("-slim") for stage in stages)
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    assert re.findall(r"^USER (.*)$", last, re.M) == ["10001"]
    assert last.index("\nUSER") < last.index("\nENTRYPOINT")
    assert "HEALTHCHECK" in last
    assert yaml.safe_load(only(r"^ENTRYPOINT (.*)$", last)) == ["digest"]


def test_the_image_installs_extras_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = only(r"'/src\[(.*)\]'", DOCKERFILE).split(",")
    assert set(extras) <= project["optional-dependencies"].keys()
    version = only(r"^FROM python:(\d\.\d+)-slim$", DOCKERFILE)
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


def test_the_health_check_is_a_program_that_compiles() -> None:
    (written,) = re.findall(r"CMD (\[\"python\".*)$", DOCKERFILE, re.M)
    program = yaml.safe_load(written)
    assert program[:2] == ["python", "-c"]
    compile(program[2], "HEALTHCHECK", "exec")
    assert "/healthz" in program[2]


def test_what_the_image_is_built_from_is_sent_to_the_builder() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert not {*needed, "digest", "README.md", "LICENSE", "pyproject.toml"} & set(ignored)
    assert ".git" in ignored


@pytest.mark.skipif(sys.platform != "linux", reason="users are switched by setpriv")
def test_the_program_runs_where_only_its_folder_can_be_written() -> None:
    """As in the container: another user, no home, and an unwritable folder of the program.

    pytest's own folders are closed to other users.
    """
    if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() != "0":
        pytest.skip("only root becomes another user")
    with TemporaryDirectory() as folder:
        run_as_another(Path(folder))


def run_as_another(data: Path) -> None:
    (data / "a.xml").write_bytes(rss([item("a1")]))
    (data / "config.toml").write_text(
        '[[feeds]]\nurl = "a.xml"\n[digests.daily.deliver.files]\npath = "out"\n'
    )
    subprocess.run(["chown", "-R", "10001:10001", str(data)], check=True)
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*AS_ANOTHER, sys.executable, *arguments]
        return subprocess.run(command, cwd=data, env=environment, capture_output=True, text=True)

    if run("-c", "import digest, lxml.etree, sqlalchemy").returncode:
        pytest.skip("another user cannot read this Python, its packages or this checkout")
    ran = run("-m", "digest", "run", "--log", "json")
    assert ran.returncode == 0, ran.stderr
    assert '"edition_made"' in ran.stderr
    assert (data / "out" / "latest" / "index.html").exists()


# --- compose -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_composed_service_has_few_rights(path: Path) -> None:
    services = yaml.safe_load(path.read_text())["services"]
    ours = [service for service in services.values() if service["image"] == "digest"]
    assert ours
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]
        assert [volume.partition(":")[2] for volume in service["volumes"]] == ["/data"]
        assert service["stop_grace_period"] == "60s"
        build = (path.parent / service["build"]["context"]).resolve()
        assert (build / service["build"]["dockerfile"]).is_file()
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "a proxy stands before it"


def test_the_composed_services_depend_on_what_there_is() -> None:
    composed = yaml.safe_load((DEPLOY / "compose" / "postgresql.yaml").read_text())
    services = composed["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        for volume in service.get("volumes", ()):
            name = volume.partition(":")[0]
            assert name.startswith(".") or name in composed["volumes"]
    assert "password" not in services["web"]["environment"]["DIGEST_STORE_URL"]


# --- Kubernetes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "manifest",
    [one for one in MANIFESTS if one["kind"] == "Deployment"],
    ids=lambda one: one["metadata"]["name"],
)
def test_a_pod_has_few_rights(manifest: dict[str, Any]) -> None:
    template = manifest["spec"]["template"]
    assert manifest["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
    pod = template["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    assert pod["terminationGracePeriodSeconds"] >= 30
    (container,) = pod["containers"]
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert mounts.keys() == {volume["name"] for volume in pod["volumes"]}
    writable = [m["mountPath"] for m in mounts.values() if not m.get("readOnly")]
    assert sorted(writable) == sorted(WRITABLE)
    config = container["args"][container["args"].index("--config") + 1]
    assert config.startswith(mounts["config"]["mountPath"] + "/")


def test_the_service_leads_to_the_pages() -> None:
    by_name = {one["metadata"]["name"]: one for one in MANIFESTS}
    web = by_name["digest-web"]["spec"]["template"]
    assert by_name["digest"]["spec"]["selector"] == web["metadata"]["labels"]
    (container,) = web["spec"]["containers"]
    assert {port["name"] for port in container["ports"]} == {"http"}
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert by_name["digest-worker"]["spec"]["replicas"] == 2


# --- systemd -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_few_rights(unit: Path) -> None:
    assert setting(unit, "User") == "digest"
    assert setting(unit, "ProtectSystem") == "strict"
    assert setting(unit, "NoNewPrivileges") == "yes"
    assert setting(unit, "CapabilityBoundingSet") == ""
    folder = setting(unit, "ReadWritePaths")
    assert setting(unit, "WorkingDirectory") == folder
    words = shlex.split(setting(unit, "ExecStart"))
    assert words[words.index("--config") + 1].startswith(f"{folder}/")
    assert int(setting(unit, "TimeoutStopSec")) >= 30
    for line in unit.read_text().splitlines():
        assert not line or re.match(r"#|\[\w+\]$|[A-Z]\w+=", line), line
