"""Question answering: questions in, quoted answers out."""

from .answer import ask, ask_text
from .retrieve import retrieve
from .types import Answer, Citation

__all__ = ["Answer", "Citation", "ask", "ask_text", "retrieve"]
