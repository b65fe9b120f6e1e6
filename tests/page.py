"""A page of the chat into what a person would do on it and see there."""

from __future__ import annotations

import re
from typing import Any

CONVERSATIONS = """Object.keys(localStorage).find(name => name.startsWith("quotewise-conversations"))"""
"""The name by which the browser keeps the conversations of the library that a page shows."""

ANSWERED = '.qw-turn:nth-child({})[aria-busy="false"]'
LEFT = "AbortError: signal is aborted|Unexpected error Connection errored out"
"""What Gradio says on a page that is left, or whose server goes away, while it waits for something."""


def put(page: Any, question: str, number: int = 1) -> Any:
    """Ask by keyboard and give the turn when it is answered."""
    page.focus("textarea")
    page.keyboard.insert_text(question)
    page.keyboard.press("Enter")
    return page.wait_for_selector(ANSWERED.format(number))


def told(page: Any, text: str) -> str:
    """Wait until the library's place says something, and give all that it says."""
    page.wait_for_function("text => document.querySelector('.qw-told').innerText.includes(text)", arg=text)
    return str(page.locator(".qw-told").inner_text())


def titles(page: Any, count: int) -> list[str]:
    """Wait until so many documents are listed, and give their titles."""
    page.wait_for_function("count => document.querySelectorAll('#qw-library .qw-open').length === count", arg=count)
    return [str(title) for title in page.locator("#qw-library .qw-title").all_inner_texts()]


def is_in_view(page: Any, inner: str, outer: str, middle: bool = False) -> bool:
    """Whether an element lies inside another, or even in the middle third of it."""
    a, b = page.locator(inner).bounding_box(), page.locator(outer).bounding_box()
    off_center = abs(a["y"] + a["height"] / 2 - b["y"] - b["height"] / 2)
    return bool(b["y"] <= a["y"] and a["y"] + a["height"] <= b["y"] + b["height"]) and (
        not middle or off_center <= b["height"] / 6
    )


def worst_contrast(page: Any) -> float:
    """The lowest contrast (WCAG 2) of a visible text with the nearest ground behind it."""
    pairs = page.evaluate(
        """() => [...document.querySelectorAll('#qw *')].filter(e => e.checkVisibility()
             && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
             const ground = b => getComputedStyle(b).backgroundColor;
             let back = e; while (ground(back) === 'rgba(0, 0, 0, 0)') back = back.parentElement;
             return [getComputedStyle(e).color, ground(back)]; })"""
    )
    assert len(pairs) > 8

    def luminance(color: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    return float(
        min((max(a, b) + 0.05) / (min(a, b) + 0.05) for a, b in ((luminance(x), luminance(y)) for x, y in pairs))
    )
