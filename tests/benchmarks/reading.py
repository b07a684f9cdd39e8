"""Read every file of a folder and print what came of it: ``python -m tests.benchmarks.reading FOLDER``.

A line for each file: format, characters, pages, paragraphs, headings and seconds, or why it was refused.
"""

import sys
from pathlib import Path
from time import perf_counter

from vectorstore.documents import read_document
from vectorstore.errors import DocumentError
from vectorstore.file_kinds import kind_of
from vectorstore.readers import read_file


def main(folder: Path) -> None:
    print("format\tchars\tpages\tparagraphs\theadings\tseconds\tfile")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        start = perf_counter()
        try:
            row = measured(path)
        except DocumentError as error:
            row = f"refused\t-\t-\t-\t-\t{perf_counter() - start:.2f}\t{error}"
        else:
            row = f"{row}\t{perf_counter() - start:.2f}\t{path.relative_to(folder)}"
        print(row)


def measured(path: Path) -> str:
    read = read_file(path)
    document = read_document(path.name, read.text, pages=read.pages)
    headings = sum(sentence.kind in ("heading", "lead") for sentence in document.sentences)
    kind = kind_of(path.read_bytes(), path.suffix.lower())
    return f"{kind}\t{len(read.text)}\t{len(read.pages)}\t{len(document.paragraphs)}\t{headings}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
