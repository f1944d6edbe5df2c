# SPDX-License-Identifier: Apache-2.0
"""Runs a page: its blocks in order, in a folder of their own that looks like the checkout.

What must hold: a page's well-known ports are exchanged for free ones, so that a page can be run
beside whatever runs on this machine; what a page starts ends with it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.project.pages import Block
from tests.project.source_tree import ROOT
from tests.tools import SYSTEM_FOLDERS, find_tool, require_tool

PORTS = ("8080", "8081", "1883", "8883")
# What these names mean here. A refused request must not pass for a good one, hence curl's option.
PROGRAMS = {
    "dispatcher": f"{sys.executable} -m dispatcher.cli.main",
    "robot-agent": f"{sys.executable} -m robot_agent.cli",
    "python3": sys.executable,
    "curl": f"{find_tool('curl')} --fail-with-body",
}
TOOLS = ("curl", "mosquitto", "sqlite3")
WITHIN_S = 60


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class PageRun:
    """One page being read by somebody who does what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self._ports = {port: free_port() for port in PORTS}
        self._started: dict[str, subprocess.Popen[str]] = {}
        self._printed = ""
        programs = folder / "bin"
        programs.mkdir()
        self.folder.mkdir()
        (self.folder / "maps").symlink_to(ROOT / "maps")
        for name, command in PROGRAMS.items():
            path = programs / name
            path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            path.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"], *SYSTEM_FOLDERS]),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
        }

    def do(self, block: Block) -> None:
        """Do what a block says; an AssertionError names the block where it does not work."""
        text = self._with_free_ports(block.text)
        for tool in TOOLS:
            if block.language == "sh" and tool in text:
                require_tool(tool)
        match block.language, *block.words:
            case "sh", "run":
                self._run(block, ["bash", "-euo", "pipefail", "-c", text])
            case "python", "run":
                self._run(block, [sys.executable, "-c", text])
            case "sh", "start", word:
                self._start(block, text, word)
            case "json", "like":
                shown, real = json.loads(block.text), json.loads(self._printed.splitlines()[-1])
                assert not (lacks := lacking(shown, real)), f"{block.where}: no {lacks} in {real}"
            case (("toml" | "csv" | "json"), name):
                (self.folder / name).write_text(text, encoding="utf-8")

    def end(self) -> None:
        """End all that was started, the last one first."""
        for process in reversed(self._started.values()):
            self._end(process, signal.SIGTERM)

    def _run(self, block: Block, command: list[str]) -> None:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        assert done.returncode == 0, f"{block.where}: {done.stdout}{done.stderr}"
        self._printed = done.stdout

    def _start(self, block: Block, text: str, word: str) -> None:
        if text in self._started:
            self._end(self._started[text], signal.SIGKILL)
        log = self.folder / f"started-{block.line}.log"
        with log.open("w", encoding="utf-8") as output:
            self._started[text] = process = subprocess.Popen(
                ["bash", "-c", text],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        deadline = time.monotonic() + WITHIN_S
        while word not in (said := log.read_text("utf-8")):
            assert process.poll() is None, f"{block.where}: ended: {said}"
            assert time.monotonic() < deadline, f"{block.where}: no {word!r} in: {said}"
            time.sleep(0.05)

    def _end(self, process: subprocess.Popen[str], number: signal.Signals) -> None:
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            process.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _with_free_ports(self, text: str) -> str:
        for port, free in self._ports.items():
            text = text.replace(port, free)
        return text


def lacking(shown: Any, real: Any) -> list[str]:
    """The keys of a JSON value on a page that the real one lacks."""
    if isinstance(shown, list) and isinstance(real, list):
        return [key for a, b in zip(shown, real, strict=False) for key in lacking(a, b)]
    if not isinstance(shown, dict) or not isinstance(real, dict):
        return []
    found = [key for key in shown if key not in real]
    return found + [key for key in shown if key in real for key in lacking(shown[key], real[key])]
