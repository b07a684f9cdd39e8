"""What an operator sets in the environment."""

from pathlib import Path

import pytest

from vectorstore.settings import Settings, default_store, read_settings


def test_nothing_set_gives_the_cache_folder_and_the_bundled_models():
    settings = read_settings({})
    assert (settings.store, settings.model, settings.reader) == (default_store(), None, None)


def test_the_default_store_lies_in_a_folder_of_the_products_name():
    assert default_store().is_absolute()
    assert default_store().parts[-2:] == ("plan-assistant", "store")


def test_the_environment_names_store_and_models(tmp_path):
    settings = read_settings({"PLANS_STORE": str(tmp_path), "PLANS_MODEL": "some/model", "PLANS_READER": "none"})
    assert (settings.store, settings.model, settings.reader) == (tmp_path, "some/model", "none")


def test_the_command_line_wins_over_the_environment(tmp_path):
    assert read_settings({"PLANS_STORE": "/elsewhere"}, store=tmp_path).store == tmp_path


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_values_are_not_set(blank):
    assert read_settings({"PLANS_STORE": blank, "PLANS_MODEL": blank}) == read_settings({})


def test_the_real_environment_is_read_where_none_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANS_STORE", str(tmp_path))
    assert read_settings().store == tmp_path


def test_a_relative_folder_is_meant_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"PLANS_STORE": "store"}).store == tmp_path / "store"


def test_a_tilde_means_the_home_folder():
    assert read_settings({"PLANS_STORE": "~/store"}).store == Path.home() / "store"


def test_own_documents_of_the_bundled_plans_lie_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert read_settings({}).library_folder.parts[-2:] == ("plan-assistant", "documents")
    assert default_store() not in read_settings({}).library_folder.parents


def test_own_documents_of_a_named_store_lie_in_it(tmp_path):
    assert read_settings({"PLANS_STORE": str(tmp_path)}).library_folder == tmp_path / "documents"
    assert read_settings({}, store=tmp_path).library_folder == tmp_path / "documents"


def test_the_default_store_named_has_the_own_documents_of_the_default_store():
    assert read_settings({"PLANS_STORE": str(default_store())}) == read_settings({})


def test_the_environment_names_the_folder_of_own_documents(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"PLANS_DOCUMENTS": "mine", "PLANS_STORE": "store"}).library_folder == tmp_path / "mine"


def test_settings_made_by_hand_have_own_documents_in_the_store(tmp_path):
    assert Settings(tmp_path).library_folder == tmp_path / "documents"
