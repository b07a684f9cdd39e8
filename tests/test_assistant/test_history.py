import json
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from assistant.datatypes import Answer, Facet, Question, Quote, Turn
from assistant.errors import HistoryError
from assistant.history import UNTITLED, History
from vectorstore.datatypes import Scope, Span

MORNING = datetime(2025, 3, 1, 8, tzinfo=UTC)
HOSTILE = [
    "'; DROP TABLE turns; --",
    "a \"quoted\" 'title' \\ ` ??? :key",
    "before\0after",
    "停车🅿️👨‍👩‍👧",
    "half a pair \ud83d of surrogates \udc00",
    "{{%s}} <b>%</b> $x$",
]


def make_turn(text="停车泊位多少?", *quoted):
    question = Question(text, text, text, "figure", ("云溪街道",), (Facet("云溪街道", Scope(("云溪街道",))),))
    quotes = tuple(Quote("云溪/要点", Span(0, len(q)), q, "云溪街道", "工作要点", (), 1, 0.9) for q in quoted)
    return Turn(question, Answer(question, quotes, ("云溪街道",), (), reason=None if quotes else "topic-missing"))


def titles(summaries):
    return [summary.title for summary in summaries]


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "kept" / "conversations.sqlite3")


def run_sql(history, statement, *values):
    with closing(sqlite3.connect(history.path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def test_turns_come_back_in_their_order_from_another_object(history):
    turns = (
        make_turn("停车?", "新增停车泊位200个。"),
        make_turn("公交?"),
        make_turn("绿化?", "建口袋公园。", "种树。"),
    )
    key = history.add_turn(turns[0], None)
    assert [history.add_turn(turn, key) for turn in turns[1:]] == [key, key]
    assert History(history.path).turns(key) == turns


def test_a_file_that_is_not_there_holds_nothing_and_is_not_made_by_reading(history):
    assert history.conversations() == ()
    assert history.turns("nothing") == ()
    assert history.judgements("nothing") == {}
    assert not history.path.parent.exists()


def test_a_file_is_not_made_by_changing_what_is_not_there(history):
    history.rename("nothing", "title")
    history.judge("nothing", 0, "good")
    history.delete("nothing")
    assert not history.path.parent.exists()


def test_a_conversation_is_summed_up(history):
    key = history.add_turn(make_turn("停车?"), None, now=MORNING)
    history.add_turn(make_turn("公交?"), key, now=MORNING + timedelta(hours=1))
    (summary,) = history.conversations()
    assert (summary.id, summary.title, summary.turns) == (key, "停车?", 2)
    assert (summary.started, summary.changed) == (MORNING, MORNING + timedelta(hours=1))


def test_times_come_back_in_utc(history):
    history.add_turn(make_turn(), None, now=datetime(2025, 3, 1, 16, tzinfo=timezone(timedelta(hours=8))))
    (summary,) = history.conversations()
    assert summary.started.tzinfo is UTC
    assert summary.started == MORNING


def test_without_a_time_it_is_now(history):
    before = datetime.now(UTC)
    history.add_turn(make_turn(), None)
    assert before <= history.conversations()[0].started <= datetime.now(UTC)


def test_the_last_changed_conversation_comes_first(history):
    first = history.add_turn(make_turn("甲?"), None, now=MORNING)
    history.add_turn(make_turn("乙?"), None, now=MORNING + timedelta(hours=1))
    history.add_turn(make_turn("丙?"), first, now=MORNING + timedelta(hours=2))
    assert titles(history.conversations()) == ["甲?", "乙?"]


def test_of_conversations_changed_at_once_the_one_begun_last_comes_first(history):
    for text in ("甲?", "乙?", "丙?"):
        history.add_turn(make_turn(text), None, now=MORNING)
    assert titles(history.conversations(limit=2)) == ["丙?", "乙?"]


def test_ids_are_long_and_fit_an_address(history):
    keys = {history.add_turn(make_turn(), None) for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) >= 20 and key.replace("-", "").replace("_", "").isalnum() for key in keys)


def test_a_turn_for_a_conversation_that_is_gone_begins_a_new_one(history):
    key = history.add_turn(make_turn("甲?"), None)
    history.delete(key)
    new = history.add_turn(make_turn("乙?"), key)
    assert new != key
    assert history.turns(new) == (make_turn("乙?"),)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("停" * 40, "停" * 40),
        ("停" * 41, "停" * 39 + "…"),
        (" 停车\n\t泊位 ", "停车 泊位"),
        ("", UNTITLED),
        (" \0 ", UNTITLED),
    ],
)
def test_a_conversation_is_titled_with_its_first_question(history, text, title):
    history.add_turn(make_turn(text), None)
    assert titles(history.conversations()) == [title]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["乙 50%?", "甲 APP_x?"]),
        ("甲", ["甲 APP_x?"]),
        ("app_X", ["甲 APP_x?"]),
        ("ＡＰＰ", ["甲 APP_x?"]),
        ("泊位２００个", ["甲 APP_x?"]),
        ("再问", ["乙 50%?"]),
        ("CAFÉ", ["乙 50%?"]),
        ("%", ["乙 50%?"]),
        ("_", ["甲 APP_x?"]),
        ("个。 新建", ["甲 APP_x?"]),
        ("甲 乙", []),
        ("'", []),
    ],
)
def test_a_search_finds_titles_questions_and_quotes(history, search, found):
    history.add_turn(make_turn("甲 APP_x?", "泊位200个。\n新建"), None, now=MORNING)
    key = history.add_turn(make_turn("乙 50%?"), None, now=MORNING + timedelta(hours=1))
    history.add_turn(make_turn("再问café?"), key, now=MORNING + timedelta(hours=1))
    assert titles(history.conversations(search)) == found


