"""A process killed at any moment of indexing, adding, removing or rebuilding loses nothing that it had acknowledged.

Two ways of choosing the moment: before an operation on a file that Python makes, and at seeded random times, spread over
as long as the action takes, which also hit inside Chroma and SQLite.
"""

import os
import random
import shutil

import pytest

from tests.faults.child import COUNT_TO, KILL_AT, LAYERED, QUESTION
from tests.faults.worlds import World, digest, plan_text, plans_held

pytestmark = pytest.mark.slow

# PLANS_KILLS=50 is the thorough run: half an hour
TIMES = int(os.environ.get("PLANS_KILLS", "5"))
# Every third operation on files
STEP = 3 if TIMES >= 50 else 25
TENTH = 10
KILLED = -9


class Indexing:
    """The first index of a store: there is none until there is all of it."""

    arguments = ("index", "PLANS")

    def prepare(self, world: World, number: int) -> None:
        shutil.rmtree(world.store, ignore_errors=True)

    def before(self, number: int) -> dict[str, str]:
        return {}

    def after(self, number: int) -> dict[str, str]:
        return plans_held()

    def acknowledged(self, output: str, number: int) -> bool:
        return "5 documents" in output


class Adding:
    """An own document more; those before it stay. After each tenth they are taken out by hand."""

    arguments = ("add", "GIVEN")

    def prepare(self, world: World, number: int) -> None:
        world.give(number)
        if number % TENTH == 0:
            shutil.rmtree(world.own, ignore_errors=True)
            done(world.run("index", world.plans))

    def before(self, number: int) -> dict[str, str]:
        return {**plans_held(), **own(*range(number - number % TENTH, number))}

    def after(self, number: int) -> dict[str, str]:
        return {**self.before(number), **own(number)}

    def acknowledged(self, output: str, number: int) -> bool:
        return f"{len(self.after(number))} documents" in output


class Removing:
    """A bundled and an own document are taken out at once."""

    arguments = ("remove", "松岭区-养老服务", "清河街道-1")

    def prepare(self, world: World, number: int) -> None:
        if not world.store.exists():
            done(world.run("index", world.plans))
            done(world.run("add", world.give(1)))
        else:
            done(world.run("restore", *self.arguments[1:]))

    def before(self, number: int) -> dict[str, str]:
        return {**plans_held(), **own(1)}

    def after(self, number: int) -> dict[str, str]:
        return {path: text for path, text in plans_held().items() if path != "松岭区-养老服务.md"}

    def acknowledged(self, output: str, number: int) -> bool:
        return "4 documents" in output


class Rebuilding:
    """The same documents, all of it written anew."""

    arguments = ("rebuild",)

    def prepare(self, world: World, number: int) -> None:
        if not world.store.exists():
            done(world.run("index", world.plans))

    def before(self, number: int) -> dict[str, str]:
        return plans_held()

    def after(self, number: int) -> dict[str, str]:
        return plans_held()

    def acknowledged(self, output: str, number: int) -> bool:
        return "rebuilt" in output


ACTIONS = [Indexing(), Adding(), Removing(), Rebuilding()]
NAMES = ["index", "add", "remove", "rebuild"]
# What is added or removed makes a layer upon the index, or goes into the one there is
LAYERS = pytest.mark.parametrize("layered", [False, True], ids=["one folder", "layers"])


def own(*numbers):
    return {f"清河街道-{number}.txt": digest(plan_text(number)) for number in numbers}


def done(ended):
    assert ended.code == 0, ended
    return ended


def arguments_of(action, world, number):
    known = {"PLANS": world.plans, "GIVEN": world.given / f"清河街道-{number}.txt"}
    return [known.get(argument, argument) for argument in action.arguments]


def check(world, action, number, ended):
    """Look at what a killed action has left, repeat it, and look again."""
    state = world.state()
    if state["documents"] == {}:
        assert state["kind"] == "NoIndexError", (state, ended)
        assert action.before(number) == {}, (state, ended)
    else:
        # Removing several documents takes them out one by one, but the index shows none or all of it
        assert state["documents"] in (action.before(number), action.after(number)), ended
        assert state["wrong"] == [], (state["wrong"], ended)
    if action.acknowledged(ended.output, number):
        assert state["documents"] == action.after(number), ended
    if "added: " in ended.output:
        kept = world.own / f"清河街道-{number}.txt"
        assert kept.read_bytes() == (world.given / kept.name).read_bytes()
    repeat(world, action, number)


