"""Processes to be killed, and a store that was built once and is copied to be damaged."""

import pytest

from tests.faults.worlds import PAGE, Forks, World


@pytest.fixture(scope="session")
def forks():
    server = Forks()
    yield server
    server.close()


@pytest.fixture
def world(tmp_path, forks):
    """Return a world with plans and without an index."""
    made = World(tmp_path, forks).write_plans()
    yield made
    made.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory, forks):
    """Return a world with an index of plans, an own document and an own page; tests copy it."""
    made = World(tmp_path_factory.mktemp("built"), forks).write_plans()
    page = made.given / "青石镇-新闻.html"
    page.write_text(PAGE, encoding="utf-8")
    for arguments in (("index", made.plans), ("add", made.give(1), page)):
        ended = made.run(*arguments)
        assert ended.code == 0, ended
    return made
