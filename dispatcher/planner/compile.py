# SPDX-License-Identifier: Apache-2.0
"""The kernel's machine code: where it is kept, made once, and loaded before a worker's first task.

What must hold: code of other sources, of another numba, Python or CPU is never loaded (numba itself
does not notice a change in a module that its caller was compiled with, so the folder's name says
all of it); nobody waits for the compiler inside a budget; two that compile at once do no harm.

`python -m dispatcher.planner.compile` compiles, or loads what is compiled, and says in one JSON
object how long that took.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from dispatcher.planner.params import Engine

KERNEL: Final = "dispatcher.planner.kernel"
"""The package whose module `load` compiles everything when it is imported, or loads it where it is
compiled."""
FOLDER_ENV: Final = "DROVER_CACHE"
MARK: Final = "compiled.json"
FOLDERS_KEPT: Final = 4
"""Of other versions, the last used: several may share a home."""


class Compiled(msgspec.Struct, frozen=True):
    """`cold`: it was compiled now, not loaded. `note` says where the cache folder is another than
    it should be, and why."""

    seconds: float
    cpu_seconds: float
    cold: bool
    folder: str
    note: str


def missing() -> str:
    """Why there can be no kernel here, in one sentence; empty where there can."""
    lacking = [name for name in ("numba", "llvmlite") if importlib.util.find_spec(name) is None]
    if not lacking:
        return ""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"no {lacking[0]} for this Python {python}: OR-Tools plans in place of the kernel"


def use_cache(package: str = KERNEL) -> str:
    """Have numba keep its code where it belongs; a note where that is not the usual folder.

    The kernel calls it before it has anything compiled; a process that starts others calls it
    first, so that they use the same folder.
    """
    folder, note = _folder(_root(), package), ""
    try:
        _claim(folder)
    except OSError as error:
        root = Path(tempfile.mkdtemp(prefix="drover-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        os.environ[FOLDER_ENV] = str(root)
        note = f"{folder} cannot be used ({error.strerror}): compiled code is not kept"
        folder = _folder(root, package)
        _claim(folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)
    return note


def is_compiled(package: str = KERNEL) -> bool:
    """Whether loading takes no compiler."""
    return not missing() and (_folder(_root(), package) / MARK).is_file()


def compile_kernel(package: str = KERNEL) -> Compiled:
    """Compile, or load what is compiled. Raises what the import of a broken numba raises."""
    note = use_cache(package)
    folder = _folder(_root(), package)
    with _alone(folder):
        cold = not (folder / MARK).is_file()
        begin_ns, begin_cpu_ns = time.monotonic_ns(), time.process_time_ns()
        importlib.import_module(f"{package}.load")
        seconds = round((time.monotonic_ns() - begin_ns) / 1e9, 2)
        cpu_seconds = round((time.process_time_ns() - begin_cpu_ns) / 1e9, 2)
        done = Compiled(seconds, cpu_seconds, cold, str(folder), note)
        if cold:
            _write(folder / MARK, msgspec.json.encode(done))
            _remove_others(folder)
        else:
            os.utime(folder / MARK)
    return done


def engine_here(wanted: Engine, tell: Callable[[str], None]) -> Engine:
    """The engine that can plan here, its kernel compiled; `tell` gets a sentence about what that
    took, or why it is another one."""
    if wanted != "kernel":
        return wanted
    fault = missing()
    if not fault:
        if not is_compiled():
            tell("compiling the planner's kernel: once for this version and CPU")
        try:
            done = compile_kernel()
        except ImportError as error:  # a numba that does not go with this numpy
            fault = f"numba cannot be used ({error}): OR-Tools plans in place of the kernel"
    if fault:
        tell(fault)
        return "ortools"
    if done.note:
        tell(done.note)
    if done.cold:
        tell(f"compiled in {done.seconds:g} s")
    return wanted


def compile_in_background() -> Compiled:
    """The same for a process of its own: it leaves the CPU to whoever has work for it."""
    with contextlib.suppress(OSError):
        os.nice(10)
    return compile_kernel()


def warm(package: str = KERNEL) -> None:
    """Load the kernel where it is compiled; what keeps it from that shows when it is used."""
    if is_compiled(package):
        with contextlib.suppress(Exception):
            use_cache(package)
            importlib.import_module(f"{package}.load")


def _root() -> Path:
    """`$DROVER_CACHE`, or the folder `drover` in the user's cache folder."""
    named = os.environ.get(FOLDER_ENV)
    if named:
        return Path(named).absolute()
    caches = os.environ.get("XDG_CACHE_HOME")
    if not caches:
        try:
            caches = str(Path.home() / ".cache")
        except RuntimeError:  # nobody's home: then nothing can be kept
            caches = os.devnull
    return Path(caches).absolute() / "drover"


def _folder(root: Path, package: str) -> Path:
    """Named after all that machine code depends on."""
    import llvmlite.binding as llvm

    cpu = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    digest = hashlib.sha256()
    for part in (
        *_sources(package),
        sys.implementation.cache_tag or "",
        version("llvmlite"),
        os.environ.get("NUMBA_CPU_FEATURES") or llvm.get_host_cpu_features().flatten(),
    ):
        digest.update(f"{len(part)}:{part}".encode())
    words = ("kernel", _own_version(), digest.hexdigest()[:16], "numba", version("numba"), cpu)
    return root / re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(words))


def _sources(package: str) -> Iterator[str]:
    """Where the package is, and all that is written in it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"no package {package}", name=package)
    here = Path(found.origin).absolute()
    yield str(here)
    files = sorted(here.parent.rglob("*.py")) if found.submodule_search_locations else [here]
    for file in files:
        yield str(file.relative_to(here.parent))
        yield file.read_text(encoding="utf-8")


def _own_version() -> str:
    try:
        return version("drover-dispatch")
    except PackageNotFoundError:
        return "0"


def _claim(folder: Path) -> None:
    """It is there, ours, and closed to others: who may write in it decides what is run here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise PermissionError(1, "others may write in it", str(folder))
    tempfile.TemporaryFile(dir=folder).close()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever else compiles waits, and then loads. Where files cannot be locked both compile."""
    with (folder / "lock").open("w") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    half = path.with_suffix(f".{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


def _remove_others(folder: Path) -> None:
    others = [one for one in folder.parent.glob("kernel-*") if one.is_dir() and one != folder]
    used = {one: _last_used(one) for one in others}
    for old in sorted(others, key=lambda one: used[one], reverse=True)[FOLDERS_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _last_used(folder: Path) -> float:
    with contextlib.suppress(OSError):
        return (folder / MARK).stat().st_mtime
    return 0.0


def main() -> int:
    """Compile and say what that took; the exit code."""
    fault = missing()
    if fault:
        sys.stderr.write(f"{fault}\n")
        return 3
    sys.stdout.write(f"{json.dumps(msgspec.to_builtins(compile_kernel()))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
