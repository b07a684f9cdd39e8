"""Print how often statements of purpose answer what is asked of a plan as a whole: ``python -m tests.benchmarks.purposes``.

All questions of ``vectorstore/training/data`` whose documents come with the project are read by themselves, as is the
outline of their documents; no model is loaded. A statement is right where every sentence of it, and every one marked, is
the other's too; "in part" where they share one. ``--show`` prints the others.
"""

from collections import Counter
from pathlib import Path

import click

from assistant.datatypes import Facet, Question
from assistant.periods import find_periods, strip_periods
from assistant.purposes import asked_purpose, statements
from tests.benchmarks.results import kept
from vectorstore.datatypes import Scope
from vectorstore.documents import read_document
from vectorstore.training.examples import answering_sentences, read_rows

DATA = Path(__file__).resolve().parents[2] / "vectorstore" / "training" / "data"
FILES = ("plan-questions", "summary-questions", "more-questions")


@click.command(help=__doc__)
@click.option("--show", is_flag=True, help="Print the questions whose statements are none of the sentences marked.")
@kept("purposes")
def main(*, show: bool) -> None:
    """Read every question, and count by what is asked and whether its document answers."""
    documents = DATA / "plan-documents.jsonl.xz"
    texts = {row["doc"]: row["text"] for row in read_rows(documents)}
    rows = [row for file in FILES for row in read_rows(DATA / f"{file}.jsonl.xz") if row["doc"] in texts]
    read = {name: read_document(f"{name}.txt", text) for name, text in texts.items()}
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        document, question = read[row["doc"]], _question(row["q"])
        purpose = asked_purpose(question, question.facets[0], document)
        if purpose is None:
            continue
        found = frozenset(statements(document, purpose))
        verdict = _verdict(found, answering_sentences(document, row["quotes"]))
        counts[purpose, "answerable" if row["quotes"] else "silent", verdict] += 1
        if show and verdict == "wrong":
            click.echo(f"{row['doc']}: {row['q']}")
    click.echo(f"{len(rows)} questions; of these ask for a document's purpose:")
    for (purpose, answers, verdict), count in sorted(counts.items()):
        click.echo(f"  {purpose:9} {answers:11} {verdict:14} {count:4}")


def _question(text: str) -> Question:
    named = [mention.years for mention in find_periods(text, ())]
    years = tuple(sorted({year for period in named for year in (period.start, period.end)}))
    topic = strip_periods(text)
    return Question(text, topic, topic, "summary", (), (Facet("", Scope()),), years=years)


def _verdict(found: frozenset[int], gold: frozenset[int]) -> str:
    if not found:
        return "none found"
    if found == gold:
        return "right"
    return "right in part" if found & gold else "wrong"


if __name__ == "__main__":
    main()