def test_a_search_finds_a_given_title_and_still_the_first_question(history):
    key = history.add_turn(make_turn("停车?"), None)
    history.rename(key, "交通 Plan")
    assert titles(history.conversations("plan")) == titles(history.conversations("停车")) == ["交通 Plan"]


def test_a_title_is_squeezed(history):
    key = history.add_turn(make_turn(), None)
    history.rename(key, "  街道\u3000交通 \n")
    assert titles(history.conversations()) == ["街道 交通"]


@pytest.mark.parametrize("title", ["", " \n\0", "停" * 81])
def test_a_title_without_letters_or_too_long_is_refused(history, title):
    key = history.add_turn(make_turn("停车?"), None)
    with pytest.raises(ValueError, match="1 to 80"):
        history.rename(key, title)
    assert titles(history.conversations()) == ["停车?"]


def test_a_title_may_have_eighty_characters(history):
    key = history.add_turn(make_turn(), None)
    history.rename(key, "停" * 80)
    assert titles(history.conversations()) == ["停" * 80]


def test_a_deleted_conversation_is_gone_with_its_turns_and_the_others_stay(history):
    gone, kept = history.add_turn(make_turn("甲?"), None), history.add_turn(make_turn("乙?"), None)
    history.judge(gone, 0, "good")
    history.delete(gone)
    assert (history.turns(gone), history.judgements(gone)) == ((), {})
    assert titles(history.conversations()) == ["乙?"]
    assert history.turns(kept) == (make_turn("乙?"),)


def test_what_is_deleted_can_no_longer_be_read_from_the_file(history):
    key = history.add_turn(make_turn("a secret question"), None)
    assert b"a secret question" in history.path.read_bytes()
    history.delete(key)
    assert b"a secret question" not in history.path.read_bytes()


def test_judgements_are_kept_changed_and_taken_back(history):
    key = history.add_turn(make_turn(), None)
    for _ in range(2):
        history.add_turn(make_turn(), key)
    history.judge(key, 2, "good")
    history.judge(key, 0, "incomplete")
    history.judge(key, 0, "should-not-answer")
    assert history.judgements(key) == {0: "should-not-answer", 2: "good"}
    history.judge(key, 2, None)
    assert history.judgements(key) == {0: "should-not-answer"}


def test_another_word_is_no_judgement(history):
    key = history.add_turn(make_turn(), None)
    with pytest.raises(ValueError, match="should-not-answer"):
        history.judge(key, 0, "great")
    assert history.judgements(key) == {}


def test_a_turn_that_is_not_there_is_not_judged(history):
    key = history.add_turn(make_turn(), None)
    history.judge(key, 7, "good")
    assert history.judgements(key) == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_question_is_kept_as_it_was_typed(history, text):
    key = history.add_turn(make_turn(text, text), None)
    history.add_turn(make_turn(text), key)
    assert history.turns(key) == (make_turn(text, text), make_turn(text))
    assert [summary.id for summary in history.conversations(text)] == [key]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_does_no_harm(history, text):
    other, key = history.add_turn(make_turn("甲?"), None), history.add_turn(make_turn("乙?"), None)
    history.rename(key, text)
    assert [summary.id for summary in history.conversations(text)] == [key]
    assert history.turns(other) == (make_turn("甲?"),)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_id_is_an_unknown_one(history, text):
    key = history.add_turn(make_turn(), None)
    history.rename(text, "x")
    history.judge(text, 0, "good")
    history.delete(text)
    assert (history.turns(text), history.judgements(text)) == ((), {})
    assert titles(history.conversations()) == titles(history.conversations(limit=1)) == ["停车泊位多少?"]
    assert history.add_turn(make_turn(), text) not in (text, key)


