"""What an `add` did: one line a file or document, and how far it is while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .rows import Status


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of one file or document.

    `pages` are counted where the format has them; `why` says what needs saying.
    """

    source: str
    status: Status
    title: str = ""
    document_id: str = ""
    passages: int = 0
    pages: int = 0
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The lines of an `add`, in the order of the files or documents."""

    lines: tuple[ReportLine, ...] = ()

    def __iter__(self) -> Iterator[ReportLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, place: int) -> ReportLine:
        return self.lines[place]

    def count(self, status: Status) -> int:
        """Count the lines with a status."""
        return sum(line.status == status for line in self.lines)

    @property
    def passages(self) -> int:
        """How many passages are new in the library."""
        return sum(line.passages for line in self.lines)

    def __str__(self) -> str:
        return "\n".join(
            f"{line.status:<9}  {line.source or line.title}  ({line.why or f'{line.passages} passages'})"
            for line in self.lines
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `add` is: `documents` of `documents_total` (None: not known), and passages of those read so far."""

    source: str
    documents: int
    documents_total: int | None
    passages: int
    passages_total: int


Watcher = Callable[[Progress], None]
"""Is told of every step of a long run; what it raises ends the run, and what was finished stays."""
