"""Print how much of what reports say of themselves is read right: ``python -m tests.benchmarks.provenance --help``.

FOLDER holds the reports; ``--truth`` names each file with its district, the district above (empty where the text
names none), the year it plans and the year it reviews. Every report is read twice: under its own name, and under
a name that says nothing, so that the text alone is judged.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import click

from vectorstore import readers
from vectorstore.datatypes import Provenance
from vectorstore.documents import read_document

NAMELESS = "report"


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--truth", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(folder: Path, truth: Path) -> None:
    """Read every file of the truth and print the shares and what is wrong."""
    rows = list(csv.DictReader(truth.read_text(encoding="utf-8").splitlines()))
    paths = {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
    texts = {row["file"]: readers.read_file(paths[row["file"]]).text for row in rows if row["file"] in paths}
    click.echo(f"{len(texts)} of {len(rows)} files found")
    for label, nameless in (("under their own names", False), ("with their names withheld", True)):
        click.echo(f"\n{label}")
        _print_shares([(row, _read(row["file"], texts[row["file"]], nameless)) for row in rows if row["file"] in texts])


def _read(name: str, text: str, nameless: bool) -> Provenance:
    return read_document(f"{NAMELESS}{Path(name).suffix}" if nameless else name, text).provenance


def _print_shares(read: Iterable[tuple[dict[str, str], Provenance]]) -> None:
    pairs = list(read)
    for field in ("district", "parent", "plan_year", "both years", "kind"):
        asked = [(row, said) for row, said in pairs if field != "parent" or row["parent"]]
        wrong = [(row, said) for row, said in asked if not _is_right(field, row, said)]
        right = len(asked) - len(wrong)
        click.echo(f"  {field:11} {right:3} of {len(asked):3} ({right / max(1, len(asked)):.1%})")
        for row, said in wrong:
            click.echo(f"      {row['file']}: {said.parent} · {said.district} · {said.period} · {said.kind}")


def _is_right(field: str, row: dict[str, str], said: Provenance) -> bool:
    if field in ("district", "parent"):
        return bool(getattr(said, field) == row[field])
    if field == "kind":
        return said.kind == "work report"
    years = [int(row["plan_year"])] + ([int(row["reviewed_year"])] if field == "both years" else [])
    return said.period is not None and all(said.period.start <= year <= said.period.end for year in years)


if __name__ == "__main__":
    main()
