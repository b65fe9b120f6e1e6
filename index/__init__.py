"""The index: documents in, ranked passages out."""

from .core import Index
from .embed import Embedder, load_embedder
from .report import Progress, Report, ReportLine
from .rows import Summary
from .types import Document, Hit, Passage

__all__ = [
    "Document",
    "Embedder",
    "Hit",
    "Index",
    "Passage",
    "Progress",
    "Report",
    "ReportLine",
    "Summary",
    "load_embedder",
]
