"""Several processes on one store: writers lose nothing of each other, readers answer rightly while indexes change."""

import json

import pytest

from tests.faults.child import PAUSE
from tests.faults.worlds import digest, plan_text, plans_held, wait_for_line

SWITCHES = 20


def own(*numbers):
    return {f"清河街道-{number}.txt": digest(plan_text(number)) for number in numbers}


def end(process):
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def result(process):
    code, output = end(process)
    assert code == 0, output
    return json.loads(output.splitlines()[-1])


@pytest.mark.slow
def test_documents_added_by_two_processes_at_once_are_all_kept_and_indexed(world):
    world.run("index", world.plans)
    for first in range(0, 20, 2):
        writers = [world.popen("add", world.give(number)) for number in (first, first + 1)]
        for code, output in map(end, writers):
            assert code == 0 or "another process" in output, output
        state = world.state()
        assert (state["documents"], state["wrong"]) == ({**plans_held(), **own(*range(first + 2))}, [])
        assert len(world.index_folders()) <= 2


@pytest.mark.slow
def test_a_process_that_read_the_documents_before_another_added_one_does_not_index_without_it(world):
    world.run("index", world.plans)
    slow = world.popen("add", world.give(1), **{PAUSE: str(world.folder / "go")})
    wait_for_line(slow, "before the lock")
    quick = world.run("add", world.give(2))
    assert "7 documents" in quick.output
    (world.folder / "go").touch()
    assert end(slow)[0] == 0
    assert world.state()["documents"] == {**plans_held(), **own(1, 2)}


@pytest.mark.slow
def test_a_reader_that_opens_the_store_for_each_question_answers_rightly_during_many_switches(world):
    assert switched(world)["indexes"] > 3


@pytest.mark.slow
def test_a_reader_that_holds_one_index_answers_rightly_during_many_switches(world):
    assert switched(world, "held")["indexes"] == 1


@pytest.mark.slow
def test_a_reader_answers_its_first_question_after_its_index_was_replaced_twice(world):
    world.run("index", world.plans)
    reader = world.popen("ask-when-told", world.folder / "stop")
    wait_for_line(reader, "opened")
    for number in range(3):
        assert world.run("add", world.give(number)).code == 0
    (world.folder / "stop").touch()
    assert result(reader) == {"wrong": []}


def switched(world, *how):
    """Return what a reader found that asked while indexes were switched many times."""
    world.run("index", world.plans)
    reader = world.popen("answer-until-told", world.folder / "stop", *how)
    wait_for_line(reader, "asking")
    for number in range(SWITCHES):
        ended = world.run("add", world.give(number))
        assert ended.code == 0, ended
    (world.folder / "stop").touch()
    found = result(reader)
    assert found["wrong"] == []
    assert found["asked"] >= SWITCHES
    return found
