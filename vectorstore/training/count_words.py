"""Count in how many documents each word stands: ``python -m vectorstore.training.count_words DOCUMENTS``.

DOCUMENTS is a (xz-compressed) file of JSON lines with a ``text`` each. The table tells how much a word says in the
language of plans; see ``vectorstore.tokens.rarity``.
"""

import json
import lzma
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vectorstore.tokens import RARITY_TABLE, content_words

# Words of fewer documents are names and slips
FEWEST = 4
LONGEST = 6


@click.command(help=__doc__)
@click.argument("documents", type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=RARITY_TABLE, show_default=True)
def main(documents: Path, output: Path) -> None:
    """Write the table: the number of documents, then a word and its count a line, most frequent first."""
    opener: Callable[..., Any] = lzma.open if documents.suffix == ".xz" else open
    with opener(documents, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file if line.strip()]
    counts: Counter[str] = Counter()
    with click.progressbar(texts, label="count") as bar:
        for text in bar:
            counts.update(set(content_words(text)))
    kept = [(word, n) for word, n in counts.items() if n >= FEWEST and len(word) <= LONGEST and not word.isdigit()]
    lines = [str(len(texts)), *(f"{word} {n}" for word, n in sorted(kept, key=lambda row: (-row[1], row[0])))]
    output.write_bytes(lzma.compress("\n".join(lines).encode("utf-8"), preset=9))
    click.echo(f"{len(kept)} words of {len(texts)} documents, {output.stat().st_size // 1024} KB in {output}")


if __name__ == "__main__":
    main()
