"""A process that works on a store with an encoder that needs no model, and that a test may kill.

``python -m tests.faults.child COMMAND …`` is ``plans COMMAND …``, or one of the actions below. What the program prints is
its acknowledgement. ``python -m tests.faults.child serve-forks`` starts such processes by forking, once everything is
imported: each line read is a request ``{"arguments", "environment", "output"}``, answered by the process's id and, at
its end, by its exit code (minus the signal).
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from assistant import cli
from assistant.chat import take_turn
from assistant.collection import open_store, update_store
from tests.conftest import FakeEncoder, FakeReader
from vectorstore import embeddings, layers, reranking
from vectorstore import store as store_module
from vectorstore.datatypes import EVERYTHING, Scope
from vectorstore.errors import ModelError, PlansError
from vectorstore.index_parts import sentence_text
from vectorstore.settings import read_settings
from vectorstore.store import VectorStore

PARKING = "停车泊位"
QUESTION = f"云溪街道新增{PARKING}"
# The number of the file operation before which the process ends itself by SIGKILL
KILL_AT = "FAULTS_KILL_AT"
# The file that the number of file operations is written to
COUNT_TO = "FAULTS_COUNT_TO"
# The file that is waited for before the store's lock is asked for, when the documents have been read
PAUSE = "FAULTS_PAUSE"
# Seconds by which the clock is wrong
CLOCK = "FAULTS_CLOCK"
# Set where the second index of a store is laid upon the first, however small
LAYERED = "FAULTS_LAYERED"
# Set where no socket but a local one may be made
OFFLINE = "FAULTS_OFFLINE"
# A folder that stands for that of a model: where it is gone, the encoder or the reader can't be loaded
MODEL, READER = "FAULTS_MODEL", "FAULTS_READER"

_OPERATIONS = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.truncate", "sqlite3.connect"}
)
_WRITES = os.O_WRONLY | os.O_RDWR


class LoudEncoder(FakeEncoder):
    """The encoder of the tests, loaded from a folder where one is named."""

    def __init__(self) -> None:
        super().__init__()
        _need(MODEL)


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code."""
    _prepare()
    if action := _ACTIONS.get(arguments[0]):
        return action(arguments[1:])
    try:
        cli.main(arguments, standalone_mode=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _rebuild(_: list[str]) -> int:
    """Build the index of the store anew, as ``plans doctor --mend`` does."""
    store, _ = update_store(read_settings(), anew=True)
    print(f"rebuilt: {len(store.documents)} documents", flush=True)
    return 0


def _state(_: list[str]) -> int:
    """Print what the store holds and whether all of it can be found and quoted, or why it can't be opened."""
    try:
        state = _state_of(open_store(read_settings()))
    except PlansError as error:
        state = {"error": str(error), "kind": type(error).__name__, "documents": {}}
    print(json.dumps(state), flush=True)
    return 0


def _answer_until_told(arguments: list[str]) -> int:
    """Ask again and again until a file is there, of a store opened each time or (``held``) once; print what came of it."""
    stop, held = Path(arguments[0]), arguments[1:] == ["held"]
    store = open_store(read_settings())
    wrong: list[str] = []
    asked, indexes = 0, set()
    while not stop.exists():
        store = store if held else open_store(read_settings())
        wrong += _wrong_quotes(store, QUESTION)
        asked += 1
        indexes.add(store.folder.name)
        if asked == 1:
            print("asking", flush=True)
    print(json.dumps({"asked": asked, "indexes": len(indexes), "wrong": wrong}), flush=True)
    return 0


def _ask_when_told(arguments: list[str]) -> int:
    """Open the store, wait until a file is there, then ask: what is open stays open while folders go."""
    store = open_store(read_settings())
    print("opened", flush=True)
    _wait_for(Path(arguments[0]))
    try:
        wrong = _wrong_quotes(store, QUESTION)
    except PlansError as error:
        print(f"plans: {error}", flush=True)
        return 1
    print(json.dumps({"wrong": wrong}), flush=True)
    return 0


def _page(arguments: list[str]) -> int:
    """Run the page, ask it, and print what it shows."""
    from streamlit.testing.v1 import AppTest

    from assistant.ui import conversation, opened_store

    opened_store.load_encoder = embeddings.load_encoder
    opened_store.model_identity = embeddings.model_identity
    opened_store.load_reader = reranking.load_reader
    page = AppTest.from_file(conversation.__file__.replace("conversation.py", "app.py"), default_timeout=60).run()
    page.chat_input[0].set_value(arguments[0]).run()
    print([error.message for error in page.exception])
    print("\n".join(element.proto.body for element in page.get("html")), flush=True)
    return len(page.exception)


def _connect(_: list[str]) -> int:
    """Try to connect to this machine over TCP."""
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1).close()
    except OSError as error:
        print(error, flush=True)
        return 1
    return 0


_ACTIONS: Mapping[str, Callable[[list[str]], int]] = {
    "rebuild": _rebuild,
    "state": _state,
    "answer-until-told": _answer_until_told,
    "ask-when-told": _ask_when_told,
    "page": _page,
    "connect": _connect,
}


def _state_of(store: VectorStore) -> dict[str, Any]:
    return {
        "index": store.folder.name,
        "documents": {d.path: sha256(d.text.encode()).hexdigest() for d in store.documents},
        "sentences": store.manifest.sentences,
        "wrong": [*_wrong_vectors(store), *_wrong_words(store), *_wrong_answers(store)],
    }


