"""The dictionary against jieba's own way through it."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from vectorstore.dictionary import dictionary
from vectorstore.tokens import chinese_runs

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


@pytest.fixture(scope="module")
def runs():
    """Return the stretches of Chinese characters of the bundled plans."""
    return [run for path in sorted(SEEDS.glob("*.txt")) for run in chinese_runs(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def jieba(tmp_path_factory):
    """Return jieba with its word tags, read in its own way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba.posseg
    jieba.dt.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    jieba.initialize()
    return jieba


@pytest.mark.slow
def test_words_are_those_that_jieba_cuts(runs, jieba):
    assert runs
    for run in runs:
        assert dictionary().cut(run) == jieba.lcut(run, HMM=False)
        assert dictionary().cut_for_search(run) == jieba.lcut_for_search(run, HMM=False)


@pytest.mark.slow
def test_tags_are_those_that_jieba_gives(runs, jieba):
    for run in runs:
        tagged = [(word, dictionary().tag(word)) for word in dictionary().cut(run)]
        assert tagged == [(pair.word, pair.flag) for pair in jieba.posseg.cut(run, HMM=False)]


def test_the_beginning_of_a_word_is_no_word():
    assert "停车场" in dictionary()
    assert "停车场管" not in dictionary()
    assert "中华人民共" not in dictionary()


@pytest.mark.slow
def test_nothing_is_left_in_the_folder_of_temporary_files(tmp_path):
    code = "from vectorstore.dictionary import dictionary; print(len(dictionary().cut('新增停车泊位')))"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(said.stdout) > 1
    assert not said.stderr
    assert not list(tmp_path.iterdir())
