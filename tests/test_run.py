# SPDX-License-Identifier: Apache-2.0
"""
`./run`, the one door: what it installs, what it leaves alone, and what it says when it may not.

apt-get, id and sudo are stand-ins here, found first on the PATH; the real ones have their turn in the long
tier and in a bare system.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import tomllib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LOCKS = sorted((PROJECT / "requirements").glob("*.lock"))
SITE_POLICY = "#!/bin/sh\n# the site's own\nexit 0\n"
RECORDS = 'echo "$*" >>"$BENCH/calls"; "$GOVBUS_POLICY"; echo "policy $?" >>"$BENCH/calls"'


@dataclass(slots=True)
class Machine:
    """A machine of stand-ins: RabbitMQ is not installed there, and *apt_get* says what installing does."""

    folder: Path
    root: bool = True
    apt_get: str = RECORDS
    sudo: str = "exit 1"
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> Path:
        return self.folder / "policy-rc.d"

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def prepare(self) -> dict[str, str]:
        stand_ins = {"apt-get": self.apt_get, "sudo": self.sudo, "id": f"echo {0 if self.root else 1000}"}
        (self.folder / "bin").mkdir(exist_ok=True)
        for name, script in stand_ins.items():
            file = self.folder / "bin" / name
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        return {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "BENCH": str(self.folder),
            "GOVBUS_POLICY": str(self.policy),
            "GOVBUS_RABBITMQ_BIN": str(self.folder / "no rabbitmq"),
            "LANG": "C.UTF-8",
            **self.environment,
        }

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROJECT / "run", *words],
            env=self.prepare(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# ---- what it says ---------------------------------------------------------------------------------


def test_help_names_every_verb(machine: Machine) -> None:
    verbs = re.findall(r"^    ([a-z]+)\) run_", (PROJECT / "run").read_text(), re.MULTILINE)
    result = machine.run("help")
    assert result.returncode == 0
    assert [verb for verb in verbs if not re.search(rf"^  {verb}\b", result.stderr, re.MULTILINE)] == []
    assert len(verbs) >= 8


def test_the_page_about_it_knows_its_words() -> None:
    script = (PROJECT / "run").read_text() + (PROJECT / "deploy/bundle.sh").read_text()
    page = (PROJECT / "docs/how-to/set-up.md").read_text()
    verbs = set(re.findall(r"\./run ([a-z]+)", page))
    options = set(re.findall(r" (--[a-z-]+)", page))
    variables = set(re.findall(r"GOVBUS_[A-Z_]+", page))
    assert verbs == {"setup", "demo", "test", "govbus", "packages", "bundle"}
    assert [word for word in verbs if f"    {word}) run_" not in script] == []
    assert [word for word in options | variables if word not in script] == []


def test_help_speaks_chinese_where_the_machine_does(machine: Machine) -> None:
    machine.environment = {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}
    assert machine.run().stderr.startswith("用法：./run")


@pytest.mark.parametrize(
    "words", [["dance"], ["setup", "dance"], ["packages", "dance"], ["bundle", "--dance"]]
)
def test_an_unknown_word_is_a_usage_error_and_installs_nothing(machine: Machine, words: list[str]) -> None:
    machine.environment = {"GOVBUS_RABBITMQ_BIN": "/usr/lib/rabbitmq/bin"}
    assert machine.run(*words).returncode == 2
    assert machine.calls == []


def test_a_set_up_checkout_needs_nothing_more(machine: Machine) -> None:
    machine.environment = {"GOVBUS_RABBITMQ_BIN": "/usr/lib/rabbitmq/bin"}
    result = machine.run("setup")
    assert (result.returncode, result.stderr) == (0, "Ready: ./run demo, ./run test, ./run govbus --help\n")
    assert machine.calls == []


def test_what_is_said_to_the_tests_reaches_them(machine: Machine) -> None:
    machine.environment = {"GOVBUS_RABBITMQ_BIN": "/usr/lib/rabbitmq/bin"}
    result = machine.run("test", "tests/test_run.py", "--collect-only", "-q", "-k", "help_names_every_verb")
    assert "tests/test_run.py::test_help_names_every_verb\n" in result.stdout
    assert re.search(r"^1/\d+ tests collected", result.stdout, re.MULTILINE)


def test_the_long_tier_sets_up_the_databases_that_it_needs(machine: Machine) -> None:
    machine.environment = {"GOVBUS_RABBITMQ_BIN": "/usr/lib/rabbitmq/bin"}
    machine.apt_get = f"{RECORDS}; exit 100"
    machine.prepare()
    knows_no_package = machine.folder / "bin" / "dpkg-query"
    knows_no_package.write_text("#!/bin/sh\n")
    knows_no_package.chmod(0o755)
    result = machine.run("test", "--all")
    assert result.returncode == 69
    assert "apt-get install -y --no-install-recommends postgresql mariadb-server" in result.stderr


def without_an_office(machine: Machine) -> None:
    """A machine that has none and can install none."""
    machine.environment = {"GOVBUS_RABBITMQ_BIN": "/usr/lib/rabbitmq/bin"}
    machine.apt_get = f"{RECORDS}; exit 100"
    machine.prepare()
    knows_no_package = machine.folder / "bin" / "dpkg-query"
    knows_no_package.write_text("#!/bin/sh\n")
    knows_no_package.chmod(0o755)


@pytest.mark.parametrize("verb", ["test", "lint"])
def test_what_converts_documents_sets_up_the_office(machine: Machine, verb: str) -> None:
    without_an_office(machine)
    result = machine.run(verb)
    assert result.returncode == 69
    assert "python3-uno fonts-noto-cjk fonts-liberation" in result.stderr


def test_the_demo_is_played_without_an_office_where_none_can_be_had(machine: Machine) -> None:
    without_an_office(machine)
    result = machine.run("demo", "--help")
    assert result.returncode == 0
    assert "python3-uno fonts-noto-cjk fonts-liberation" in result.stderr
    assert "Without LibreOffice the demo's documents arrive as they are" in result.stderr


# ---- Debian packages ------------------------------------------------------------------------------


def test_it_says_what_it_installs_and_installs_just_that(machine: Machine) -> None:
    result = machine.run("packages")
    assert result.returncode == 0
    assert "Installing Debian packages (no service is started or stopped): rabbitmq-server\n" in result.stderr
    installing = [call for call in machine.calls if " install -y " in f" {call} "]
    assert installing == ["-q install -y --no-install-recommends rabbitmq-server"]


def test_services_are_kept_from_starting_only_meanwhile(machine: Machine) -> None:
    machine.run("packages")
    assert set(machine.calls[1::2]) == {"policy 101"}
    assert not machine.policy.exists()


def test_a_policy_of_the_site_is_put_back_as_it_was(machine: Machine) -> None:
    machine.policy.write_text(SITE_POLICY)
    machine.policy.chmod(0o750)
    before = machine.policy.stat()
    assert machine.run("packages").returncode == 0
    after = machine.policy.stat()
    assert "policy 101" in machine.calls
    assert machine.policy.read_text() == SITE_POLICY
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (
        before.st_ino,
        before.st_mode,
        before.st_mtime_ns,
    )


def test_a_policy_that_is_a_link_stays_a_link(machine: Machine) -> None:
    machine.policy.symlink_to("/bin/true")
    machine.run("packages")
    assert machine.policy.readlink() == Path("/bin/true")


def test_a_failed_installation_gives_the_line_and_puts_the_policy_back(machine: Machine) -> None:
    machine.policy.write_text(SITE_POLICY)
    machine.apt_get = "echo 'E: no such package' >&2; exit 100"
    result = machine.run("packages")
    assert result.returncode == 69
    assert "E: no such package" in result.stderr
    assert "By hand: apt-get install -y --no-install-recommends rabbitmq-server" in result.stderr
    assert machine.policy.read_text() == SITE_POLICY


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_installation_puts_the_policy_back(machine: Machine, number: signal.Signals) -> None:
    machine.policy.write_text(SITE_POLICY)
    machine.apt_get = 'touch "$BENCH/installing"; exec sleep 600'
    heeding = ["env", f"--default-signal={number.name[3:]}"]  # tests are also run where one is ignored
    with subprocess.Popen(
        [*heeding, PROJECT / "run", "packages"],
        env=machine.prepare(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while not (machine.folder / "installing").exists():
            threading.Event().wait(0.01)
        assert "govbus" in machine.policy.read_text()
        os.killpg(process.pid, number)  # as a terminal does
    assert process.returncode != 0
    while (restored := machine.policy.read_text()) != SITE_POLICY:  # by a process that outlives ours a little
        threading.Event().wait(0.01)
    assert restored == SITE_POLICY


def test_what_a_killed_installation_left_behind_is_put_right(machine: Machine) -> None:
    machine.policy.with_name("policy-rc.d.before-govbus").write_text(SITE_POLICY)
    machine.policy.write_text("#!/bin/sh\n# written by govbus for the time of one installation\nexit 101\n")
    machine.run("packages")
    assert machine.policy.read_text() == SITE_POLICY
    assert sorted(file.name for file in machine.folder.glob("policy-rc.d*")) == [
        "policy-rc.d",
        "policy-rc.d.lock",
    ]


def test_lists_that_are_empty_or_old_are_fetched_first(machine: Machine) -> None:
    lists = 'case "$*" in *update*) touch "$BENCH/lists";; esac; test -f "$BENCH/lists"'
    machine.apt_get = f'echo "$*" >>"$BENCH/calls"; {lists}'
    assert machine.run("packages").returncode == 0
    verbs = [word for call in machine.calls for word in call.split() if word in ("-s", "update", "-y")]
    assert verbs == ["-s", "update", "-y"]


def test_without_rights_the_exact_line_is_given(machine: Machine) -> None:
    machine.root = False
    result = machine.run("setup", "browser")
    assert result.returncode == 69
    assert "\n    sudo apt-get install -y --no-install-recommends rabbitmq-server\n" in result.stderr
    assert f"\n    sudo {PROJECT}/run packages browser\n" in result.stderr
    assert machine.calls == []
    assert not machine.policy.exists()


def test_a_user_with_sudo_installs_through_it(machine: Machine) -> None:
    machine.root = False
    machine.sudo = '[ "$1" != -n ] || exit 0; echo "sudo $1" >>"$BENCH/calls"; exec "$@"'
    assert machine.run("packages").returncode == 0
    assert machine.calls[0] == "sudo sh"
    assert machine.calls[-2].endswith("install -y --no-install-recommends rabbitmq-server")


def test_the_core_needs_rabbitmq_alone(machine: Machine) -> None:
    machine.run("packages")
    asked = {word for call in machine.calls for word in call.split() if word.islower() and "-" in word[1:]}
    assert "rabbitmq-server" in asked
    assert not asked & {"postgresql", "mariadb-server", "libreoffice-writer-nogui", "chromium"}


# ---- without network ------------------------------------------------------------------------------


def test_a_damaged_archive_installs_nothing(machine: Machine) -> None:
    content = machine.folder / "govbus-bundle"
    content.mkdir()
    (content / "wheel").write_bytes(b"altered")
    (content / "SHA256SUMS").write_text(f"{'0' * 64}  ./wheel\n")
    subprocess.run(
        ["tar", "-C", machine.folder, "-cf", machine.folder / "b.tar", "govbus-bundle"], check=True
    )
    result = machine.run("setup", "--offline", "b.tar")
    assert result.returncode == 65
    assert "b.tar is damaged, or is no archive of ./run bundle: nothing was installed" in result.stderr
    assert machine.calls == []


def test_another_archive_installs_nothing(machine: Machine) -> None:
    subprocess.run(["tar", "-C", PROJECT, "-cf", machine.folder / "b.tar", "LICENSE"], check=True)
    assert machine.run("setup", "--offline", "b.tar").returncode == 65


def test_an_archive_that_is_not_there_is_named(machine: Machine) -> None:
    result = machine.run("setup", "--offline", "nowhere.tar")
    assert (result.returncode, result.stderr) == (1, "There is no file nowhere.tar\n")


def without_network(*words: str | Path, **options: str | Path) -> subprocess.CompletedProcess[str]:
    """In a network namespace of its own: no interface is up, no route leads anywhere."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
    return subprocess.run(
        [*unshare, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `./run bundle` makes; this needs the network."""
    file = tmp_path_factory.mktemp("bundle") / "govbus.tar"
    subprocess.run([PROJECT / "run", "bundle", file], check=True, stdin=subprocess.DEVNULL)
    return file


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_archive_sets_up_a_checkout_without_network(archive: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-C", tmp_path, "-xf", archive, "govbus-bundle/govbus"], check=True)
    checkout = tmp_path / "govbus-bundle" / "govbus"
    assert without_network("sh", "-c", "ip route get 192.0.2.1").returncode != 0
    result = without_network(checkout / "run", "setup", "--offline", archive)
    assert result.returncode == 0, result.stderr
    found = without_network(checkout / ".venv/bin/govbus", "--help", cwd=tmp_path)
    assert found.returncode == 0, found.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_archive_brings_the_tests_own_packages_too(archive: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-C", tmp_path, "-xf", archive, "govbus-bundle/govbus"], check=True)
    checkout = tmp_path / "govbus-bundle" / "govbus"
    result = without_network(checkout / "run", "setup", "--offline", archive, "office", "test")
    assert result.returncode == 0, result.stderr
    tests = without_network(checkout / "run", "test", "tests/test_run.py", "-k", "lock", cwd=checkout)
    assert tests.returncode == 0, tests.stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_archive_has_every_package_that_a_bare_system_lacks(
    archive: Path, tmp_path: Path, architecture: str
) -> None:
    subprocess.run(["tar", "-C", tmp_path, "-xf", archive], check=True)
    debs = tmp_path / "govbus-bundle" / "debs" / architecture
    for folder in ("lists/partial", "cache/archives/partial"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "status").touch()
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{debs} ./\n")
    settings = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "",
        "Dir::Etc::sourcelist": tmp_path / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": tmp_path,
        "Dir::State::status": tmp_path / "status",
        "Dir::Cache": tmp_path / "cache",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    assert without_network("apt-get", *options, "update").returncode == 0
    result = without_network(
        "apt-get", *options, "install", "-s", "--no-install-recommends", "python3-venv", "rabbitmq-server"
    )
    assert result.returncode == 0, result.stderr
    assert "Inst rabbitmq-server" in result.stdout


# ---- what is installed ----------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_file_pins_every_package_by_digest_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert [
        e for e in entries if not re.match(r"[a-z0-9._-]+==\S+( ; [^\n]+)? \\\n    --hash=sha256:", e)
    ] == []
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links", text) == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    locked = set(
        re.findall(r"^([a-z0-9._-]+)==", (PROJECT / "requirements/core.lock").read_text(), re.MULTILINE)
    )
    wanted = {re.match(r"[a-z0-9._-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]
    assert wanted <= locked


def test_the_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text(), re.MULTILINE):
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in the project's wheel, built from a copy so that nothing old gets into it."""
    folder = tmp_path_factory.mktemp("wheel")
    kept = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "*.tar")
    shutil.copytree(PROJECT, folder / "source", ignore=kept)
    build = ["-m", "pip", "-q", "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", folder]
    subprocess.run([PROJECT / ".venv/bin/python", *build, folder / "source"], check=True)
    return zipfile.ZipFile(next(folder.glob("govbus-*.whl"))).namelist()


def test_the_wheel_holds_no_test(wheel: list[str]) -> None:
    allowed = {"exchange", "adapters", "cli", "schemas", "routing_tables"}
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == allowed
    assert [name for name in wheel if "test_" in name or "conftest" in name] == []


def test_the_wheel_holds_every_schema_and_table(wheel: list[str]) -> None:
    wanted = {
        str(file.relative_to(PROJECT))
        for folder in ("schemas", "routing_tables", "exchange", "adapters")
        for kind in ("*.xsd", "*.xml", "*.csv", "*.toml", "*.py", "py.typed")
        for file in (PROJECT / folder).rglob(kind)
    }
    assert sorted(wanted - set(wheel)) == []


def test_the_wheel_carries_its_licence(wheel: list[str]) -> None:
    assert {Path(name).name for name in wheel if "licenses/" in name} == {"LICENSE", "NOTICE"}
