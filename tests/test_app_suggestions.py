"""Questions to try in a real browser: about the document that was opened or added last, and always answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document
from tests.fakes import BEES
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, put

pytestmark = pytest.mark.slow
library, address = library_of(Document(BEES, "Bees", "bees.md")), address_of()
TOWER = "The wizard Zantar lives in a tower of glass."
ABOUT_BEES, ABOUT_ZANTAR = "Who is Maria Santos?", "Where does the wizard Zantar live?"


def test_they_follow_what_is_added_and_opened(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "towers.txt").write_text(TOWER)
    page = visit()
    page.wait_for_selector(f".qw-example >> text={ABOUT_BEES}")
    page.set_input_files(".qw-files", tmp_path / "towers.txt")
    page.wait_for_selector(f".qw-example >> text={ABOUT_ZANTAR}")
    assert "about" in page.locator(".qw-examples h2").inner_text() and ABOUT_BEES not in page.content()
    page.locator("#qw-library .qw-open").first.click()
    page.wait_for_selector(f".qw-example >> text={ABOUT_BEES}")
    assert page.locator(".qw-examples h2").inner_text() == "Try asking about Bees"
    page.click(".qw-close")
    page.locator("#qw-library .qw-open").nth(1).click()
    page.click(f".qw-example >> text={ABOUT_ZANTAR}")
    assert "tower of glass" in page.wait_for_selector(ANSWERED.format(1)).inner_text()
    assert not page.locator(".qw-example").first.is_visible()


def test_they_do_not_keep_a_question_waiting(visit: Callable[..., Any]) -> None:
    page = visit()
    assert "five years" in put(page, "How long does a queen live?").inner_text()
    page.click(".qw-new")
    page.wait_for_selector(f".qw-example >> text={ABOUT_BEES}")
