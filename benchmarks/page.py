"""The chat in a real browser into what a person waits for: a start, a page, an answer, a source; and what moves.

    python -m benchmarks.page

The chat is started anew several times on a library with the seed article, beside one whose document has 5 MB; pages are
opened in Debian's Chromium (or the one that `--chromium` names), each in a context of its own, so nothing is cached.
Questions are typed and asked with Enter; an abstention is an answer, too. Times are taken in the page, after the frame
in which something is painted.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.askers import QUESTIONS, served
from index import Document, Index
from index.embed import PACKAGED_MODEL, Vectors
from qa.settings import SEEDS

START, FIRST, LOAD = "process start to first response", "page to interactive, right after that", "page to interactive"
STAGE, WORDS, WHOLE = "Enter to “Searching …”", "Enter to first words of the answer", "Enter to whole answer"
LATE = "Enter to first words, behind 100 other turns"
SENT, SERVER = "… of it: until the server has taken the question", "… of it: the server's work"
SOURCE, LONG, SHIFT = (
    "click to source at a citation",
    "click to 5 MB document at a citation",
    "layout shift of an answer",
)
ALL_SHIFT = "layout shift, with what a key moved"
GOALS = {START: 5_000, FIRST: 2_000, LOAD: 2_000, WORDS: 150, LONG: 1_000, SHIFT: 0}
CITED = ".qw-turn:last-child figure .qw-open"
CONVERSATION = 5  # questions of one conversation
MULTIPLY = """() => { const name = Object.keys(localStorage).find((one) => one.startsWith("quotewise-conversations"));
  const all = JSON.parse(localStorage[name]);
  for (const talk of Object.values(all)) talk.records = Array(100).fill(talk.records[0]);
  localStorage[name] = JSON.stringify(all); }"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-headless-shell")
LONG_TEXT = 5_000_000  # characters

# When each thing was seen first since the last click or Enter, in milliseconds of the page; painted, not only there.
WATCH = """
window.seen = {}; window.shifts = []; let before = 0; const waiting = [];
const note = (name, what) => {
  if (!what || name in seen) return;
  seen[name] = 0;
  const mine = seen;
  requestAnimationFrame(() => setTimeout(() => {
    mine[name] = performance.now();
    for (const told of waiting.splice(0)) told();
  }));
};
window.until = async (name) => { while (!(seen[name] > 0)) await new Promise((told) => waiting.push(told)); };
const look = () => {
  note("interactive", document.documentElement.dataset.qwSource && document.querySelector("#qw-question"));
  if (seen.enter) {
    const turn = document.querySelectorAll(".qw-turn")[before];
    note("stage", turn);
    note("words", turn?.querySelector(".qw-short, .qw-quote, .qw-none"));
    note("whole", turn?.getAttribute("aria-busy") === "false");
  }
  if (seen.click)
    note("source", document.documentElement.dataset.qwSource === "open" && document.querySelector("#qw-target"));
};
new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
const since = (event, name) => { window.seen = { [name]: event.timeStamp }; window.shifts = []; };
addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  before = document.querySelectorAll(".qw-turn").length;
  since(event, "enter");
}, true);
addEventListener("click", (event) => since(event, "click"), true);
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((one) => [one.value, one.hadRecentInput])))
  .observe({ type: "layout-shift" });
"""
PARTS = """() => {
  const sent = performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/library/ask"));
  const turn = [...document.querySelectorAll(".qw-turn")].at(-1);
  return { taken: sent.at(-1).responseStart - seen.enter, server: 1000 * JSON.parse(turn.dataset.record).seconds };
}"""

OPEN = """at => { const button = document.querySelector("#qw-library .qw-open");
  Object.assign(button.dataset, at); button.click(); }"""  # at once: the list may be drawn again at any time

Figures = defaultdict[str, list[float]]


def main() -> None:
    """Start, visit, ask, open, and print what was measured, as a table and as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5, help="how often the chat is started")
    parser.add_argument("--rounds", type=int, default=20, help="pages, questions and openings of one chat")
    parser.add_argument("--chromium", default=CHROMIUM, help="the browser's program")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    figures: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, browsing(options.chromium) as browser:
        libraries = [make_seed(f"{folder}/seed"), make_long(f"{folder}/long")]
        for _ in range(options.starts - 1):
            with started(libraries, figures) as address, visited(browser, address, figures, FIRST):
                pass
        with started(libraries, figures) as address:
            with visited(browser, address, figures, FIRST) as page:
                page.wait_for_selector(".qw-example", timeout=300_000)  # loaded, and questions to try verified
            for _ in range(options.rounds):
                with visited(browser, address, figures, LOAD):
                    pass
            ask_and_open(browser, address, options.rounds, figures)
            ask_late(browser, address, options.rounds, figures)
            open_long(browser, f"{address}/libraries/long/", options.rounds, figures)
    record = {name: measures(values) for name, values in figures.items()}
    print(table(record))
    print(json.dumps(record, indent=2, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(record, indent=2, ensure_ascii=False), encoding="utf-8")


# --- libraries ------------------------------------------------------------------------------------------------------


def make_seed(folder: str) -> str:
    """Index the seed article."""
    with Index.open(folder) as index:
        index.add(SEEDS)
    return folder


class MadeUp:
    """An embedder that takes no time, under the packaged model's name: a document is opened without its vectors."""

    name, dimension = PACKAGED_MODEL, 384

    def fits(self, text: str) -> bool:
        """Say yes."""
        return bool(text) or True

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Give every text the same vector."""
        if progress:
            progress(len(texts))
        return np.full((len(texts), self.dimension), self.dimension**-0.5, dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Give a query that vector, too."""
        vector: Vectors = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Give queries that vector, too."""
        return self.embed_passages(texts)


def make_long(folder: str) -> str:
    """Add one document of 5 MB: the seed article, again and again under numbered headings."""
    article = next(SEEDS.glob("*.txt")).read_text(encoding="utf-8")
    parts = (f"Part {number}.\n\n{article}\n\n" for number in range(LONG_TEXT // len(article)))
    with Index.open(folder, MadeUp()) as index:
        index.add_documents([Document("".join(parts), "Long", "long.txt")])
    return folder


# --- the browser ----------------------------------------------------------------------------------------------------


@contextmanager
def browsing(chromium: str | None) -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def started(libraries: Sequence[str], figures: Figures) -> Iterator[str]:
    """Start the chat, and end it."""
    since = time.perf_counter()
    with served(*libraries) as address:
        figures[START].append(1000 * (time.perf_counter() - since))
        yield address


@contextmanager
def visited(browser: Browser, address: str, figures: Figures, name: str) -> Iterator[Page]:
    """Open the page anew, wait until its question box can be typed in, and check that it can."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(address, wait_until="commit")
        figures[name].append(seen(page, "interactive"))
        page.keyboard.type("Who")
        if page.input_value("#qw-question") != "Who":
            raise RuntimeError("the question box did not take what was typed")
        page.fill("#qw-question", "")
        yield page


