"""How much memory this process has taken."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def most_memory() -> float:
    """Return the most memory this process has taken, in MiB.

    Where the system tells it is this process's own; what ``resource`` says begins, on Linux, with that of the process which
    started this one, and is in bytes on macOS where others count kilobytes.
    """
    lines = _STATUS.read_text(encoding="ascii").splitlines() if _STATUS.exists() else []
    told = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    if told:
        return told[0] / 2**10
    return mebibytes(resource.getrusage(resource.RUSAGE_SELF))


def mebibytes(used: resource.struct_rusage) -> float:
    """Return the most memory that ``resource`` says was used, in MiB."""
    return used.ru_maxrss / 2**20 if sys.platform == "darwin" else used.ru_maxrss / 2**10
