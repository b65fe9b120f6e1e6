"""Where several libraries are shown: names and paths of their own, whatever their folders are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.shelf import inside, links_html, paths, shelved


@given(st.lists(st.text(min_size=1, max_size=20), max_size=6))
def test_every_library_has_a_name_and_a_path_of_its_own(folders: list[str]) -> None:
    names = shelved([f"/somewhere/{folder}" for folder in folders])
    assert len(set(names)) == len(folders)
    places = paths(names)
    assert len(set(places)) == len(folders)
    for place in places[1:]:
        assert re.fullmatch(r"libraries/[\w.~-]+/", place, re.ASCII) and ".." not in place.split("/")
        assert inside(f"/{place}config") == "/config"
        assert inside(f"/{place}library/add") == "/library/add"


@pytest.mark.parametrize(
    "path", ["/", "/config", "/libraries/", "/libraries/a", "/x/libraries/a/config", "/libraries//config"]
)
def test_other_paths_stay_as_they_are(path: str) -> None:
    assert inside(path) == path


def test_only_one_library_is_taken_off() -> None:
    assert inside("/libraries/a/libraries/b/config") == "/libraries/b/config"


def test_names_are_escaped_and_one_library_alone_is_not_named() -> None:
    assert links_html(["only"], 0) == ""
    shown = links_html(['<img src=x onerror="f()">', "b"], 1)
    assert "<img" not in shown and "&lt;img" in shown
    assert 'href="../../"' in shown and 'href="../../libraries/b/" aria-current=page' in shown
