# SPDX-License-Identifier: Apache-2.0
"""The wheel that users install: built here, installed into environments elsewhere, run there.

No network: the wheel is installed by pip without dependencies, and these are lent by the
environment that runs the tests: all of them, or only what the wheel's own metadata asks for.
"""

import importlib.metadata
import json
import os
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from tests.project.source_tree import ROOT

pytestmark = pytest.mark.slow

PARCELS = """\
parcel,announced,slot_until,stop
bread,08:00,10:00,stop-mensa
books,08:00,10:00,stop-library
shoes,08:05,10:00,stop-sport
"""


class Environment(NamedTuple):
    """A Python environment: its folder of programs and its folder of packages."""

    programs: Path
    packages: Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # -P: the checkout is the build's input here, not a place to import from.
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and every package of the one that runs the tests."""
    made = environment(tmp_path_factory.mktemp("full"), wheel)
    # A plain path line: no .pth file in there is read, so the checkout stays out of sight.
    (made.packages / "lent.pth").write_text("\n".join(site.getsitepackages()) + "\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and what it asks for when no extra is named."""
    made = environment(tmp_path_factory.mktemp("bare"), wheel)
    for name in asked_for(made.packages):
        for file in importlib.metadata.files(name) or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                target = made.packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    return made


def environment(folder: Path, wheel: Path) -> Environment:
    """A new environment with the wheel alone."""
    venv.create(folder, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, str(wheel)], check=True, capture_output=True, cwd=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    return Environment(folder / "bin", packages)


def asked_for(packages: Path) -> list[str]:
    """The distributions that the installed wheel needs without extras, and those that they need."""
    (wheel,) = importlib.metadata.distributions(path=[str(packages)])
    waiting, found = list(wheel.requires or []), set[str]()
    while waiting:
        requirement = Requirement(waiting.pop())
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in found:
            found.add(requirement.name)
            waiting += importlib.metadata.requires(requirement.name) or []
    return sorted(found)


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of an environment, from a folder and with variables that know no checkout."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [program, *arguments],
        cwd=program.parent,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_carries_code_maps_and_licences_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert {f for f in folders if not f.endswith(".dist-info")} == {"dispatcher", "robot_agent"}
    assert "dispatcher/_data/maps/lindenhof/campus.geojson" in names
    assert "dispatcher/roads/show/page/page.html" in names
    # What `robot-agent install` puts on a robot's computer.
    assert "robot_agent/deploy/drover-agent.service" in names
    assert "robot_agent/deploy/60-drover.rules" in names
    assert "robot_agent/README.md" in names
    assert any(name.endswith("licenses/LICENSES/CC0-1.0.txt") for name in names)


def test_the_demo_campus_is_found_in_the_wheel(full: Environment) -> None:
    program = "from dispatcher import data_files; print(data_files.demo_campus_path())"
    done = run(full.programs / "python", "-c", program)
    assert done.returncode == 0, done.stderr
    campus = Path(done.stdout.strip())
    assert campus.is_relative_to(full.packages)
    assert campus.is_file()


def test_the_command_names_its_version(full: Environment) -> None:
    done = run(full.programs / "dispatcher", "--version")
    (wheel,) = importlib.metadata.distributions(path=[str(full.packages)], name="drover-dispatch")
    assert (done.returncode, done.stdout) == (0, f"dispatcher {wheel.version}\n")


def test_the_demo_runs_from_the_wheel(full: Environment, tmp_path: Path) -> None:
    parcels = tmp_path / "parcels.csv"
    parcels.write_text(PARCELS, "utf-8")
    options = [
        "--robots",
        "2",
        "--speed",
        "60",
        "--broker",
        "amqtt",
        "--keep",
        str(tmp_path / "run"),
    ]
    done = run(full.programs / "dispatcher", "demo", "--json", "--parcels", str(parcels), *options)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])["parcels"]
    assert counts.pop("accepted") == sum(counts.values()) == 3
    assert counts["delivered"] >= 1


def test_the_bare_distribution_brings_the_agents_packages_only(bare: Environment) -> None:
    assert installed(bare) == {"drover-dispatch", "msgspec", "paho-mqtt"}


def test_the_bare_distribution_runs_the_agent(bare: Environment) -> None:
    done = run(bare.programs / "robot-agent", "--help")
    assert done.returncode == 0, done.stderr
    assert "emulate" in done.stdout


def test_the_bare_distribution_makes_a_computer_a_robots(bare: Environment, tmp_path: Path) -> None:
    bundle = {"format": 1, "robot": "acme/R1", "broker": "mqtt://b:1883", "robot_keys": ["ab" * 32]}
    file, root = tmp_path / "bundle.json", tmp_path / "root"
    file.write_text(json.dumps(bundle), "utf-8")
    words = ["--bundle", str(file), "--driver", "emulated", "--prefix", str(root)]
    campus = ROOT / "maps" / "lindenhof" / "campus.geojson"
    done = run(bare.programs / "robot-agent", "install", *words, "--map", str(campus))
    assert done.returncode == 0, done.stderr
    unit = (root / "etc/systemd/system/drover-agent.service").read_text("utf-8")
    assert f"ExecStart={bare.programs / 'robot-agent'} run" in unit
    assert "@" not in unit.replace("@system-service", "").replace("~@privileged @resources", "")
    assert (root / "usr/local/bin/robot-agent").readlink() == bare.programs / "robot-agent"


def test_the_bare_distribution_names_the_extra_that_a_command_needs(bare: Environment) -> None:
    assert run(bare.programs / "dispatcher", "--help").returncode == 0
    done = run(bare.programs / "dispatcher", "serve", "--help")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "dispatcher serve needs the extra 'dispatcher': pip install 'drover-dispatch[dispatcher]'\n"
    )


def installed(made: Environment) -> set[str]:
    return {found.name for found in importlib.metadata.distributions(path=[str(made.packages)])}
