"""What benchmarks print is kept under the name of the commit."""

import subprocess

import click
import pytest
from click.testing import CliRunner

from tests.benchmarks import results


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def test_what_is_printed_is_kept_in_a_file_named_after_the_commit(folder, capsys):
    @results.kept("speed")
    def benchmark():
        print("median 3 ms")
        click.echo("中位数")
        return 7

    assert benchmark() == 7
    (file,) = folder.iterdir()
    assert file.name == f"speed-{results.commit()}.txt"
    assert file.read_text(encoding="utf-8") == capsys.readouterr().out == "median 3 ms\n中位数\n"


def test_a_benchmark_that_fails_leaves_no_file(folder):
    @click.command()
    @results.kept("speed")
    def benchmark():
        click.echo("half of it")
        raise click.ClickException("The page did not start.")

    assert CliRunner().invoke(benchmark).exit_code == 1
    assert list(folder.iterdir()) == []


def test_the_commit_is_that_of_git(monkeypatch):
    said = subprocess.CompletedProcess([], 0, stdout="abc1234-dirty\n")
    monkeypatch.setattr(results.subprocess, "run", lambda *args, **named: said)
    assert results.commit() == "abc1234-dirty"


def test_a_copy_without_git_has_no_commit(monkeypatch):
    def missing(*args, **named):
        raise FileNotFoundError("git")

    monkeypatch.setattr(results.subprocess, "run", missing)
    assert results.commit() == "no-commit"
