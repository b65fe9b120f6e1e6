"""Decoding and naming: a damaged file keeps what is not damaged, and each file has a source of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index import Document, Index
from index.load import load
from index.load.text import decode
from tests.fakes import HashEmbedder

SCRIPTS = [
    "“”‘’–—…€§ äöüßéèêàçñøåæœ",
    "łśćżźńęąčřšžůőű",
    "абвгдежзиклмнопрст",
    "αβγδεζηθικλμν",
    "ابتثجح",
    "日本語の文章",
    "😀🙂👍",
]


@pytest.mark.parametrize(
    "text",
    [
        "Die Miete für das Büro \ufffd 900 Euro über das Jahr.",
        "\ufffd",
        "“\ufffd” – \ufffd\ufffd\ufffd",
        "Вчера \ufffd вечером",
    ],
)
def test_a_genuine_replacement_character_damages_nothing(text: str) -> None:
    assert decode(text.encode(), "file") == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("“Hello” she said – it’s".encode() + b"\xe9", "“Hello” she said – it’s\ufffd"),
        (b"\xe9" + "Größe: 5 Füße".encode(), "\ufffdGröße: 5 Füße"),
        ("“Hi 🙂”".encode().replace(b"\x9f", b"\x9f\xff"), "“Hi \ufffd\ufffd\ufffd\ufffd”"),
        ("De février à août\n".encode() + "né".encode("cp1252"), "De février à août\nn\ufffd"),
        ("De février à août".encode()[:-2], "De février à ao\ufffd"),
    ],
)
def test_a_short_text_with_a_damaged_letter_keeps_the_others(content: bytes, text: str) -> None:
    assert decode(content, "file") == text


@given(
    st.sampled_from(SCRIPTS).flatmap(lambda letters: st.text(letters + "abcdefgh \n", min_size=24, max_size=60)),
    st.data(),
)
def test_one_bad_byte_leaves_the_other_characters(text: str, data: st.DataObject) -> None:
    """In a shorter text, the control character that it may make would make the file binary."""
    assume(sum(character > "\x7f" for character in text) >= 3)
    content = text.encode()
    place = data.draw(st.integers(0, len(content)))
    damaged = content[:place] + bytes([data.draw(st.integers(0x80, 0xFF))]) + content[place:]
    before, after = content[:place].decode(errors="ignore"), content[place:].decode(errors="ignore")
    decoded = decode(damaged, "file")
    assert decoded.startswith(before) and decoded.endswith(after) and len(decoded) <= len(before + after) + 5


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("„Spaß“ muß sein", "cp1252"),
        ("« Il l’a décidé\xa0» – été", "cp1252"),
        ("À bientôt\xa0!", "cp1252"),
        ("Где?", "cp1251"),
        ("Вчера вечером", "koi8_r"),
        ("値段は？五百円です。", "shift_jis"),
        ("天気は明日もっと良くなる", "euc_jp"),
    ],
)
def test_a_short_text_in_an_older_encoding_is_not_taken_for_damaged_utf_8(text: str, encoding: str) -> None:
    assert "\ufffd" not in decode(text.encode(encoding), "file")


def test_files_whose_names_are_no_utf_8_have_a_source_each(tmp_path: Path) -> None:
    names = [
        b"caf\xe9.txt",
        b"caf\xe8.txt",
        b"caf\\xe9.txt",
        b"caf%E9.txt",
        "caf\ufffd.txt".encode(),
        "café.txt".encode(),
    ]
    for name in names:
        file = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - bytes, which no Path takes
        try:
            Path(os.fsdecode(file)).write_text(f"Text of {name!r}.")
        except OSError:
            pytest.skip("this file system takes UTF-8 names only")
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        report = index.add(*(tmp_path / os.fsdecode(name) for name in names))
        assert [line.status for line in report] == ["added"] * len(names)
        assert len({document.source for document in index.documents()}) == len(names)
        again = index.add(*(tmp_path / os.fsdecode(name) for name in names))
        assert [line.status for line in again] == ["unchanged"] * len(names)


def test_the_source_of_a_file_is_its_path_and_otherwise_its_address(tmp_path: Path) -> None:
    for name, source in (
        ("caf%é.txt", str(tmp_path / "caf%é.txt")),
        ("caf\udce9.txt", f"file://{tmp_path}/caf%E9.txt"),
    ):
        (tmp_path / name).write_text("Text.")
        assert load(tmp_path / name).source == source
    assert Document("Text.", source="\ud800\udce9\0").source == "\ufffd\ufffd\ufffd"
