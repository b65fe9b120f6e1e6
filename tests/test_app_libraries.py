"""Several libraries in one chat: each with its own documents and conversations, a click from the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client

from index import Document, Index
from tests.chat import free_port, serving
from tests.fakes import BEES, HashEmbedder
from tests.test_app_root_path import PATH, proxy, running

DOGS = "Dogs bark at night. They sleep by day."


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Index]]:
    folder = tmp_path_factory.mktemp("libraries")
    with Index.open(folder / "bees", HashEmbedder()) as bees, Index.open(folder / "my dogs", HashEmbedder()) as dogs:
        bees.add_documents([Document(BEES, "Bees", "bees.md")])
        dogs.add_documents([Document(DOGS, "Dogs", "dogs.md")])
        yield [bees, dogs]


@pytest.fixture(scope="module", params=["plain", pytest.param("behind a proxy", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, libraries: list[Index]) -> Iterator[str]:
    first, *others = libraries
    if request.param == "plain":
        with serving(first, others=others) as url:
            yield url
        return
    port = free_port()
    with (
        serving(first, others=others, root_path=PATH, read_only=False) as target,
        running(proxy(target, strips=True), port) as url,
    ):
        yield url


def test_each_library_has_its_own_api(address: str) -> None:
    titles = {}
    for path in ("/", "/libraries/my-dogs/"):
        client = Client(address + path, verbose=False)
        titles[path] = [row["title"] for row in client.predict(api_name="/documents")]
    assert titles == {"/": ["Bees"], "/libraries/my-dogs/": ["Dogs"]}


@pytest.mark.parametrize(
    "path",
    [
        "/libraries/my-dogs/gradio_api/file=/etc/passwd",
        "/libraries/my-dogs/library/suggestions",  # without the header that no other site can send
        "/libraries/my-dogs/gradio_api/upload",
        "/libraries/none/",
        "/libraries/my-dogs/libraries/my-dogs/",
        "/libraries/../gradio_api/file=/etc/passwd",
    ],
)
def test_the_gate_holds_for_every_library(address: str, path: str) -> None:
    assert httpx.get(address + path).status_code == 404


def test_a_library_is_found_without_the_slash_at_its_end(address: str) -> None:
    assert httpx.get(f"{address}/libraries/my-dogs", follow_redirects=True).status_code == 200


def test_what_is_added_goes_into_the_library_that_is_shown(address: str, libraries: list[Index]) -> None:
    counts = [len(index.summaries()) for index in libraries]
    text = f"Puppies are young, said {address}.".encode()
    url = f"{address}/libraries/my-dogs/library/add?name=puppies.txt"
    answer = httpx.post(url, content=text, headers={"x-quotewise": "1"}, timeout=60)
    assert '"status": "added"' in answer.text
    assert [len(index.summaries()) for index in libraries] == [counts[0], counts[1] + 1]
    libraries[1].remove(next(iter(libraries[1].at("puppies.txt"))))


@pytest.mark.slow
def test_switching_keeps_each_library_s_conversation(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/")
    page.wait_for_selector(".qw-documents >> text=Bees")
    page.fill("#qw-question", "How long does a queen live?")
    page.keyboard.press("Enter")
    page.wait_for_selector('.qw-turn[aria-busy="false"]')
    page.focus(".qw-shelf summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/libraries/my-dogs/")
    page.wait_for_selector(".qw-documents >> text=Dogs")
    assert page.locator(".qw-turn").count() == 0
    page.fill("#qw-question", "When do dogs bark?")
    page.keyboard.press("Enter")
    page.wait_for_selector('.qw-turn[aria-busy="false"]')
    assert "Dogs" in page.inner_text(".qw-turn")
    page.set_viewport_size({"width": 360, "height": 740})
    page.click(".qw-shelf summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click(".qw-shelf a >> text=bees")
    page.wait_for_selector(".qw-turn >> text=How long does a queen live?")
    assert page.locator(".qw-turn").count() == 1
    page.go_back()
    page.wait_for_selector(".qw-turn >> text=When do dogs bark?")
    context.close()


@pytest.mark.slow
def test_a_library_that_is_switched_away_under_a_conversation_keeps_it_for_itself(
    browser: Any, libraries: list[Index], tmp_path: Path
) -> None:
    port = free_port()
    context = browser.new_context()
    page = context.new_page()
    with serving(libraries[1], port=port) as url:
        page.goto(f"{url}/")
        page.fill("#qw-question", "When do dogs bark?")
        page.keyboard.press("Enter")
        page.wait_for_selector('.qw-turn[aria-busy="false"] .qw-quote')
    with Index.open(tmp_path / "other", HashEmbedder()) as other:
        other.add_documents([Document("Whales sing under water.", "Whales", "whales.md")])
        with serving(other, port=port):
            page.reload()
            page.wait_for_selector(".qw-documents >> text=Whales")
            page.wait_for_selector(".qw-welcome")
            page.fill("#qw-question", "Where do whales sing?")
            page.keyboard.press("Enter")
            page.wait_for_selector('.qw-turn[aria-busy="false"] .qw-quote')
    context.close()
