# SPDX-License-Identifier: Apache-2.0
"""`dispatcher serve` as a process of its own: start, stop, kill, and what it refuses. No broker."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from dispatcher.cli.main import main
from tests.dispatcher.service.rig import SITE, running, write_site

Done = subprocess.CompletedProcess[str]
COMMAND = [sys.executable, "-m", "dispatcher.cli.main"]
ROOT = Path(__file__).parents[3]
DELIVERY = {"destination": "stop-b", "size": "S", "recipient": "r-1", "at_station": True}


@contextmanager
def daemon(site_file: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A daemon that serves, and a client of its API."""
    child = subprocess.Popen(
        [*COMMAND, "serve", "--config", str(site_file)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        lines = []
        for line in child.stderr:
            lines.append(line)
            found: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if found.get("message") == "serving":
                break
        else:
            pytest.fail(f"it did not come up: {lines}")
        with httpx.Client(base_url=found["api"]) as client:
            yield child, client
    finally:
        child.kill()
        child.communicate()


def run(*words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """As a process of its own."""
    command = [sys.executable, *options, "-m", "dispatcher.cli.main", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """In this process, which saves the imports: for what ends before the loop begins."""

    def run_it(*words: str) -> Done:
        with pytest.raises(SystemExit) as left:
            main(words)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(words, int(left.value.code or 0), out, err)

    yield run_it
    structlog.reset_defaults()


def refusal(done: Done, code: int) -> str:
    """The one line that says why it did not start."""
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_parcels_survive_a_kill_and_a_clean_stop_no_code_is_told_and_no_second_daemon_starts(
    tmp_path: Path,
) -> None:
    log = f'[log]\nfile = "{tmp_path}/daemon.log"\nlevel = "debug"\n'
    site_file = write_site(tmp_path, SITE + log)
    with daemon(site_file) as (child, client):
        assert client.get("/healthz").json()["status"] == "degraded"
        first = client.post("/v1/parcels", json=DELIVERY).json()
        child.send_signal(signal.SIGKILL)
        child.wait(20)
    with daemon(site_file) as (child, client):
        name = first["parcel"]
        assert client.get(f"/v1/parcels/{name}/code").json()["code"] == first["code"]
        second = client.post("/v1/parcels", json=DELIVERY).json()
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    codes = [first["code"], second["code"]]
    kept = (tmp_path / "data" / "journal.sqlite").read_bytes()
    kept += (tmp_path / "daemon.log").read_bytes()
    for code in codes:
        assert f'"{code}"'.encode() not in kept
        assert f" {code}".encode() not in kept
    assert (tmp_path / "data" / "campus.geojson").exists()
    with daemon(site_file) as (_, client):
        listed = client.get("/v1/parcels?state=open").json()["parcels"]
        assert {parcel["parcel"] for parcel in listed} == {name, second["parcel"]}
        # While one daemon runs: a second on its journal, and one on its port.
        assert "another process has it open" in refusal(run("serve", "--config", str(site_file)), 2)
        port = f"port = {client.base_url.port}"
        other = write_site(tmp_path / "other", SITE.replace("port = 0", port))
        assert "in use" in refusal(run("serve", "--config", str(other)), 3)
        assert not (tmp_path / "other" / "data").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("port = 0", "prot = 0"), "unknown key prot: did you mean port?"),
        (('serial = "r1"', 'serial = "r2"'), "no key for robot toy/r2"),
        (('data_dir = "data"', 'data_dir = "data"\ntimezone = "Mars/Dome"'), "no such time zone"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    tmp_path: Path, run_here: Callable[..., Done], change: tuple[str, str], sentence: str
) -> None:
    site_file = write_site(tmp_path, SITE.replace(*change))
    assert sentence in refusal(run_here("serve", "--config", str(site_file)), 2)


async def test_a_changed_map_does_not_continue_the_journal(
    tmp_path: Path, run_here: Callable[..., Done]
) -> None:
    site_file = write_site(tmp_path)
    async with running(site_file):
        pass
    map_file = tmp_path / "map.geojson"
    map_file.write_text(map_file.read_text().replace('"speed_mps": 2.0', '"speed_mps": 1.0'))
    assert "begun on another map" in refusal(run_here("serve", "--config", str(site_file)), 2)


def test_python_without_checks_is_refused(tmp_path: Path) -> None:
    done = run("serve", "--config", str(write_site(tmp_path)), options=("-O",))
    assert "start without it" in refusal(done, 2)


def test_print_config_shows_every_key_and_starts_nothing(
    tmp_path: Path, run_here: Callable[..., Done]
) -> None:
    done = run_here("serve", "--config", str(write_site(tmp_path)), "--print-config")
    assert done.returncode == 0
    assert "answer_timeout_ms = 30000  # ms, a whole number from 100 to 600000" in done.stdout
    assert not (tmp_path / "data").exists()


def test_skipping_what_does_not_freeze_a_site_is_refused(
    tmp_path: Path, run_here: Callable[..., Done]
) -> None:
    done = run_here("journal", "skip", str(tmp_path), "3", "--reason", "because")
    assert "no journal.sqlite here" in refusal(done, 2)


def test_the_first_line_comes_before_the_heavy_imports(tmp_path: Path) -> None:
    site_file = write_site(tmp_path, SITE.replace("map.geojson", "none.geojson"))
    done = run("serve", "--config", str(site_file))
    assert json.loads(done.stderr.splitlines()[0])["message"] == "starting"
    assert "none.geojson: cannot be read" in refusal(done, 2)