def repeat(world, action, number):
    again = world.run(*arguments_of(action, world, number))
    if again.code and action.arguments[0] == "remove":
        # One that the killed process has taken out can't be taken out again; the others and the index still can
        assert "no such document" in again.output, again
        for name in action.arguments[1:]:
            world.run("remove", name)
        again = world.run("index")
    done(again)
    state = world.state()
    assert (state["documents"], state["wrong"]) == (action.after(number), [])
    # The index in use and the one before, each perhaps of two layers
    most = 4 if LAYERED in world.faults else 2
    if len(world.index_folders()) > most:
        # Nothing was left to be built: what a killed process left is cleared away by whatever builds next
        done(world.run("rebuild"))
    assert len(world.index_folders()) <= most
    assert list(world.own.glob(".draft-*")) == []
    assert {path.name for path in world.store.iterdir() if not path.name.startswith("index-")} <= KEPT


KEPT = {
    "current",
    "lock",
    "current.new",
    "embeddings.sqlite3",
    "tokens.sqlite3",
    "extracted.sqlite3",
    "embeddings.sqlite3-journal",
    "tokens.sqlite3-journal",
}


def kill_at_operation(world, action, number, operation):
    action.prepare(world, number)
    return world.run(*arguments_of(action, world, number), **{KILL_AT: str(operation)})


def operations_of(world, action):
    """Return how many operations on files the action makes when nothing ends it."""
    action.prepare(world, 0)
    count = world.folder / "count"
    ended = world.run(*arguments_of(action, world, 0), **{COUNT_TO: str(count)})
    assert ended.code == 0, ended
    return int(count.read_text("ascii"))


def seconds_of(world, action):
    """Return how long the action takes."""
    action.prepare(world, 0)
    return world.timed(*arguments_of(action, world, 0))


@pytest.mark.parametrize("action", [Indexing(), Adding()], ids=["index", "add"])
def test_a_process_killed_in_the_middle_of_writing_loses_nothing(world, action):
    ended = kill_at_operation(world, action, 0, 30)
    assert ended.code == KILLED
    check(world, action, 0, ended)


def test_a_process_killed_in_the_middle_of_writing_a_layer_loses_nothing(world):
    world.faults[LAYERED] = "yes"
    action = Adding()
    action.prepare(world, 0)
    check(world, action, 0, done(world.run(*arguments_of(action, world, 0))))
    ended = kill_at_operation(world, action, 1, 30)
    assert ended.code == KILLED
    check(world, action, 1, ended)


@LAYERS
@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
def test_a_process_killed_before_any_operation_on_a_file_loses_nothing(world, action, layered):
    if layered:
        world.faults[LAYERED] = "yes"
    operations = operations_of(world, action)
    assert operations > 30
    for number, operation in enumerate(range(1, operations + 1, STEP)):
        ended = kill_at_operation(world, action, number, operation)
        # The number of files of a graph and of a journal differs by a few
        if operation < operations - 10:
            assert ended.code == KILLED, (operation, ended)
        check(world, action, number, ended)


@LAYERS
@pytest.mark.parametrize("action", ACTIONS, ids=NAMES)
def test_a_process_killed_at_any_time_loses_nothing(world, action, layered):
    if layered:
        world.faults[LAYERED] = "yes"
    seconds, moments = seconds_of(world, action), random.Random(20240220)
    killed = 0
    for number in range(TIMES):
        action.prepare(world, number)
        # One moment in each fiftieth of the time, so that none is spared
        after = seconds * (number + moments.random()) / TIMES
        ended = world.run_killed(*arguments_of(action, world, number), after=after)
        killed += ended.code == KILLED
        check(world, action, number, ended)
    assert killed >= max(1, TIMES // 5)  # the load of the machine decides how many end before


def test_a_reader_killed_at_any_time_leaves_the_index_as_it_was(world):
    done(world.run("index", world.plans))
    seconds, moments = world.timed("ask", QUESTION), random.Random(20240220)
    killed = 0
    for number in range(TIMES):
        ended = world.run_killed("ask", QUESTION, after=seconds * (number + moments.random()) / TIMES)
        killed += ended.code == KILLED
        asked = world.run("ask", QUESTION)
        assert (asked.code, "新增停车泊位200个" in asked.output) == (0, True), (number, asked)
    assert killed >= max(1, TIMES // 5)  # the load of the machine decides how many end before
    state = world.state()
    assert (state["documents"], state["wrong"]) == (plans_held(), [])
    assert done(world.run("doctor"))
