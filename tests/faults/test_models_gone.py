"""The folder of a model that disappears: it is said which, and what to do; nothing is answered without it."""

import shutil

import pytest

from tests.faults.child import MODEL, QUESTION, READER
from tests.faults.worlds import plans_held, wait_for_line

ANSWER = "新增停车泊位200个"


@pytest.fixture(params=[MODEL, READER], ids=["encoder", "reader"])
def model(request, world, tmp_path):
    """Return the environment that names a model's folder, and the folder; the store is indexed with it."""
    folder = tmp_path / "model"
    folder.mkdir()
    environment = {request.param: str(folder)}
    assert world.run("index", world.plans, **environment).code == 0
    return environment, folder


def says_which(output, folder):
    return str(folder) in output and "Restore" in output and "Traceback" not in output


@pytest.mark.slow
def test_a_model_that_is_gone_before_the_store_is_opened_is_told(world, model):
    environment, folder = model
    assert ANSWER in world.run("ask", QUESTION, **environment).output
    shutil.rmtree(folder)
    asked = world.run("ask", QUESTION, **environment)
    assert (asked.code, says_which(asked.output, folder)) == (1, True), asked
    doctor = world.run("doctor", **environment)
    assert (doctor.code, says_which(doctor.output, folder)) == (1, True), doctor
    folder.mkdir()
    assert ANSWER in world.run("ask", QUESTION, **environment).output
    assert world.state()["documents"] == plans_held()


@pytest.mark.slow
def test_a_model_that_goes_while_the_store_is_open_is_told_at_the_first_question(world, model):
    environment, folder = model
    asking = world.popen("ask-when-told", world.folder / "go", **environment)
    wait_for_line(asking, "opened")
    shutil.rmtree(folder)
    (world.folder / "go").touch()
    output, _ = asking.communicate(timeout=60)
    assert (asking.returncode, says_which(output, folder)) == (1, True), output


@pytest.mark.slow
def test_a_document_added_without_its_model_is_kept_and_indexed_when_the_model_is_back(world, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    world.run("index", world.plans, **{MODEL: str(folder)})
    folder.rename(tmp_path / "away")
    added = world.run("add", world.give(1), **{MODEL: str(folder)})
    assert (added.code, "is kept in" in added.output, says_which(added.output, folder)) == (1, True, True), added
    assert (world.own / "清河街道-1.txt").read_bytes() == (world.given / "清河街道-1.txt").read_bytes()
    (tmp_path / "away").rename(folder)
    assert world.run("index", **{MODEL: str(folder)}).code == 0
    assert "清河街道-1.txt" in world.state()["documents"]
