"""The page as axe-core sees it, in each of its states: nothing that keeps people from reading, hearing or using it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import DOCUMENTS, UNANSWERABLE
from tests.fixtures import address_of, library_of
from tests.page import put

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci --prefix tests"),
]
library, address = library_of(*DOCUMENTS[:2], scope="module"), address_of("module")
QUESTION = "How long does a worker bee live?"
VIEWS: dict[str, dict[str, Any]] = {
    "wide": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 640}},
}


def findings(page: Any) -> list[str]:
    """What axe-core holds to be moderate or worse on the page as it is, a line each with the elements it is about."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['impact']}: {one['help']} ({one['id']}): {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] != "minor"
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(visit: Callable[..., Any], view: str) -> None:
    page = visit(**VIEWS[view])
    found: dict[str, list[str]] = {}
    page.wait_for_selector(".qw-example")
    found["empty"] = findings(page)
    page.click("[data-menu=earlier]")
    found["a menu without conversations"] = findings(page)
    put(page, QUESTION).hover()
    page.locator(".qw-thumb[data-verdict=down]").click(force=True)
    page.wait_for_selector(".qw-word-field")
    found["answered and judged"] = findings(page)
    put(page, UNANSWERABLE, 2)
    page.click("summary")
    found["abstained"] = findings(page)
    page.click("[data-menu=export]")
    found["the export menu"] = findings(page)
    page.keyboard.press("Escape")
    page.locator("figure .qw-open").first.click()
    page.wait_for_selector("#qw-target", state="visible")
    found["source"] = findings(page)
    page.click(".qw-close")
    if view == "narrow":
        page.click(".qw-library-toggle")
        found["library"] = findings(page)
        page.click(".qw-library-toggle")
    page.evaluate("document.querySelector('.qw-gone').hidden = false")
    page.evaluate("document.querySelector('.qw-gone').textContent = 'The server does not answer.'")
    found["the server gone"] = findings(page)
    page.click(".qw-new")
    page.wait_for_selector(".qw-welcome")
    page.click("[data-menu=earlier]")
    found["earlier conversations"] = findings(page)
    assert {state: lines for state, lines in found.items() if lines} == {}
