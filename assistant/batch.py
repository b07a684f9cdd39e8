"""A file of conversations → their answers, one line of JSON a conversation."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from assistant.chat import take_turn
from assistant.datatypes import Turn
from assistant.rendering import answer_record
from vectorstore.errors import PlansError
from vectorstore.store import VectorStore


def read_batch(path: Path) -> list[dict[str, Any]]:
    """Return the conversations of a file; the first line that is none stops everything before any work is done."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlansError(f"{path} can't be read ({error}). It must be a UTF-8 file of JSON lines.") from error
    conversations = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            conversations.append({"id": row["id"], "questions": [str(turn["q"]) for turn in row["turns"]]})
        except (ValueError, KeyError, TypeError) as error:
            raise PlansError(
                f'{path}, line {number}: not a conversation ({error!r}). A line is {{"id": …, "turns": [{{"q": "…"}}]}}.'
            ) from error
    return conversations


def answer_batch(conversations: list[dict[str, Any]], output: Path | None, store: VectorStore) -> None:
    """Answer conversations and write each as it is done; raise PlansError where the output can't be written."""
    store.encode("预热")  # so that the first answer's time is an answer's time
    try:
        stream = output.open("w", encoding="utf-8") if output else None
    except OSError as error:
        raise PlansError(f"{output} can't be written ({error.strerror}). Name another file with --output.") from error
    try:
        for conversation in _shown(conversations, quiet=output is None):
            record = {"id": conversation["id"], "turns": _converse(conversation["questions"], store)}
            click.echo(json.dumps(record, ensure_ascii=False), file=stream)
    finally:
        if stream:
            stream.close()


def _shown(conversations: list[dict[str, Any]], *, quiet: bool) -> Iterator[dict[str, Any]]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(conversations, "Answering", console=console, disable=quiet or not console.is_terminal))


def _converse(questions: list[str], store: VectorStore) -> list[dict[str, Any]]:
    history: tuple[Turn, ...] = ()
    records = []
    for text in questions:
        started = time.perf_counter()
        turn = take_turn(text, history, store)
        elapsed = (time.perf_counter() - started) * 1000
        records.append(answer_record(turn.answer, store, milliseconds=elapsed))
        history = (*history, turn)
    return records