def _wrong_vectors(store: VectorStore) -> list[str]:
    """Return the documents of which a sentence has another vector than its own, or is not the nearest to it."""
    wrong = []
    for document in store.documents:
        numbers = range(len(document.sentences))
        wanted = FakeEncoder().encode_passages([sentence_text(document, number) for number in numbers])
        held = store.sentence_vectors([(document.id, number) for number in numbers])
        near = store._sentence_vectors.nearest_in(wanted[0], 1, {document.id})
        if not np.allclose(wanted, held, atol=1e-5) or near[0][1] < 0.999:
            wrong.append(f"vectors: {document.path}")
    return wrong


def _wrong_words(store: VectorStore) -> list[str]:
    """Return the documents of which a sentence is not found by its own words."""
    wrong = []
    for document in store.documents:
        sentence = document.sentences[-1].span.of(document.text)
        place = store.sentence_number(document.id, len(document.sentences) - 1)
        if store.sentence_words(sentence)[place] <= 0:
            wrong.append(f"words: {document.path}")
    return wrong


def _wrong_answers(store: VectorStore) -> list[str]:
    """Return what an answer quotes wrongly, and the documents that speak of the subject and are not quoted."""
    wrong = []
    for document in store.documents:
        if PARKING in document.text:
            wrong += _wrong_quotes(store, f"新增{PARKING}", within=Scope(documents=(document.id,)))
        hits = store.retrieve(document.text[:60], limit=5)
        if document.id not in {hit.chunk.document for hit in hits}:
            wrong.append(f"not found: {document.path}")
    return wrong


def _wrong_quotes(store: VectorStore, question: str, *, within: Scope = EVERYTHING) -> list[str]:
    """Return the quotes of an answer that do not stand in their document, or that there are none."""
    quotes = take_turn(question, (), store, within=within).answer.quotes
    wrong = [q.text for q in quotes if q.span.of(store.document(q.document).text) != q.text]
    return wrong or ([] if any(PARKING in q.text for q in quotes) else [f"nothing quoted: {question} {within}"])


def _prepare() -> None:
    """Put the encoder of the tests in the place of the bundled one, and the faults that the environment names."""
    embeddings.load_encoder = lambda model=None: LoudEncoder()
    embeddings.model_identity = lambda model=None: _need(MODEL) or "fake"
    reranking.load_reader = lambda named=None: _need(READER) or FakeReader()
    if LAYERED in os.environ:
        layers.LEAST_BELOW, layers.MOST_CHANGED, layers.SHARE = 1, 6, 1
    if OFFLINE in os.environ:
        _block_sockets()
    if shift := float(os.environ.get(CLOCK, "0")):
        now = time.time
        time.time = lambda: now() + shift
        ns = time.time_ns
        time.time_ns = lambda: ns() + int(shift * 1e9)
    if named := os.environ.get(PAUSE):
        _pause_before_lock(Path(named))
    if KILL_AT in os.environ or COUNT_TO in os.environ:
        _count_operations(int(os.environ.get(KILL_AT, "0")), os.environ.get(COUNT_TO))


def _need(folder: str) -> None:
    """Raise ModelError where the environment names a folder for a model, and it is gone."""
    named = os.environ.get(folder)
    if named and not Path(named).is_dir():
        raise ModelError(f"There is no model folder at {named}. Restore the bundled folder.")


def _pause_before_lock(go: Path) -> None:
    locked = store_module.locked

    def paused(folder: Path) -> Any:
        print("before the lock", flush=True)
        _wait_for(go)
        return locked(folder)

    store_module.locked = paused


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def _block_sockets() -> None:
    make = socket.socket.__init__

    def local_only(self: socket.socket, family: int = -1, *rest: Any, **named: Any) -> None:
        # Without a family it is AF_INET
        if family != socket.AF_UNIX and named.get("fileno") is None:
            raise OSError("there is no network")
        make(self, family, *rest, **named)

    socket.socket.__init__ = local_only


def _count_operations(kill_at: int, count_to: str | None) -> None:
    """Count what changes files; end the process by SIGKILL before the operation of a number."""
    count = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in _OPERATIONS or (event == "open" and _is_write(arguments)):
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    if count_to:
        import atexit

        atexit.register(lambda: Path(count_to).write_text(str(count), encoding="ascii"))


def _is_write(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(path, str | bytes | os.PathLike) and bool(int(flags or 0) & _WRITES)


def serve_forks() -> None:
    """Answer requests from standard input until it ends."""
    _import_all()
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run_forked(request)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _import_all() -> None:
    """Import what an action would import, so that its time is its own; nothing is opened."""
    import bm25s
    import chromadb
    import jieba

    from vectorstore.tokens import tokenize

    tokenize("云溪街道新增停车泊位")
    if not (bm25s and chromadb and jieba):
        raise SystemExit("something can't be imported")


def _run_forked(request: dict[str, Any]) -> None:
    """Run a request in this forked process and end it, whatever happens."""
    code = 99
    try:
        file = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(request["environment"])
        code = main(request["arguments"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    # A process that was forked must end here, whatever goes wrong, and say it
    except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if COUNT_TO in os.environ:
            import atexit

            atexit._run_exitfuncs()
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve-forks"]:
        serve_forks()
    else:
        sys.exit(main(sys.argv[1:]))