def test_a_lone_surrogate_is_shown_as_unknown_in_a_title(history):
    history.add_turn(make_turn("停\ud83d车"), None)
    assert titles(history.conversations()) == ["停\N{REPLACEMENT CHARACTER}车"]


def test_only_the_owner_may_read_what_is_kept(history):
    history.add_turn(make_turn(), None)
    assert history.path.stat().st_mode & 0o777 == 0o600
    assert history.path.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_else_is_left_in_the_folder(history):
    history.add_turn(make_turn(), None)
    assert list(history.path.parent.iterdir()) == [history.path]


def test_a_name_with_signs_of_addresses_is_the_name_of_the_file(tmp_path):
    history = History(tmp_path / "50% 对话?mode=ro#1.sqlite3")
    key = history.add_turn(make_turn(), None)
    assert list(tmp_path.iterdir()) == [history.path]
    assert history.turns(key) == (make_turn(),)


def test_threads_that_write_at_once_lose_nothing(history):
    def write(number):
        key = history.add_turn(make_turn(f"{number}?"), None)
        return [history.add_turn(make_turn(f"{number}: {n}?"), key) for n in range(5)][-1]

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(write, range(16)))
    assert len(set(keys)) == 16
    for number, key in enumerate(keys):
        assert history.turns(key) == (make_turn(f"{number}?"), *(make_turn(f"{number}: {n}?") for n in range(5)))


