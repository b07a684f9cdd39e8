"""Print what one command takes from its start to its end: ``python -m tests.benchmarks.start [--rounds N]``.

Each is a process of its own, as a person would run it, over the bundled plans; commands take turns. Files are warm (each
command has run once before), nothing else is. Memory is the most that the process had resident,
which Linux counts from what this one had when it started the other, some 30 MB.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from tests.benchmarks.memory import mebibytes
from tests.benchmarks.results import kept

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
COMMANDS = {
    "plans --help": ["--help"],
    "plans search": ["search", "垃圾分类"],
    "plans ask": ["ask", "垃圾分类有哪些措施?"],
}


@click.command(help=__doc__)
@click.option("--rounds", default=10, show_default=True, help="How often each command is run.")
@kept("start")
def main(rounds: int) -> None:
    """Index, run the commands in turn, print."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    most: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLANS_STORE": folder}
        _run(["index", str(SEEDS)], environment)
        for _ in range(rounds + 1):
            for name, arguments in COMMANDS.items():
                seconds, most[name] = _run(arguments, environment)
                times[name].append(seconds)
    click.echo(f"{'':16}{'median, s':>10}{'95 %, s':>10}{'longest, s':>12}{'memory, MB':>12}   ({rounds} times each)")
    for name, measured in times.items():
        row = "{:10.2f}{:10.2f}{:12.2f}".format(*np.percentile(measured[1:], (50, 95, 100)))
        click.echo(f"{name:16}{row}{most[name]:12.0f}")


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds a command took, and the most memory it had, in MiB; end where it failed."""
    command = [sys.executable, "-m", "assistant.cli", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status):
        raise click.ClickException(f"{' '.join(command)} failed")
    process.returncode = 0
    return seconds, mebibytes(used)


if __name__ == "__main__":
    main()
