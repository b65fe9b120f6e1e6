"""A question and texts into scores of each token as an answer's start and end; the only import of the span model."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.embed import native_dtype, packaged_folder
from index.errors import ModelError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

PACKAGED_READER = "quotewise"
"""The reader that comes with Quotewise: our weights on the packaged encoder."""

WEIGHTS = "reader/weights.safetensors"
"""What was trained, as float16; the word embeddings were not, and are taken from the encoder's package."""

CALIBRATION = "reader/calibration.json"
"""What turns scores into probabilities, and the threshold."""

DAMAGED = "The reader's calibration.json is damaged; fit it again, or install Quotewise again."

FORMAT = "quotewise-reader-1"
"""What the weights say of themselves; others are of another version."""

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"

WINDOW, STRIDE = 256, 64
"""Tokens of question and text that are read at once, as in training, and those that two windows of a text share."""

QUESTION = 64
"""Tokens of a question that are read: its end, where a long message asks what it asks."""

BATCH = 32
"""Windows a forward pass."""


NO_STATE = np.zeros(0, np.float32)
"""The state of a place in a model that does not tell any."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A part of a text as the model read it: `text` says which; each token has its range in it and two logits.

    `offsets` has shape (tokens, 2), `starts` and `ends` have shape (tokens,); `null` is the sum of the two logits of
    the place that stands for "no answer", and of what the calibration adds to it. `state` is what the model makes of
    that place, shape (dimension,), or (0,) for a model that does not tell.
    """

    text: int
    offsets: NDArray[np.int64]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    null: float
    state: NDArray[np.float32] = field(default_factory=lambda: NO_STATE)


