"""Full and read-only disks: what can't be done says what to do, and what was there still answers."""

import pytest

from assistant.errors import HistoryError
from assistant.history import History
from tests.faults.child import QUESTION
from tests.faults.mounts import disk, fill, make_read_only, may_mount
from tests.faults.worlds import World, digest, plan_text, plans_held
from tests.test_assistant.test_history import make_turn

ANSWER = "新增停车泊位200个"


@pytest.fixture(scope="session")
def mountable(tmp_path_factory):
    if not may_mount(tmp_path_factory.mktemp("mount")):
        pytest.skip("only root may mount a disk of its own to fill it")


@pytest.fixture
def small_disk(tmp_path, mountable):
    with disk(tmp_path / "disk", 16) as folder:
        yield folder


def own(*numbers):
    return {f"清河街道-{number}.txt": digest(plan_text(number)) for number in numbers}


def answers(world):
    asked = world.run("ask", QUESTION)
    return (asked.code, ANSWER in asked.output) == (0, True), asked.output[-600:]


def says_what_to_do(ended, *, words):
    return ended.code == 1 and "Traceback" not in ended.output and any(word in ended.output.lower() for word in words)


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [0, 1, 8, 40, 100])
def test_where_the_disk_of_the_store_is_full_the_old_index_answers_until_there_is_space(
    tmp_path, forks, small_disk, blocks
):
    world = World(tmp_path, forks, store=small_disk / "store").write_plans()
    assert world.run("index", world.plans).code == 0
    ballast = fill(small_disk, but=blocks)
    failed = world.run("add", world.give(1))
    assert says_what_to_do(failed, words=["free space"]), failed
    assert "added: " in failed.output
    answered, said = answers(world)
    assert answered, said
    assert world.state()["documents"] == plans_held()
    ballast.unlink()
    assert world.run("index").code == 0
    state = world.state()
    assert (state["documents"], state["wrong"]) == ({**plans_held(), **own(1)}, [])
    assert len(world.index_folders()) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [0, 1, 8, 40, 100])
def test_where_the_disk_is_full_before_the_first_index_it_is_built_once_there_is_space(
    tmp_path, forks, small_disk, blocks
):
    world = World(tmp_path, forks, store=small_disk / "store").write_plans()
    ballast = fill(small_disk, but=blocks)
    failed = world.run("index", world.plans)
    assert says_what_to_do(failed, words=["free space", "another folder"]), failed
    ballast.unlink()
    assert world.run("index", world.plans).code == 0
    assert world.state()["documents"] == plans_held()
    assert len(world.index_folders()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_where_the_disk_of_the_library_is_full_nothing_is_added_and_the_index_answers(
    tmp_path, forks, small_disk, blocks
):
    world = World(tmp_path, forks, own=small_disk / "own").write_plans()
    world.run("index", world.plans)
    assert world.run("add", world.give(1)).code == 0
    ballast = fill(small_disk, but=blocks)
    long = world.give(2)
    long.write_text(plan_text(2) + "稳步推进各项工作。\n" * 2000, encoding="utf-8")
    failed = world.run("add", long)
    assert says_what_to_do(failed, words=["free space"]), failed
    assert "added: " not in failed.output
    answered, said = answers(world)
    assert answered, said
    ballast.unlink()
    assert world.run("add", world.give(2)).code == 0
    state = world.state()
    assert (state["documents"], state["wrong"]) == ({**plans_held(), **own(1, 2)}, [])
    assert list(world.own.glob(".draft-*")) == []


@pytest.mark.slow
def test_a_document_is_not_taken_out_where_the_full_disk_would_lose_it(tmp_path, forks, small_disk):
    world = World(tmp_path, forks, own=small_disk / "own").write_plans()
    world.run("index", world.plans)
    assert world.run("add", world.give(1)).code == 0
    ballast = fill(small_disk)
    failed = world.run("remove", "清河街道-1")
    assert says_what_to_do(failed, words=["free space"]), failed
    assert (world.own / "清河街道-1.txt").read_text(encoding="utf-8") == plan_text(1)
    ballast.unlink()
    assert world.run("remove", "清河街道-1").code == 0
    assert world.run("restore", "清河街道-1").code == 0
    assert world.state()["documents"] == {**plans_held(), **own(1)}


@pytest.mark.parametrize("blocks", [0, 1, 3, 8])
def test_a_turn_that_a_full_disk_does_not_take_is_told_and_the_turns_before_stay(small_disk, blocks):
    history = History(small_disk / "kept" / "conversations.sqlite3")
    key = history.add_turn(make_turn("甲?"), None)
    ballast = fill(small_disk, but=blocks)
    long = make_turn("乙?", "新增停车泊位。" * 20000)
    with pytest.raises(HistoryError, match=r"(?s)Free space|disk has space"):
        history.add_turn(long, key)
    assert history.turns(key) == (make_turn("甲?"),)
    ballast.unlink()
    assert history.add_turn(long, key) == key
    assert history.turns(key) == (make_turn("甲?"), long)


def test_a_file_of_conversations_that_a_full_disk_does_not_take_is_told_and_made_later(small_disk):
    history = History(small_disk / "kept" / "conversations.sqlite3")
    history.path.parent.mkdir()
    ballast = fill(small_disk)
    with pytest.raises(HistoryError, match="space"):
        history.add_turn(make_turn("甲?"), None)
    ballast.unlink()
    key = history.add_turn(make_turn("甲?"), None)
    assert history.turns(key) == (make_turn("甲?"),)
    assert {path.name for path in history.path.parent.iterdir()} == {history.path.name}


@pytest.mark.slow
def test_a_store_that_can_only_be_read_answers_and_indexing_says_what_to_do(tmp_path, forks, small_disk):
    world = World(tmp_path, forks, store=small_disk / "store", own=small_disk / "own").write_plans()
    world.run("index", world.plans)
    make_read_only(small_disk)
    answered, said = answers(world)
    assert answered, said
    state = world.state()
    assert (state["documents"], state["wrong"]) == (plans_held(), [])
    added = world.run("add", world.give(1))
    assert says_what_to_do(added, words=["plans_documents"]), added
    (world.plans / "清河街道-2.txt").write_text(plan_text(2), encoding="utf-8")
    indexed = world.run("index", world.plans)
    assert says_what_to_do(indexed, words=["plans_store"]), indexed
    answered, said = answers(world)
    assert answered, said


@pytest.mark.slow
def test_conversations_that_can_only_be_read_are_read_and_adding_says_what_to_do(small_disk):
    history = History(small_disk / "conversations.sqlite3")
    key = history.add_turn(make_turn("甲?"), None)
    make_read_only(small_disk)
    assert history.turns(key) == (make_turn("甲?"),)
    assert [summary.id for summary in history.conversations()] == [key]
    with pytest.raises(HistoryError, match="can be written"):
        history.add_turn(make_turn("乙?"), key)
