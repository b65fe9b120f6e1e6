"""Stored vectors into the passages nearest to a query: exact search with FAISS, a cache of the library's rows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .database import NOTHING, Stamp
from .draft import written_whole
from .embed import Vectors

FORMAT = 1


class VectorIndex:
    """FAISS over float16 vectors, which is how the rows hold them, so that nothing is lost and search is exact.

    Scalar fp16 was measured beside the flat index: 0.41 against 2.83 ms a query at 20,000 vectors of 384, 3.3 against
    15.8 ms at 100,000, and half the size (`benchmarks/speed.py` gives the whole search). Not safe for a search during a
    change: the store holds a lock.
    """

    def __init__(self, dimension: int) -> None:
        import faiss

        quantizer = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index: Any = faiss.IndexIDMap2(quantizer)
        self.dimension = dimension
        self.stamp = NOTHING
        self.unsaved, self.shrunk = 0, False

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, vector: Vectors, k: int, passages: NDArray[np.int64] | None = None, without: bool = False
    ) -> list[tuple[int, float]]:
        """Give the ids of the k passages with the greatest inner product, best first.

        Only those in `passages` are looked at or, where `without`, only the others. Among 100,000 that takes 0.3 ms
        for 40 of them and 3 ms for all but 40; all take 4 ms.
        """
        if not len(self) or k < 1:
            return []
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        selector = None if passages is None else _selector(passages, without)
        scores, ids = self._index.search(query, min(k, len(self)), params=selector)
        return [(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]

    def remove(self, ids: Sequence[int]) -> None:
        """Drop the passages with these ids, as far as they are there."""
        if ids:
            before = len(self)
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))
            self.shrunk = self.shrunk or len(self) < before

    def add(self, ids: Sequence[int], vectors: NDArray[np.float16]) -> None:
        """Add passages with vectors of shape (len(ids), dimension)."""
        self._index.add_with_ids(vectors.astype(np.float32), np.asarray(ids, dtype=np.int64))
        self.unsaved += len(ids)

    def same_as(self, other: VectorIndex) -> bool:
        """Say whether both hold the same vectors under the same ids."""
        (ids, codes), (other_ids, other_codes) = self._sorted(), other._sorted()
        return np.array_equal(ids, other_ids) and np.array_equal(codes, other_codes)

    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        import faiss

        quantizer: Any = faiss.downcast_index(self._index.index)
        ids, codes = faiss.vector_to_array(self._index.id_map), faiss.vector_to_array(quantizer.codes)
        order = np.argsort(ids)
        return ids[order], codes.reshape(len(ids), -1)[order] if len(ids) else codes

    def save(self, file: Path) -> None:
        """Write the cache beside its stamp and checksum, in one atomic step."""
        import faiss

        payload = faiss.serialize_index(self._index).tobytes()
        header = {
            "format": FORMAT,
            "generation": self.stamp.generation,
            "token": self.stamp.token,
            "dimension": self.dimension,
            "crc32": zlib.crc32(payload),
        }
        with written_whole(file, file.with_suffix(".new")) as out:
            out.write(json.dumps(header).encode() + b"\n")
            out.write(payload)
        self.unsaved, self.shrunk = 0, False

    @classmethod
    def load(cls, file: Path, dimension: int) -> VectorIndex | None:
        """Read a saved cache, or give None where it is missing, damaged or of another form."""
        import faiss

        try:
            head, _, payload = file.read_bytes().partition(b"\n")
            header = json.loads(head)
            if (header["format"], header["dimension"], header["crc32"]) != (FORMAT, dimension, zlib.crc32(payload)):
                return None
            cache = cls(dimension)
            cache._index = faiss.deserialize_index(np.frombuffer(payload, dtype=np.uint8))
            cache.stamp = Stamp(header["generation"], header["token"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return None
        return cache


def _selector(passages: NDArray[np.int64], without: bool) -> Any:
    """Let only these passages through, or only the others, by a bit for each id."""
    from faiss import IDSelectorBitmap, IDSelectorNot, SearchParameters

    make: tuple[Any, ...] = (IDSelectorBitmap, IDSelectorNot, SearchParameters)  # what they take is not typed
    among, all_but, parameters = make
    wanted = np.zeros(int(passages.max(initial=0)) + 1, dtype=bool)
    wanted[passages] = True
    selector = among(np.packbits(wanted, bitorder="little"))
    return parameters(sel=all_but(selector) if without else selector)
