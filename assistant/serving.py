"""Starts the page: a Streamlit process on the loopback address, watched until it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path

from vectorstore.errors import PlansError
from vectorstore.settings import PREFIX, Settings

ADDRESS = "127.0.0.1"
_FIRST_PORT, _LAST_PORT = 8501, 8520
_START_SECONDS = 60.0
_APP = Path(__file__).resolve().parent / "ui" / "app.py"
_PROJECT = _APP.parent.parent.parent


def serve_page(settings: Settings, *, port: int | None, open_browser: bool, say: Callable[[str], None]) -> int:
    """Run the page until it is stopped and return the exit code; raise PlansError when it can't start."""
    port = _free_port(port)
    # A plain `kill` must stop the page too, not leave it behind
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    process = subprocess.Popen(_command(port), env=_environment(settings), cwd=_working_folder())
    address = f"http://{ADDRESS}:{port}"
    try:
        _wait_until_healthy(process, f"{address}/_stcore/health")
        say(f"The page is at {address}  (Ctrl+C stops it)")
        if open_browser and sys.stdout.isatty():
            webbrowser.open(address)
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(process)


def _command(port: int) -> list[str]:
    options = {
        "server.address": ADDRESS,
        "server.port": str(port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "server.fileWatcherType": "none",
        # An installed package has no .streamlit folder: what protects people does not depend on it
        "server.maxUploadSize": "50",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(_APP),
        *(f"--{key}={value}" for key, value in options.items()),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    given = {
        f"{PREFIX}STORE": str(settings.store),
        f"{PREFIX}MODEL": settings.model or "",
        f"{PREFIX}DOCUMENTS": str(settings.library_folder),
    }
    return {**os.environ, **given}


def _working_folder() -> Path | None:
    """Streamlit reads its theme from ``.streamlit`` in the working folder; a wheel has none."""
    return _PROJECT if (_PROJECT / ".streamlit").is_dir() else None


def _free_port(wanted: int | None) -> int:
    for port in (wanted,) if wanted else range(_FIRST_PORT, _LAST_PORT + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    taken = f"Port {wanted} is" if wanted else f"The ports {_FIRST_PORT}-{_LAST_PORT} are"
    raise PlansError(f"{taken} taken on {ADDRESS}. Name a free one with --port.")


def _wait_until_healthy(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PlansError(f"The page ended at once (exit code {process.returncode}); Streamlit's message is above.")
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise PlansError(f"The page did not answer within {_START_SECONDS:.0f} s. Try again, or another --port.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
