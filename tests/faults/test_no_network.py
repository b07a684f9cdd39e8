"""No socket but a local one: documents are indexed and added, questions answered and the page drawn all the same."""

import pytest

from tests.faults.child import OFFLINE, QUESTION
from tests.faults.worlds import PAGE, plans_held

ANSWER = "新增停车泊位200个"
NO_NETWORK = {OFFLINE: "1"}
ELSEWHERE = '<img src="https://example.invalid/b.png"><script src="https://example.invalid/c.js"></script>'


def run(world, *arguments):
    ended = world.run(*arguments, **NO_NETWORK)
    assert ended.code == 0, ended
    return ended.output


@pytest.mark.slow
def test_indexing_and_asking_make_no_connection(world):
    run(world, "index", world.plans)
    assert ANSWER in run(world, "ask", QUESTION)


@pytest.mark.slow
def test_adding_documents_of_any_kind_and_the_doctor_make_no_connection(world):
    run(world, "index", world.plans)
    page = world.given / "青石镇.html"
    page.write_text(PAGE.replace("</article>", ELSEWHERE + "</article>"), encoding="utf-8")
    run(world, "add", world.give(1), page)
    run(world, "remove", "清河街道-1")
    run(world, "doctor")
    assert world.state()["documents"].keys() == {*plans_held(), "青石镇.html"}


@pytest.mark.slow
def test_the_page_answers_without_a_connection(world):
    run(world, "index", world.plans)
    assert ANSWER in run(world, "page", QUESTION)


@pytest.mark.slow
def test_a_connection_would_have_been_refused(world):
    ended = world.run("connect", **NO_NETWORK)
    assert "there is no network" in ended.output
