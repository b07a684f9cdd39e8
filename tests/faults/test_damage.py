"""Every file of a store damaged in every way: the answer is right or it is said what to do, and the doctor mends it."""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest

from assistant.errors import HistoryError
from assistant.history import History
from tests.faults.child import QUESTION
from tests.faults.worlds import World, digest, files_of, plan_text, plans_held
from tests.test_assistant.test_history import make_turn
from vectorstore.index_in_use import current_index
from vectorstore.library import Library

ANSWER = "新增停车泊位200个"
INDEX = "INDEX/"


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def flip(path):
    """Change a bit in every hundredth byte, at places that are the same every time."""
    data, places = bytearray(path.read_bytes()), random.Random(path.stat().st_size)
    for _ in range(1 + len(data) // 100):
        data[places.randrange(len(data))] ^= 1 << places.randrange(8)
    path.write_bytes(bytes(data))


def flip_one(path):
    data, places = bytearray(path.read_bytes()), random.Random(path.stat().st_size + 1)
    data[places.randrange(len(data))] ^= 1 << places.randrange(8)
    path.write_bytes(bytes(data))


def delete(path):
    path.unlink()


WAYS = [truncate, empty, zero, flip, flip_one, delete]
# Files of the store; what is below INDEX is in the folder of the index in use
FILES = [
    "current",
    "embeddings.sqlite3",
    "tokens.sqlite3",
    "extracted.sqlite3",
    f"{INDEX}manifest.json",
    f"{INDEX}texts/00000.txt",
    f"{INDEX}texts/00000.json",
    f"{INDEX}chunks.npy",
    f"{INDEX}chroma/chroma.sqlite3",
    f"{INDEX}chroma/*/data_level0.bin",
    f"{INDEX}chroma/*/header.bin",
    f"{INDEX}chroma/*/length.bin",
    f"{INDEX}chroma/*/link_lists.bin",
    f"{INDEX}words-chunks/*",
    f"{INDEX}words-sentences/*",
]
LOST_FOLDERS = ["chroma", "words-chunks", "words-sentences", "texts"]


@dataclass(frozen=True, slots=True)
class Damage:
    file: str
    way: object

    def do(self, world):
        index = current_index(world.store)
        pattern = self.file.removeprefix(INDEX)
        paths = sorted((index if self.file.startswith(INDEX) else world.store).glob(pattern))
        if not paths or not any(path.stat().st_size for path in paths):
            pytest.skip(f"this store has no {self.file} with something in it")
        for path in paths:
            if path.stat().st_size:
                self.way(path)


@pytest.fixture
def copied(built, tmp_path):
    return built.copy(tmp_path / "world")


def wanted():
    # A page of the built world is read by a process of its own, so that what was extracted is kept
    return {**plans_held(), "清河街道-1.txt": digest(plan_text(1)), "青石镇-新闻.html": None}


def holds_all(state):
    return state.get("wrong") == [] and state["documents"].keys() == wanted().keys() and texts_are_right(state)


def texts_are_right(state):
    return all(state["documents"].get(path) == text for path, text in wanted().items() if text)


def is_told(ended):
    return ended.code == 1 and "plans" in ended.output and "Traceback" not in ended.output


def originals(built, world):
    return (files_of(built.plans), files_of(built.given), files_of(world.own))


def check_answer_doctor_and_mending(built, world):
    before = originals(built, world)
    asked = world.run("ask", QUESTION)
    assert is_told(asked) or (asked.code, ANSWER in asked.output) == (0, True), asked
    found = world.run("doctor")
    assert found.code in (0, 1), found
    assert "Traceback" not in found.output, found
    if found.code == 0:
        # What the doctor does not see must do no harm
        assert asked.code == 0, (asked, found)
        state = world.state()
        assert holds_all(state), state
    else:
        mended = world.run("doctor", "--mend")
        assert (mended.code, "Traceback" in mended.output) == (0, False), mended
    state = world.state()
    assert holds_all(state), state
    assert originals(built, world) == before


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_of_the_store_is_told_or_harmless_and_is_mended(built, copied, file, way):
    Damage(file, way).do(copied)
    check_answer_doctor_and_mending(built, copied)


@pytest.mark.slow
def test_a_graph_that_chroma_was_just_writing_again_when_its_process_was_killed_does_no_harm(copied):
    # Of fewer than a thousand vectors Chroma keeps the log alone, and writes the graph's files at every opening
    folders = [path for path in (current_index(copied.store) / "chroma").iterdir() if path.is_dir()]
    unkept = [folder for folder in folders if not (folder / "index_metadata.pickle").exists()]
    assert unkept
    for path in (path for folder in unkept for path in folder.iterdir()):
        truncate(path)
    asked = copied.run("ask", QUESTION)
    assert (asked.code, ANSWER in asked.output) == (0, True), asked
    assert holds_all(copied.state())


@pytest.fixture(scope="module")
def large(tmp_path_factory, forks):
    """Return a world whose vectors are so many that Chroma keeps their graph."""
    made = World(tmp_path_factory.mktemp("large"), forks).write_plans()
    lines = (f"{number}.新建第{number}处口袋公园,修缮步道{number % 97}米。" for number in range(1, 1401))
    (made.plans / "清河街道-公园.txt").write_text("清河街道公园计划\n\n" + "\n".join(lines), encoding="utf-8")
    ended = made.run("index", made.plans)
    assert ended.code == 0, ended
    return made


@pytest.mark.slow
@pytest.mark.parametrize("way", [truncate, empty, zero, flip, flip_one, delete], ids=lambda way: way.__name__)
@pytest.mark.parametrize("file", ["data_level0.bin", "header.bin", "link_lists.bin", "index_metadata.pickle"])
def test_a_damaged_graph_that_chroma_keeps_is_told_before_chroma_reads_it(large, tmp_path, file, way):
    world = large.copy(tmp_path / "world")
    before = world.state()
    (metadata,) = current_index(world.store).glob("chroma/*/index_metadata.pickle")
    way(metadata.with_name(file))
    asked = world.run("ask", QUESTION)
    assert is_told(asked), asked
    assert world.run("index").code == 0
    state = world.state()
    assert (state["documents"], state["wrong"]) == (before["documents"], [])


@pytest.mark.slow
@pytest.mark.parametrize("folder", LOST_FOLDERS)
def test_a_lost_folder_of_the_index_is_told_and_mended(built, copied, folder):
    shutil.rmtree(current_index(copied.store) / folder)
    assert is_told(copied.run("ask", QUESTION))
    check_answer_doctor_and_mending(built, copied)


@pytest.mark.slow
def test_a_lost_index_is_told_and_mended(built, copied):
    shutil.rmtree(current_index(copied.store))
    assert is_told(copied.run("ask", QUESTION))
    check_answer_doctor_and_mending(built, copied)


@pytest.mark.slow
def test_a_store_whose_folders_are_known_no_more_is_not_filled_with_others(world):
    world.run("index", world.plans)
    (current_index(world.store) / "manifest.json").unlink()
    mended = world.run("doctor", "--mend")
    assert (mended.code, "plans index FOLDER" in mended.output) == (1, True), mended
    assert world.run("index", world.plans).code == 0
    assert world.state()["documents"] == plans_held()


@pytest.mark.slow
@pytest.mark.parametrize("way", [truncate, flip], ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    "file",
    [
        f"{INDEX}manifest.json",
        f"{INDEX}words-sentences/*",
        f"{INDEX}texts/00000.txt",
    ],
)
def test_what_the_message_about_a_damaged_index_says_to_run_mends_it(copied, file, way):
    Damage(file, way).do(copied)
    asked = copied.run("ask", QUESTION)
    assert is_told(asked)
    assert "`plans index" in asked.output
    assert copied.run("index").code == 0
    assert holds_all(copied.state())


# A person's own documents and what they said of them


@pytest.mark.slow
@pytest.mark.parametrize("way", [truncate, zero, flip], ids=lambda way: way.__name__)
def test_damaged_corrections_are_told_and_taken_from_the_index(copied, way):
    assert copied.run("correct", "清河街道-1", "--title", "清河街道要点", "--district", "清河街道").code == 0
    corrections = copied.own / "provenance.toml"
    said = Library(copied.own).corrections()
    way(corrections)
    damaged = corrections.read_bytes()
    found = copied.run("doctor")
    assert (found.code, "provenance.toml" in found.output) == (1, True), found
    mended = copied.run("doctor", "--mend")
    assert mended.code == 0, mended
    assert Library(copied.own).corrections() == said
    assert (copied.own / "provenance.toml.damaged-1").read_bytes() == damaged
    assert holds_all(copied.state())


@pytest.mark.slow
@pytest.mark.parametrize("way", [truncate, zero, empty], ids=lambda way: way.__name__)
def test_a_damaged_list_of_hidden_documents_is_told_and_they_are_shown_again(copied, way):
    assert copied.run("remove", "松岭区-养老服务").code == 0
    way(copied.own / "library.json")
    found = copied.run("doctor")
    assert (found.code, "library.json" in found.output) == (1, True), found
    mended = copied.run("doctor", "--mend")
    assert (mended.code, "shown again" in mended.output) == (0, True), mended
    assert holds_all(copied.state())


@pytest.mark.slow
@pytest.mark.parametrize("way", [zero, empty], ids=lambda way: way.__name__)
def test_a_damaged_own_document_is_named_and_left_where_it_is(copied, way):
    path = copied.own / "清河街道-1.txt"
    way(path)
    damaged = path.read_bytes()
    assert "清河街道-1" in copied.run("doctor").output
    mended = copied.run("doctor", "--mend")
    assert (mended.code, "清河街道-1.txt" in mended.output) == (1, True), mended
    assert path.read_bytes() == damaged
    state = copied.state()
    assert (state["wrong"], state["documents"].keys()) == ([], wanted().keys() - {"清河街道-1.txt"})


# Conversations

TURNS = tuple(make_turn(f"第{number}问?", f"新增停车泊位{number}个。" * 40) for number in range(30))


@pytest.fixture
def kept(tmp_path):
    """Return a history of ten conversations of three turns, and their ids."""
    history = History(tmp_path / "kept.sqlite3")
    keys = []
    for number in range(0, len(TURNS), 3):
        key = history.add_turn(TURNS[number], None)
        keys.append(key)
        for turn in TURNS[number + 1 : number + 3]:
            history.add_turn(turn, key)
    history.judge(keys[0], 1, "good")
    return history, tuple(keys)


def turns_of(history):
    return [turn for summary in history.conversations() for turn in history.turns(summary.id)]


@pytest.mark.slow
@pytest.mark.parametrize("way", [truncate, empty, zero, flip], ids=lambda way: way.__name__)
def test_damaged_conversations_are_told_set_aside_and_what_can_be_read_is_taken_over(copied, kept, way):
    history, _ = kept
    copied.history = history.path
    way(history.path)
    damaged = history.path.read_bytes()
    found = copied.run("doctor")
    assert (found.code, "conversations: " in found.output, "Traceback" in found.output) == (1, True, False), found
    mended = copied.run("doctor", "--mend")
    assert mended.code == 0, mended
    assert history.path.with_name(f"{history.path.name}.damaged-1").read_bytes() == damaged
    assert all(turn in TURNS for turn in turns_of(history))
    history.add_turn(TURNS[0], None)


@pytest.mark.slow
def test_damaged_pages_of_the_file_of_conversations_cost_no_turns_beyond_them(kept, tmp_path):
    history, _ = kept
    data = history.path.read_bytes()
    with closing(sqlite3.connect(history.path)) as connection:
        roots = {root - 1 for (root,) in connection.execute("SELECT rootpage FROM sqlite_master")}
    pages = [page for page in range(1, len(data) // 4096) if page not in roots]
    assert len(pages) > 20
    for page in pages:
        check_page(data, page, tmp_path / str(page))


def check_page(data, page, folder):
    folder.mkdir()
    data, damaged = bytearray(data), folder / "damaged"
    data[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    damaged.write_bytes(data)
    fresh = History(folder / "fresh.sqlite3")
    conversations, turns = fresh.take_from(damaged)
    found = turns_of(fresh)
    assert (len(found), len(fresh.conversations())) == (turns, conversations)
    assert all(turn in TURNS for turn in found)
    # A page of an index costs none, one of the table a few
    assert turns >= len(TURNS) - 4, page
    assert damaged.read_bytes() == bytes(data)


def test_sound_conversations_taken_over_are_what_they_were(kept, tmp_path):
    history, keys = kept
    fresh = History(tmp_path / "fresh.sqlite3")
    assert fresh.take_from(history.path) == (10, 30)
    assert fresh.conversations() == history.conversations()
    assert [fresh.turns(key) for key in keys] == [history.turns(key) for key in keys]
    assert fresh.judgements(keys[0]) == {1: "good"}


def test_a_word_changed_in_the_file_of_conversations_is_never_shown_as_a_quote(kept):
    history, keys = kept
    words = "新增停车泊位1个".encode()
    data = history.path.read_bytes()
    assert words in data
    history.path.write_bytes(data.replace(words, "新增停车泊位9个".encode()))
    with pytest.raises(HistoryError, match="not those that were kept"):
        history.turns(keys[0])
    assert history.damage()
    assert history.turns(keys[1]) == TURNS[3:6]
