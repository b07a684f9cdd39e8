"""Values are given back as they were kept, or not at all."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectorstore.kept_values import KeptValues

VALUES = {b"1": "停车".encode(), b"2": b""}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store" / "kept.sqlite3"


def kept(file):
    return KeptValues(file, "texts", "value")


@settings(max_examples=30)
@given(st.dictionaries(st.binary(max_size=3), st.binary()), st.lists(st.binary(max_size=3)))
def test_what_was_added_is_known_and_nothing_else(tmp_path_factory, values, keys):
    file = tmp_path_factory.mktemp("kept") / "kept.sqlite3"
    kept(file).add(values)
    assert kept(file).look_up(keys) == {key: values[key] for key in keys if key in values}


def test_a_value_added_again_replaces_the_first(file):
    kept(file).add(VALUES)
    kept(file).add({b"1": "泊位".encode()})
    assert kept(file).look_up([b"1"]) == {b"1": "泊位".encode()}


def test_asking_writes_no_file(file):
    assert kept(file).look_up([b"1"]) == {}
    kept(file).forget_unused()
    assert not file.parent.exists()


def test_a_value_that_was_changed_is_not_known(file):
    kept(file).add(VALUES)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE texts SET value = ?", ("泊位".encode(),))
    assert kept(file).look_up([*VALUES]) == {}


def test_what_was_asked_for_is_in_use(file):
    kept(file).add(VALUES)
    for _ in range(2):
        values = kept(file)
        values.look_up([b"1"])
        values.forget_unused()
    assert kept(file).look_up([*VALUES]) == {b"1": VALUES[b"1"]}


def test_a_damaged_file_is_set_aside_with_its_journal(file):
    kept(file).add(VALUES)
    file.write_bytes(b"no database" * 999)
    file.with_name("kept.sqlite3-journal").write_bytes(b"journal")
    kept(file).add(VALUES)
    assert kept(file).look_up([*VALUES]) == VALUES
    assert sorted(path.name for path in file.parent.iterdir()) == ["kept.sqlite3", "kept.sqlite3.damaged"]


def test_a_file_without_the_columns_is_set_aside(file):
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript("CREATE TABLE texts (other BLOB PRIMARY KEY); PRAGMA user_version = 1;")
    kept(file).add(VALUES)
    assert kept(file).look_up(list(VALUES)) == VALUES
    assert file.with_name(f"{file.name}.damaged").exists()


def test_a_file_that_another_holds_locked_is_not_set_aside(file, monkeypatch):
    monkeypatch.setattr(sqlite3, "connect", lambda path, connect=sqlite3.connect: connect(path, timeout=0))
    kept(file).add(VALUES)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert kept(file).look_up([*VALUES]) == {}
    assert kept(file).look_up([*VALUES]) == VALUES


def test_where_no_file_can_be_written_nothing_is_known(tmp_path):
    (tmp_path / "file").touch()
    values = kept(tmp_path / "file" / "kept.sqlite3")
    values.add(VALUES)
    values.forget_unused()
    assert values.look_up([*VALUES]) == {}
