"""A clock that jumps: conversations keep their order, and an index is as current as its documents."""

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from assistant.history import History
from tests.faults.child import CLOCK
from tests.faults.worlds import digest, plan_text, plans_held
from tests.test_assistant.test_history import make_turn, titles

NOW = datetime(2025, 3, 1, 8, tzinfo=UTC)
DECADE = 10 * 365 * 24 * 3600


def test_a_clock_set_back_leaves_the_conversations_in_the_order_they_were_added_to(tmp_path):
    history = History(tmp_path / "conversations.sqlite3")
    first = history.add_turn(make_turn("甲?"), None, now=NOW + timedelta(days=3650))
    history.add_turn(make_turn("乙?"), None, now=NOW)
    history.add_turn(make_turn("丙?"), None, now=NOW - timedelta(days=3650))
    assert titles(history.conversations()) == ["丙?", "乙?", "甲?"]
    history.add_turn(make_turn("丁?"), first, now=NOW - timedelta(days=36500))
    assert titles(history.conversations()) == ["甲?", "丙?", "乙?"]
    assert history.turns(first) == (make_turn("甲?"), make_turn("丁?"))


def test_a_clock_set_back_does_not_drop_the_newest_conversation_from_a_full_list(tmp_path):
    history = History(tmp_path / "conversations.sqlite3")
    for number in range(5):
        history.add_turn(make_turn(f"第{number}问?"), None, now=NOW)
    history.add_turn(make_turn("最新?"), None, now=NOW - timedelta(days=3650))
    assert titles(history.conversations(limit=2)) == ["最新?", "第4问?"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [DECADE, -DECADE], ids=["forward", "back"])
def test_an_index_made_under_a_wrong_clock_is_as_current_as_its_documents(world, seconds):
    assert world.run("index", world.plans, **{CLOCK: str(seconds)}).code == 0
    index = world.state()["index"]
    assert world.run("index", world.plans).code == 0
    assert world.state()["index"] == index
    assert world.run("add", world.give(1)).code == 0
    assert world.run("add", world.give(2), **{CLOCK: str(seconds)}).code == 0
    state = world.state()
    own = {f"清河街道-{number}.txt": digest(plan_text(number)) for number in (1, 2)}
    assert (state["documents"], state["wrong"]) == ({**plans_held(), **own}, [])
    assert world.run("doctor").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("time", [0, 1, 4102444800], ids=["1970", "1970-second", "2100"])
def test_the_time_of_a_file_does_not_make_an_index_current_or_stale(world, time):
    world.run("index", world.plans)
    index = world.state()["index"]
    plan = world.plans / "青石镇2023年工作报告.txt"
    os.utime(plan, (time, time))
    world.run("index", world.plans)
    assert world.state()["index"] == index
    # Other words of the same length at the same time
    plan.write_text(plan.read_text(encoding="utf-8").replace("15万人次", "16万人次"), encoding="utf-8")
    os.utime(plan, (time, time))
    assert "documents were changed" in world.run("doctor").output
    world.run("index", world.plans)
    state = world.state()
    assert state["index"] != index
    assert state["documents"]["青石镇2023年工作报告.txt"] == digest(plan.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_mended_store_is_made_of_the_folders_of_the_index_in_use_whatever_the_times_say(world, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "清河街道-9.txt").write_text(plan_text(9), encoding="utf-8")
    world.run("index", other)
    (old,) = world.index_folders()
    world.run("index", world.plans)
    os.utime(old, (4102444800, 4102444800))
    shutil.rmtree(world.store / world.state()["index"] / "words-chunks")
    assert world.run("doctor", "--mend").code == 0
    assert world.state()["documents"] == plans_held()
