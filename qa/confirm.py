"""The best spans of some passages into the same, each read once more in its sentence alone.

In a passage that speaks of what the question speaks of, the model takes words near the question's for an answer even
where they answer something else. The sentence alone has fewer of them to offer: what it answers there as well is more
often right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from index.context import searchable

from .best_spans import Span, best_ranges, quoted
from .span_model import Window
from .types import Citation

CONFIRMATION = 1 / 3
"""What the sentence's score counts in a span's, beside the passage's.

On 700 questions of `squad2_dev_tune`, 0 / 1/3 / 1/2 / 1 told answerable ones from others with AUROC
.776 / .792 / .797 / .791 (paragraph given), and gave exact match 76.5 / 77.4 / 77.1 / 77.1 %. Asked of a library
with other articles only, the AUROC falls a little as it rises (.968 / .966 / .965 / .957).
"""

CONFIRMED = 2
"""Spans that are read once more; on the same questions, five did no better, and took half as long again."""

DOUBTED = 2.0
"""Points that a span is behind the best one at most to be read once more: what is farther would not win by it. Of 493
questions of `squad2_dev_tune` and 250 of Natural Questions, asked of libraries of all their paragraphs, one in the
first would have had another best span (which was refused), and for 65 and 61 % of them one sentence is read, not two.
"""

Windows = Callable[[str, Sequence[str]], Sequence[Window]]
"""Reads texts beside a question: `SpanModel.windows`."""


def confirmed(question: str, ranked: Sequence[Span], windows: Windows) -> list[Span]:
    """Read the sentences of the best spans and rank these by the mean of both readings; the others stay behind them.

    In its sentence a span counts by the best range that shares a character with it, for it may begin elsewhere there.
    """
    near = sum(span.score >= ranked[0].score - DOUBTED for span in ranked[:CONFIRMED])
    best, others = ranked[:near], ranked[near:]
    quotes = [quoted(span) for span in best]
    texts = {whole: searchable(whole.title, whole.passage.heading, whole.quote) for whole, _ in quotes}
    asked = list(texts)
    found: dict[Citation, list[tuple[int, int, float]]] = {whole: [] for whole in asked}
    for window in windows(question, list(texts.values())):
        whole = asked[window.text]
        above = len(texts[whole]) - len(whole.quote)
        ranges = best_ranges(window, above)
        found[whole] += [(whole.start + start - above, whole.start + end - above, s) for start, end, s in ranges]
    weighed = [_weighed(span, short, found[whole]) for span, (whole, short) in zip(best, quotes, strict=True)]
    least = min((span.score for span in weighed), default=0.0)
    behind = [replace(span, score=min(span.score, least)) for span in others]
    return [*sorted(weighed, key=lambda span: -span.score), *behind]


def _weighed(span: Span, short: Citation, ranges: Sequence[tuple[int, int, float]]) -> Span:
    """Give a span the mean of its score and of the best of its sentence's ranges over it, or of the least of all."""
    over = [score for start, end, score in ranges if start < short.end and short.start < end]
    second = max(over, default=min((score for _, _, score in ranges), default=span.score))
    return replace(span, score=(1 - CONFIRMATION) * span.score + CONFIRMATION * second)
