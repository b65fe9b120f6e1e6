"""Requests that pages of a library send: taken from its own and from programs, refused from pages of another."""

from __future__ import annotations

import httpx
import pytest

from index import Document, Index
from tests.fixtures import address_of, library_of
from web.one_library import ANOTHER

library = library_of(Document("Bees live in hives.", "Bees", "bees.txt"), scope="module")
address = address_of("module")


@pytest.mark.parametrize(
    "action", ["ask", "conversation", "export", "documents", "add?name=x.txt", "remove", "feedback"]
)
def test_a_page_of_another_library_is_told_so(address: str, library: Index, action: str) -> None:
    def answer(mark: str) -> httpx.Response:
        return httpx.post(f"{address}/library/{action}", content=b"{}", headers={"x-quotewise": mark}, timeout=60)

    refused = answer("f" * 32)
    assert (refused.status_code, refused.text) == (409, ANOTHER)
    assert answer("1").status_code != 409 != answer(library.identity).status_code
    assert [document.title for document in library.documents() if "Bees" in document.title] == ["Bees"]