def seen(page: Page, name: str) -> float:
    """Wait until something was seen; give when. The page says it: to be asked in each frame would keep it busy."""
    late = "new Promise((done) => setTimeout(done, 120_000, 'late'))"
    if page.evaluate(f"name => Promise.race([until(name), {late}])", name) == "late":
        shown = page.evaluate("[JSON.stringify(seen), document.body?.innerText]")
        raise RuntimeError(f"{name} was not seen in two minutes; the page shows: {shown}")
    moment: float = page.evaluate("name => seen[name]", name)
    return moment


def ask_and_open(browser: Browser, address: str, rounds: int, figures: Figures) -> None:
    """Ask one question after the other, and open the source of each answer at its first quote."""
    with visited(browser, address, defaultdict(list), LOAD) as page:
        for number in range(-2, rounds):  # the first two are not counted: everything is warm after them
            if number % CONVERSATION == 0:
                page.click(".qw-new")
                page.wait_for_selector(".qw-turn", state="detached")
            place = defaultdict(list) if number < 0 else figures
            ask(page, QUESTIONS[number % len(QUESTIONS)], place)
            if page.locator(CITED).count():
                page.click(CITED)
                place[SOURCE].append(seen(page, "source") - page.evaluate("seen.click"))
                page.keyboard.press("Escape")


def ask_late(browser: Browser, address: str, rounds: int, figures: Figures) -> None:
    """Ask in a conversation that is long already."""
    with visited(browser, address, defaultdict(list), LOAD) as page:
        ask(page, QUESTIONS[0], defaultdict(list))
        page.evaluate(MULTIPLY)
        page.reload()
        page.wait_for_function("document.querySelectorAll('.qw-turn').length === 100")
        for number in range(rounds):
            late: Figures = defaultdict(list)
            ask(page, QUESTIONS[number % len(QUESTIONS)], late)
            figures[LATE] += late[WORDS]


def ask(page: Page, question: str, figures: Figures) -> None:
    """Ask a question by keyboard, and note what was seen when."""
    page.focus("#qw-question")
    page.keyboard.insert_text(question)
    page.keyboard.press("Enter")
    whole, words, stage = (seen(page, name) for name in ("whole", "words", "stage"))
    page.wait_for_timeout(300)
    enter, parts = page.evaluate("seen.enter"), page.evaluate(PARTS)
    for name, moment in ((STAGE, stage), (WORDS, words), (WHOLE, whole)):
        figures[name].append(moment - enter)
    figures[SENT].append(parts["taken"])
    figures[SERVER].append(parts["server"])
    shifts: list[tuple[float, bool]] = page.evaluate("shifts")
    figures[SHIFT].append(sum(value for value, by_key in shifts if not by_key))
    figures[ALL_SHIFT].append(sum(value for value, _ in shifts))


def open_long(browser: Browser, address: str, rounds: int, figures: Figures) -> None:
    """Open the long document at places all over it."""
    with visited(browser, address, defaultdict(list), LOAD) as page:
        for number in range(rounds):
            start = LONG_TEXT // (rounds + 1) * (number + 1)
            place = {"kind": "quote", "start": start, "end": start + 50}
            page.evaluate(OPEN, place)
            figures[LONG].append(seen(page, "source") - page.evaluate("seen.click"))
            page.keyboard.press("Escape")


# --- figures --------------------------------------------------------------------------------------------------------


def measures(values: list[float]) -> dict[str, float]:
    """Give median, 95th percentile (the nearest rank) and how many there are."""
    ranked = sorted(values)
    return {
        "median": round(statistics.median(ranked), 4),
        "p95": round(ranked[math.ceil(0.95 * len(ranked)) - 1], 4),
        "times": len(ranked),
    }


def table(record: dict[str, dict[str, float]]) -> str:
    """Write the figures as a table in Markdown; times are in milliseconds."""
    lines = ["| | median | p95 | goal | times |", "|---|---|---|---|---|"]
    for name, row in record.items():
        shown = [f"{row[which]:,.3g}" if "shift" in name else f"{row[which]:,.0f} ms" for which in ("median", "p95")]
        goal = "" if name not in GOALS else "0" if not GOALS[name] else f"< {GOALS[name]:,} ms"
        lines.append(f"| {name} | {' | '.join(shown)} | {goal} | {row['times']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
