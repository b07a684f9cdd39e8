"""Print how long people wait for the page: ``python -m tests.benchmarks.page_speed --help``.

The page is served by ``plans serve`` and driven in headless Chromium, as a person would: opened, and asked questions one after
the other in conversations of at most twenty turns. Times are from the navigation to the last card, and from Enter to the answer.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.results import kept

QUESTIONS = Path(__file__).with_name("dev.jsonl")
_PORT = 8541
_TURNS = 20
_ANSWERED = "count => document.querySelectorAll('.st-key-newest .plan-understood').length && \
document.querySelectorAll('.plan-understood').length === count"


@click.command(help=__doc__)
@click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of the index (default: that of the bundled plans)."
)
@click.option(
    "--questions", default=QUESTIONS, type=click.Path(exists=True, path_type=Path), show_default="the dev questions"
)
@click.option("--count", default=60, show_default=True, help="How many questions are asked.")
@click.option("--openings", default=10, show_default=True, help="How often the page is opened.")
@kept("page-speed")
def main(store: Path | None, questions: Path, count: int, openings: int) -> None:
    """Serve, drive, print."""
    cases = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    texts = [case["turns"][0]["q"] for case in cases][:count]
    with _served(store) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        opened = [_open(browser.new_context().new_page(), address) for _ in range(openings)]
        page = browser.new_context().new_page()
        waits = list(_ask_all(page, address, texts))
        browser.close()
    click.echo(f"{'':34}{'median':>9}{'95 %':>9}{'longest':>9}   (ms)")
    for name, times in (("the first screen is drawn", opened), ("Enter to the answer on screen", waits[1:])):
        row = "".join(f"{np.percentile(times, share):9.0f}" for share in (50, 95, 100))
        click.echo(f"{name:34}{row}   {len(times)} times")
    click.echo(f"{'the first question of the server':34}{waits[0]:9.0f}")


@contextmanager
def _served(store: Path | None) -> Iterator[str]:
    named = ["--store", str(store)] if store else []
    command = [sys.executable, "-m", "assistant.cli", "serve", "--no-browser", "--port", str(_PORT), *named]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLANS_HISTORY": str(Path(folder) / "conversations.sqlite3")}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{_PORT}/_stcore/health", process)
            yield f"http://127.0.0.1:{_PORT}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise click.ClickException("The page did not start; its message is above.")


def _open(page: Page, address: str) -> float:
    started = time.perf_counter()
    page.goto(address)
    page.locator(".plan-card").last.wait_for()
    waited = (time.perf_counter() - started) * 1000
    page.context.close()
    return waited


def _ask_all(page: Page, address: str, texts: list[str]) -> Iterator[float]:
    for number, text in enumerate(texts):
        if number % _TURNS == 0:
            page.goto(address)
        box = page.get_by_test_id("stChatInputTextArea")
        box.fill(text)
        started = time.perf_counter()
        box.press("Enter")
        page.wait_for_function(_ANSWERED, arg=number % _TURNS + 1, polling=20, timeout=120_000)
        yield (time.perf_counter() - started) * 1000
        page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