class SpanModel:
    """An extractive question-answering model: ours, or any of Hugging Face's by name or folder.

    Loaded at once; raises ModelError where it cannot be. Safe to share between threads.
    """

    def __init__(self, name: str = PACKAGED_READER) -> None:
        self.name = name
        self._model, self._tokenizer, self.calibration = _packaged() if name == PACKAGED_READER else _named(name)
        self._no_answer = _no_answer(self.calibration, getattr(self._model.config, "hidden_size", 0))
        self._states: torch.Tensor | None = None
        if head := getattr(self._model, "qa_outputs", None):
            head.register_forward_pre_hook(self._keep)  # asking the model for all its layers' states takes longer
        self._lock = threading.Lock()

    def _keep(self, _head: object, given: tuple[torch.Tensor]) -> None:
        """Keep the states that the span head is given."""
        (self._states,) = given

    def windows(self, question: str, texts: Sequence[str]) -> list[Window]:
        """Read texts beside a question, in windows where they are long; windows that hold no text are left out."""
        if not texts:
            return []
        with self._lock:  # how a tokenizer cuts is kept in it, and differs from call to call
            encoded = self._tokenizer(
                [self._cut(question)] * len(texts),
                list(texts),
                truncation="only_second",
                max_length=self._window,
                stride=min(STRIDE, self._window // 4),
                return_overflowing_tokens=True,
                return_offsets_mapping=True,
            )
        shortest_first = sorted(range(len(encoded["input_ids"])), key=lambda i: len(encoded["input_ids"][i]))
        found: dict[int, Window] = {}
        for at in range(0, len(shortest_first), BATCH):
            found |= self._batch(encoded, shortest_first[at : at + BATCH])
        return [found[i] for i in sorted(found)]

    def _batch(self, encoded: Any, rows: list[int]) -> dict[int, Window]:
        """Run some windows through the model, padded to one length."""
        import torch

        names = [name for name in self._tokenizer.model_input_names if name in encoded]
        padded = self._tokenizer.pad({name: [encoded[name][i] for i in rows] for name in names}, return_tensors="pt")
        with self._lock, torch.inference_mode():
            out = self._model(**padded)
            states, self._states = self._states, None
        starts, ends = out.start_logits.float().numpy(), out.end_logits.float().numpy()
        left = len(padded["input_ids"][0]) if self._tokenizer.padding_side == "left" else None
        found = {}
        for row, i in enumerate(rows):
            ids = encoded["input_ids"][i]
            shift = left - len(ids) if left else 0
            places = [place for place, which in enumerate(encoded.sequence_ids(i)) if which == 1]
            if places:
                null = shift + (ids.index(self._null) if self._null in ids else 0)
                at = np.array(places) + shift
                state = NO_STATE if states is None else states[row, null].float().numpy().copy()  # not all of them
                found[i] = Window(
                    text=encoded["overflow_to_sample_mapping"][i],
                    offsets=np.array([encoded["offset_mapping"][i][place] for place in places]),
                    starts=starts[row, at],
                    ends=ends[row, at],
                    null=float(starts[row, null] + ends[row, null]) + self.added(state),
                    state=state,
                )
        return found

    def added(self, state: NDArray[np.float32]) -> float:
        """Give what the calibration adds to "no answer" for a state of its place, shape (dimension,)."""
        return float(np.append(state, 1) @ self._no_answer) if len(self._no_answer) else 0.0

    @property
    def _window(self) -> int:
        return min(WINDOW, self._tokenizer.model_max_length)

    @property
    def _null(self) -> int | None:
        number: int | None = self._tokenizer.cls_token_id
        return number

    def _cut(self, question: str) -> str:
        """Give the end of a question that is too long to leave room for the text."""
        read = self._tokenizer(question, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        offsets = read["offset_mapping"]
        most = min(QUESTION, self._window // 2)
        return question[offsets[-most][0] :] if len(offsets) > most else question


def _no_answer(calibration: str, dimension: int) -> NDArray[np.float64]:
    """Read what is added to "no answer": weights of its place's state and a constant; none where nothing is."""
    try:
        weights = np.array(json.loads(calibration or "{}").get("no_answer", []), dtype=float)
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(DAMAGED) from error
    if weights.shape not in ((0,), (dimension + 1,)) or not np.isfinite(weights).all():
        raise ModelError(DAMAGED)
    return weights


@lru_cache(maxsize=2)
def load_span_model(name: str = PACKAGED_READER) -> SpanModel:
    """Give the one model of this process for a name; raises ModelError where it cannot be loaded."""
    return SpanModel(name)


Loaded = tuple["PreTrainedModel", "PreTrainedTokenizerFast", str]
"""A model, its tokenizer, and its calibration as JSON ("" where it has none)."""

_AGAIN = "install Quotewise again"


def _packaged() -> Loaded:
    """Put our weights on the packaged encoder's word embeddings."""
    from safetensors import SafetensorError, safe_open
    from transformers import BertConfig, BertForQuestionAnswering

    tensors = _trained(Path(str(files(__package__).joinpath(WEIGHTS))))
    folder = packaged_folder()
    try:
        with safe_open(folder / "model.safetensors", framework="pt") as encoder:
            tensors[f"bert.{WORD_EMBEDDINGS}"] = encoder.get_tensor(WORD_EMBEDDINGS)
        tokenizer = load_tokenizer(str(folder))
        config = BertConfig.from_pretrained(folder)
        calibration = files(__package__).joinpath(CALIBRATION).read_text(encoding="utf-8")
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"The packaged encoder or the reader's calibration cannot be read ({error}); {_AGAIN}."
        ) from error
    return _from_pretrained(BertForQuestionAnswering, None, config=config, state_dict=tensors), tokenizer, calibration


def _trained(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights that were trained; raises ModelError if they are missing, cut short or of another version."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as weights:
            version = (weights.metadata() or {}).get("format", "unknown")
            tensors = {name: weights.get_tensor(name) for name in weights.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise ModelError(f"The reader's weights {path.name} are missing; {_AGAIN}.") from error
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The reader's weights {path.name} are damaged ({error}); {_AGAIN}.") from error
    if version != FORMAT:
        raise ModelError(
            f"The reader's weights {path.name} are of another version ({version}, not {FORMAT}); {_AGAIN}."
        )
    return tensors


def _named(name: str) -> Loaded:
    """Load any extractive question-answering model by name or folder, with its calibration if its folder has one."""
    from transformers import AutoModelForQuestionAnswering

    try:
        tokenizer = load_tokenizer(name)
    except (OSError, ValueError) as error:
        raise ModelError(f"The reader {name} cannot be loaded ({_first_line(error)}); {_OTHER}.") from error
    calibration = Path(name) / "calibration.json"
    record = calibration.read_text(encoding="utf-8") if calibration.is_file() else ""
    return _from_pretrained(AutoModelForQuestionAnswering, name), tokenizer, record


_OTHER = "name another extractive question-answering model, or none for the one that comes with Quotewise"


def load_tokenizer(name: str) -> PreTrainedTokenizerFast:
    """Load a tokenizer that knows its tokens' offsets; raises ValueError for one that does not."""
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = AutoTokenizer.from_pretrained(name)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError("its tokenizer knows no offsets")
    return tokenizer


def _from_pretrained(kind: Any, name: str | None, **given: Any) -> PreTrainedModel:
    """Load a model whole, ready to compute; one without a trained span head is refused."""
    import transformers

    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        loaded = kind.from_pretrained(
            name, dtype=native_dtype(), attn_implementation="eager", output_loading_info=True, **given
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        what = f"The reader {name or PACKAGED_READER} cannot be loaded ({_first_line(error)})"
        raise ModelError(f"{what}; {_OTHER if name else _AGAIN}.") from error
    model, report = loaded
    if report["missing_keys"] or report["mismatched_keys"]:
        missing = sorted(str(key) for key in [*report["missing_keys"], *report["mismatched_keys"]])[0]
        raise ModelError(
            f"The reader {name or PACKAGED_READER} lacks trained weights ({missing}); {_OTHER if name else _AGAIN}."
        )
    found: PreTrainedModel = model.eval()
    return found


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")
