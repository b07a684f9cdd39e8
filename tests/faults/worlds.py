"""A store with its folders and processes that work on it, to be killed, starved and damaged."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.conftest import PLANS, write_plans
from vectorstore.settings import Settings

ROOT = Path(__file__).parents[2]
_CHILD = [sys.executable, "-m", "tests.faults.child"]

PAGE = (
    "<!DOCTYPE html><html><head><title>青石镇养老工作</title></head><body><article><h1>青石镇养老工作</h1>"
    "<p>青石镇2024年新增养老床位40张,培训护理员20人。</p><p>全镇六个村都有了家门口服务站。</p></article></body></html>"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code (minus the signal that ended it) and what it printed."""

    code: int
    output: str


class Forks:
    """Starts processes that have everything imported, one at a time."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [*_CHILD, "serve-forks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._read()

    def start(self, arguments: Sequence[str], environment: dict[str, str], output: Path) -> int:
        """Start a process and return its id."""
        request = {"arguments": list(arguments), "environment": environment, "output": str(output)}
        if self._server.stdin is None:
            raise RuntimeError("the server has no input")
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._read())

    def wait(self) -> int:
        """Return the exit code of the process started last, when it has ended."""
        return int(self._read())

    def close(self) -> None:
        self._server.communicate()

    def _read(self) -> str:
        line = self._server.stdout.readline() if self._server.stdout else ""
        if not line:
            raise RuntimeError("the server of forks has ended")
        return line


class World:
    """A folder with plans, a store, a library and conversations."""

    def __init__(self, folder: Path, forks: Forks, *, store: Path | None = None, own: Path | None = None) -> None:
        self.folder = folder
        self.forks = forks
        self.plans = folder / "plans"
        self.given = folder / "given"
        self.store = store or folder / "store"
        self.own = own or folder / "own"
        self.history = folder / "conversations.sqlite3"
        self.faults: dict[str, str] = {}
        self._started: list[subprocess.Popen[str]] = []
        for path in (self.plans, self.given):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def settings(self) -> Settings:
        return Settings(self.store, history=self.history, library=self.own)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PLANS_STORE": str(self.store),
            "PLANS_DOCUMENTS": str(self.own),
            "PLANS_HISTORY": str(self.history),
            **self.faults,
        }

    def write_plans(self) -> "World":
        write_plans(self.plans, PLANS)
        return self

    def give(self, number: int) -> Path:
        """Write a document that may be added, and return its path."""
        path = self.given / f"清河街道-{number}.txt"
        path.write_text(plan_text(number), encoding="utf-8")
        return path

    def run(self, *arguments: object, **faults: str) -> Ended:
        """Run an action to its end in a fork."""
        self._start(arguments, faults)
        return self._ended()

    def run_killed(self, *arguments: object, after: float) -> Ended:
        """Run an action and kill it after so many seconds."""
        pid = self._start(arguments, {})
        time.sleep(after)
        # Not yet waited for by anyone but its parent, which may have seen it end
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self._ended()

    def timed(self, *arguments: object) -> float:
        """Run an action to its end and return the seconds it took."""
        started = time.monotonic()
        ended = self.run(*arguments)
        if ended.code:
            raise AssertionError(f"{arguments} failed: {ended}")
        return time.monotonic() - started

    def popen(self, *arguments: object, **faults: str) -> "subprocess.Popen[str]":
        """Start an action as a process of its own, whose output can be read."""
        process = subprocess.Popen(
            [*_CHILD, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={**os.environ, **self.environment, **faults},
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End the processes that a failed test has left."""
        for process in self._started:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def state(self) -> dict[str, Any]:
        """Return what the store holds, as another process finds it."""
        ended = self.run("state")
        if ended.code:
            raise AssertionError(f"the store could not be examined: {ended}")
        return json.loads(ended.output.splitlines()[-1])

    def index_folders(self) -> list[Path]:
        return sorted(self.store.glob("index-*"))

    def copy(self, folder: Path) -> "World":
        """Return a copy of the world in another folder; the index still names the plans of the first."""
        shutil.copytree(self.folder, folder)
        return World(folder, self.forks)

    def _start(self, arguments: Sequence[object], faults: dict[str, str]) -> int:
        output = self.folder / "output"
        # A process that is killed before it has opened it would seem to have said what the one before it said
        output.write_bytes(b"")
        return self.forks.start([str(a) for a in arguments], {**self.environment, **faults}, output)

    def _ended(self) -> Ended:
        code = self.forks.wait()
        path = self.folder / "output"
        return Ended(code, path.read_text(encoding="utf-8") if path.exists() else "")


def plan_text(number: int) -> str:
    return (
        f"清河街道2024年第{number}号工作要点\n\n一、交通出行\n\n1.优化停车。新增停车泊位{number + 200}个。\n\n"
        f"2.优化步道。新建滨河步道{number + 3}公里。\n"
    )


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def plans_held() -> dict[str, str]:
    return {path: digest(text) for path, text in PLANS.items()}


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def wait_for_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    """Read what a process prints until a line says this; raise AssertionError where it ends before."""
    read: list[str] = []
    for line in process.stdout or ():
        read.append(line)
        if line.strip() == wanted:
            return
    raise AssertionError(f"the process ended without {wanted!r}: {''.join(read)}")
