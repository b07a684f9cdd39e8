"""Small disks in memory, for tests of full and of read-only ones; root alone may mount them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 4096


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Yield a folder that is a disk of so many megabytes of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def may_mount(folder: Path) -> bool:
    """Tell whether this process may mount a disk on a folder."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    try:
        with disk(folder, 1):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


def make_read_only(folder: Path) -> None:
    """Let nobody write to a mounted disk any more."""
    _run("mount", "-o", "remount,ro", str(folder))


def fill(folder: Path, *, but: int = 0) -> Path:
    """Fill a disk, but for so many blocks, and return the file to be deleted to free it."""
    ballast = folder / "ballast"
    statistics = os.statvfs(folder)
    free = statistics.f_bavail * statistics.f_frsize - but * BLOCK
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free))
    return ballast


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