def test_threads_that_write_to_one_conversation_lose_nothing(history):
    key = history.add_turn(make_turn("begin"), None)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: history.add_turn(make_turn(f"{number}?"), key), range(40)))
    texts = [turn.question.text for turn in history.turns(key)]
    assert texts[0] == "begin"
    assert sorted(texts[1:]) == sorted(f"{number}?" for number in range(40))


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_nothing(history):
    script = (
        "import sys; from pathlib import Path; from assistant.history import History\n"
        "from tests.test_assistant.test_history import make_turn\n"
        "for n in range(20): History(Path(sys.argv[1])).add_turn(make_turn(f'{sys.argv[2]} {n}?'), None)"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, history.path, name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    assert sorted(titles(history.conversations())) == sorted(f"{name} {n}?" for name in "ab" for n in range(20))


def test_one_writes_while_another_reads(history, monkeypatch):
    key = history.add_turn(make_turn("甲?"), None)
    monkeypatch.setattr("assistant.history._BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(history.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM turns").fetchone()
        history.add_turn(make_turn("乙?"), key)
    assert history.turns(key) == (make_turn("甲?"), make_turn("乙?"))


def test_a_turn_is_not_taken_for_kept_where_the_file_vanishes_meanwhile(history, monkeypatch):
    monkeypatch.setattr("assistant.history._create", lambda _: history.path.parent.mkdir())
    with pytest.raises(HistoryError, match="unable to open"):
        history.add_turn(make_turn(), None)
    assert list(history.path.parent.iterdir()) == []


def test_a_file_that_another_holds_for_long_is_told(history, monkeypatch):
    history.add_turn(make_turn("甲?"), None)
    monkeypatch.setattr("assistant.history._BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(history.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="Another program is writing"):
            history.add_turn(make_turn("乙?"), None)
    assert titles(history.conversations()) == ["甲?"]


def test_a_turn_half_written_leaves_nothing(history, monkeypatch):
    key = history.add_turn(make_turn("甲?"), None)
    monkeypatch.setattr("assistant.history._append", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        history.add_turn(make_turn("乙?"), None)
    assert [summary.id for summary in history.conversations()] == [key]


def test_a_damaged_file_is_told_and_left_as_it_is(history):
    history.path.parent.mkdir()
    history.path.write_bytes(b"no database" * 1000)
    for use in (history.conversations, lambda: history.add_turn(make_turn(), None)):
        with pytest.raises(HistoryError, match=r"conversations\.sqlite3: .*move it aside"):
            use()
    assert history.path.read_bytes() == b"no database" * 1000


def test_damage_inside_the_file_is_told(history):
    for _ in range(30):
        history.add_turn(make_turn("停车?", "新增停车泊位。" * 100), None)
    data = bytearray(history.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    history.path.write_bytes(data)
    with pytest.raises(HistoryError, match="damaged: move it aside"):
        history.conversations()


def test_an_empty_file_is_not_taken_over(history):
    history.path.parent.mkdir()
    history.path.touch()
    with pytest.raises(HistoryError, match="another kind"):
        history.add_turn(make_turn(), None)
    assert history.path.read_bytes() == b""


def test_the_database_of_another_program_is_not_taken_over(history):
    history.path.parent.mkdir()
    run_sql(history, "CREATE TABLE others (name)")
    with pytest.raises(HistoryError, match="another kind"):
        history.add_turn(make_turn(), None)
    assert run_sql(history, "SELECT name FROM sqlite_master") == [("others",)]


def test_a_file_of_a_newer_version_is_refused(history):
    history.add_turn(make_turn(), None)
    run_sql(history, "PRAGMA user_version = 2")
    with pytest.raises(HistoryError, match="newer version"):
        history.conversations()


def test_a_folder_in_its_place_is_told(history):
    history.path.mkdir(parents=True)
    for use in (history.conversations, lambda: history.add_turn(make_turn(), None)):
        with pytest.raises(HistoryError, match="is a folder"):
            use()


def test_a_file_in_the_place_of_its_folder_is_told(history):
    history.path.parent.touch()
    assert history.conversations() == ()
    with pytest.raises(HistoryError, match=r"conversations\.sqlite3: .*File exists"):
        history.add_turn(make_turn(), None)


def test_a_folder_that_can_not_be_written_is_told(history, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("assistant.history.TemporaryDirectory", refuse)
    with pytest.raises(HistoryError, match=r"conversations\.sqlite3: .*Permission denied.*can be written"):
        history.add_turn(make_turn(), None)


def test_a_file_that_may_only_be_read_is_told_when_written(history, monkeypatch):
    key = history.add_turn(make_turn(), None)
    monkeypatch.setattr("assistant.history._PRAGMAS", "PRAGMA query_only = ON;")
    with pytest.raises(HistoryError, match=r"readonly database.*can be written"):
        history.delete(key)
    assert history.turns(key) == (make_turn(),)


def test_a_full_disk_is_told_and_what_was_kept_stays(history, monkeypatch):
    key = history.add_turn(make_turn("甲?"), None)
    monkeypatch.setattr("assistant.history._PRAGMAS", "PRAGMA max_page_count = 1;")
    with pytest.raises(HistoryError, match=r"disk is full.*Free space"):
        history.add_turn(make_turn("乙?", "新增停车泊位。" * 5000), key)
    assert history.turns(key) == (make_turn("甲?"),)


def test_a_log_without_its_file_is_not_mixed_into_a_new_one(history):
    history.path.parent.mkdir()
    history.path.with_name(f"{history.path.name}-wal").write_bytes(b"of another file")
    with pytest.raises(HistoryError, match="-wal belongs to a file that is gone"):
        history.add_turn(make_turn(), None)
    assert not history.path.exists()


def test_a_file_moved_aside_makes_room_for_a_new_one(history):
    key = history.add_turn(make_turn("甲?"), None)
    aside = History(history.path.with_name("aside"))
    shutil.move(history.path, aside.path)
    history.add_turn(make_turn("乙?"), None)
    assert titles(history.conversations()) == ["乙?"]
    assert aside.turns(key) == (make_turn("甲?"),)


@pytest.mark.parametrize("record", [b"{}", b"", b"\xff\xfe\xfd", b'{"version": 0, "turn": {}}'])
def test_a_turn_that_can_not_be_read_is_an_error_of_its_conversation_only(history, record):
    bad, good = history.add_turn(make_turn("甲?"), None), history.add_turn(make_turn("乙?"), None)
    run_sql(history, "UPDATE turns SET record = ? WHERE conversation = ?", record, bad)
    with pytest.raises(HistoryError, match="“甲\\?” holds a turn that this version can't read"):
        history.turns(bad)
    assert titles(history.conversations()) == ["乙?", "甲?"]
    assert history.turns(good) == (make_turn("乙?"),)


def test_a_turn_is_kept_without_its_ranking(history):
    turn = make_turn("甲?", "停车。")
    key = history.add_turn(replace(turn, answer=replace(turn.answer, elsewhere=("青石镇",))), None)
    ((record,),) = run_sql(history, "SELECT record FROM turns WHERE conversation = ?", key)
    assert json.loads(record)["turn"]["answer"]["passages"] == []
