"""The library's place in a real browser: adding files and folders, removing with undo, what fails, and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.fakes import BEES, NASTY, TOWER
from tests.fixtures import address_of, library_of
from tests.page import put, titles, told

pytestmark = pytest.mark.slow
library, address = library_of(Document(TOWER, "Wizards", "wizards.txt")), address_of()


def test_files_are_added_asked_about_removed_and_brought_back(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    (tmp_path / "bees.md").write_text(f"# Of bees\n\n{BEES}")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    page = visit()
    page.set_input_files(".qw-files", [tmp_path / name for name in ("bees.md", "empty.txt", "song.mp3")])
    report = told(page, "could not be added")
    assert "1 document added" in report and "2 files could not be added" in report
    assert "song.mp3 has a format that is not known" in report and str(tmp_path) not in report
    assert titles(page, 2)[1] == "Of bees"
    assert "about six weeks" in put(page, "How long does a worker bee live?").inner_text()

    page.locator("#qw-library li").nth(1).hover()
    page.get_by_role("button", name="Remove Of bees").click()
    told(page, "Removed Of bees.")
    assert titles(page, 1) == ["Wizards"] and len(library.summaries()) == 1
    assert "Not in these documents." in put(page, "How long does a queen live?", 2).inner_text()
    page.click(".qw-undo")
    told(page, "Of bees is back.")
    assert titles(page, 2)[1] == "Of bees"
    assert "five years" in put(page, "How long does a queen live?", 3).inner_text()


def test_a_folder_is_added_with_what_can_be_read_in_it(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for i in range(12):
        (folder / "deep" / f"{i}.txt").write_text(f"Paper number {i} is about bridges.")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden" / "secret.txt").write_text("Nobody should see this.")
    page = visit()
    page.set_input_files(".qw-folder", folder)
    assert "12 documents added, 12 passages" in told(page, "12 documents added")
    assert len(titles(page, 13)) == 13
    assert {"papers/deep/0.txt", "papers/deep/11.txt"} <= {summary.source for summary in library.summaries()}
    page.click(".qw-dismiss")
    assert page.locator(".qw-told").inner_text() == ""
    page.set_input_files(".qw-folder", folder)
    assert "12 documents were there already" in told(page, "already")


def test_a_file_is_added_while_a_question_is_answered(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    (tmp_path / "long.txt").write_text(
        "\n\n".join(f"Paragraph {i} speaks of towers and of bees." for i in range(20_000))
    )
    page = visit()
    page.set_input_files(".qw-files", tmp_path / "long.txt")
    told(page, "Adding long.txt")
    assert page.locator(".qw-progress").is_visible()
    assert "tower of glass" in put(page, "Where does the wizard Zantar live?").inner_text()
    page.wait_for_function("document.querySelector('.qw-told').innerText.includes('1 document added')", timeout=120_000)
    assert len(titles(page, 2)) == 2 and len(library.summaries()) == 2


def test_names_and_titles_of_files_run_nothing(visit: Callable[..., Any], tmp_path: Path) -> None:
    name = f"{NASTY.replace('/', '_')[:120]}.txt"
    (tmp_path / name).write_text(f"{NASTY}\n\nSome text.")
    (tmp_path / name.replace(".txt", ".exe")).write_text(NASTY)
    page = visit()
    page.set_input_files(".qw-files", [tmp_path / name, tmp_path / name.replace(".txt", ".exe")])
    assert "<script>" in told(page, "could not be added")
    titles(page, 2)
    page.locator(".qw-remove").nth(1).evaluate("button => button.click()")
    assert "<script>" in told(page, "Removed")
    assert page.locator("#qw img, #qw script, #qw a, #qw iframe").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_the_place_for_adding_fits_and_is_reached_by_keyboard(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    fits = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
    if width < 960:
        assert not page.locator(".qw-adding").is_visible()
        page.click(".qw-library-toggle")
    assert page.locator(".qw-add-files").is_visible() and page.evaluate(fits)
    page.focus("#qw-library .qw-open")
    for label in ("Rename Wizards", "Remove Wizards"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == label
    page.keyboard.press("Enter")
    told(page, "Removed Wizards.")
    page.wait_for_function("document.activeElement.className === 'qw-undo'")
    page.keyboard.press("Enter")
    told(page, "Wizards is back.")
    assert titles(page, 1) == ["Wizards"] and page.evaluate(fits)


def test_a_server_that_is_gone_is_said_so(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    page = visit(expects="Failed to load resource")
    page.route("**/library/**", lambda route: route.abort())  # Gradio's own requests go on: their failing is not ours
    page.set_input_files(".qw-files", tmp_path / "a.txt")
    assert "The server does not answer any more" in told(page, "start it again")
    page.unroute("**/library/**")
    page.set_input_files(".qw-files", tmp_path / "a.txt")
    assert "1 document added" in told(page, "added,")


def test_a_read_only_library_offers_no_change(
    visit: Callable[..., Any], serve: Callable[..., str], library: Index
) -> None:
    page = visit(serve(library, read_only=True))
    assert titles(page, 1) == ["Wizards"]
    assert page.locator(".qw-add-files, .qw-remove").count() == 0
