"""Rendering: every character of a document or a question comes out as it went in, and no tag but ours."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit, Passage
from index.rows import Summary
from qa import render
from qa.render_library import documents_html
from qa.types import Answer, Citation

OUR_TAGS = {"article", "section", "header", "figure", "figcaption", "blockquote", "button", "span", "mark", "div", "p"}
OUR_TAGS |= {"h1", "h2", "ul", "ol", "li", "nav", "details", "summary", "code", "input"}
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://evil.example/x.png) [y](javascript:alert(1))",
    "${alert(1)} {{constructor}} `${1}` @children",
    "&lt;b&gt; &amp;amp; &#60; &notin;",
    "a\r\nb\rc\td\u2028e\x0bf\x85g\x1bh",
    "</div></section><!-- --><![CDATA[ ]]><?php ?>",
    "ünï‮cödé 漢字 🐝",
]
texts = st.one_of(st.text(min_size=1, max_size=300), st.sampled_from(NASTY)).filter(lambda text: bool(text.strip()))


class Parsed(HTMLParser):
    """The characters of a page, those inside elements of a class, its tags and its attributes."""

    def __init__(self, page: str, within: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.inside: list[str] = []
        self._within, self._open = within, [False]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        here = self._within in (dict(attrs).get("class") or "").split() or self._within == tag
        self._open.append(here or self._open[-1])

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1]:
            self.inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")

    @property
    def text(self) -> str:
        return "".join(self.inside)


def shown(text: str) -> str:
    """What HTML can hold of a text."""
    return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def passage_of(document: Document, start: int = 0, end: int | None = None) -> Passage:
    end = len(document.text) if end is None else end
    return Passage(1, document.id, start, end, document.text[start:end], document.title, document.source, 3)


@given(texts, texts, texts, texts, st.data())
def test_an_answer_is_shown_character_by_character(
    question: str, text: str, title: str, source: str, data: st.DataObject
) -> None:
    passage = passage_of(Document(text, title, source))
    start = data.draw(st.integers(0, len(text) - 1))
    whole, span = Citation(passage, 0, len(text)), None
    if passage.text[start:].strip():
        span = Citation(passage, start, len(text))
    answer = Answer(question, 0.5, (whole,), span, (Hit(passage, 1.0),), asked_as=title)
    page = render.answer_html(answer, 1)
    assert Parsed(page, "blockquote").text == shown(passage.text)
    assert Parsed(page, "qw-mark").text == shown(answer.short)
    assert Parsed(page, "qw-question").text == shown(question)
    assert_only_ours(page)
    none = render.answer_html(Answer(question, hits=(Hit(passage, 1.0),)), 2)
    assert Parsed(none, "qw-none").text in (render.NOT_FOUND, render.NO_QUOTE)
    assert Parsed(none, "qw-passage-text").text == shown(passage.text)
    assert_only_ours(none)


@given(texts, texts, texts)
def test_the_lists_are_shown_character_by_character(title: str, source: str, question: str) -> None:
    page = documents_html([Summary(id="0", title=title, source=source, characters=9, passages=2)])
    assert Parsed(page, "qw-title").text == shown(title)
    assert_only_ours(page)
    page = render.examples_html([question])
    assert Parsed(page, "qw-example").text == shown(question)
    assert_only_ours(page)
    assert_only_ours(render.failure_html(question, 1, title) + render.pending_html(question, 1, source))


def assert_only_ours(page: str) -> None:
    parsed = Parsed(page, "none")
    assert set(parsed.tags) <= OUR_TAGS
    assert not [name for name in parsed.attributes if name.startswith("on") or name in ("src", "href", "style")]


def test_only_the_short_answer_is_marked() -> None:
    document = Document("Nine died. The rest fled. Nine died.")
    passage = passage_of(document)
    citations = (Citation(passage, 0, 10), Citation(passage, 26, 36))
    page = render.answer_html(Answer("How many?", 0.5, citations, Citation(passage, 0, 4)), 1)
    assert Parsed(page, "qw-mark").text == "Nine"
    assert Parsed(page, "qw-number").text == "[1][2]"
    assert Parsed(page, "none").attributes["data-start"] == ["0", "26"]
    assert Parsed(page, "none").attributes["data-to"] == [str(len(document.text))] * 2
    without_span = render.answer_html(Answer("How many?", 0.5, citations), 1)
    assert Parsed(without_span, "qw-mark").text == "Nine died."


def test_an_answer_says_how_sure_it_is_how_long_it_took_and_what_else_it_could_be() -> None:
    passage = passage_of(Document("Nine died. <b>Ten</b> fled. Six came back."))
    cited = [
        (Citation(passage, 0, 10), Citation(passage, 0, 4)),
        (Citation(passage, 11, 27), Citation(passage, 14, 17)),
    ]
    first, second = (Answer("How many?", score, (c,), span) for (c, span), score in zip(cited, (0.8, 0.2), strict=True))
    unlikely = Answer("How many?", render.LEAST_OTHER / 2, (Citation(passage, 28, 42),), Citation(passage, 28, 31))
    page = render.answer_html(replace(first, others=(second, unlikely)), 3, seconds=0.0421)
    assert Parsed(page, "qw-sure").text == "likely (80 % probable) · 42 ms"
    assert Parsed(page, "qw-other").text == "Ten" and Parsed(page, "summary").text == "1 other possible answer"
    assert Parsed(page, "qw-number").text == "[1][2]" and Parsed(page, "qw-mark").text == "NineTen"
    assert 'id="qw-others-3"' in page and "Six" not in page
    assert_only_ours(page)
    assert "<details" not in render.answer_html(first, 1) and "1.3 s" in render.answer_html(first, 1, seconds=1.26)
    assert [render.sureness(score) for score in (0, 0.59, 0.6, 0.79, 0.8, 1)] == [
        "not sure", "not sure", "perhaps", "perhaps", "likely", "likely",
    ]  # fmt: skip


def test_where_another_question_would_do_better_it_is_said_which() -> None:
    hits = (Hit(passage_of(Document("Nine <b>died</b> of chemical weapons.")), 0.1),)
    asked = render.answer_html(Answer("Did anyone die?", hits=hits), 1)
    assert Parsed(asked, "qw-none").text == render.NO_QUOTE and "yes or no" in Parsed(asked, "qw-advice").text
    assert "<details " in asked and " open>" not in asked
    words = render.answer_html(Answer("chemical weapons", hits=hits), 1)
    assert "The closest passages speak of it" in Parsed(words, "qw-advice").text and " open><summary>" in words
    strange = Answer("mustard gas", hits=hits)
    assert Parsed(render.answer_html(strange, 1), "qw-none").text == render.NOT_FOUND
    assert "qw-advice" not in render.answer_html(strange, 1) and render.answer_record(strange)["advice"] == ""
    unsure = Answer("Is he old?", hits=hits, asked_as="Who is he?")
    assert render.answer_record(unsure)["advice"] == "", "what was understood is what counts"
    thanks = Answer("Thanks!", hits=hits, asked_as="Thanks!", about="chemical weapons")
    page = render.answer_html(thanks, 1)
    assert "how many" in Parsed(page, "qw-none").text and "asked as" not in page and "<details" not in page
    assert "Closest" not in render.answer_text(thanks)
    text = render.answer_text(Answer("Did anyone die?", hits=hits))
    assert text.startswith(f"{render.NO_QUOTE}\nA quote seldom says yes or no") and "Closest" in text


def test_the_question_searched_for_is_shown_only_where_it_differs() -> None:
    assert "asked as" not in render.answer_html(Answer("Who?", asked_as="Who?"), 1)
    assert "asked as: <span" in render.answer_html(Answer("Who?", asked_as="Who is Haley?"), 1)
    assert "(about:" not in render.answer_html(Answer("Who?", asked_as="Who is Haley?"), 1)


def test_the_topic_that_joined_the_search_is_shown_and_can_be_changed() -> None:
    answer = Answer("Symptoms?", asked_as="Symptoms?", about="throat <b>cancer")
    page = render.answer_html(answer, 1)
    assert "asked as: <span" in page and Parsed(page, "qw-about").text == "(about: throat <b>cancer)"
    assert 'data-whole="Symptoms (throat &lt;b&gt;cancer)?"' in page
    assert_only_ours(page)
    assert render.answer_text(answer).startswith("(asked as: Symptoms? about: throat <b>cancer)\n")
    assert render.answer_record(answer)["about"] == "throat <b>cancer"
    reworded = Answer("How old is she?", asked_as="How old is Haley?", about="envoy")
    assert render.understood(reworded) == "asked as: How old is Haley?"
    named = Answer("Who painted the Mona Lisa?", asked_as="Who painted the Mona Lisa?", about="throat cancer")
    assert "asked as" not in render.answer_html(named, 1) + render.answer_text(named)


def test_records_are_plain_json_with_the_places() -> None:
    document = Document("Nine died on Monday.", "News", "a/news.txt")
    passage = passage_of(document)
    answer = Answer(
        "How many?", 0.75, (Citation(passage, 0, 20),), Citation(passage, 0, 4), (Hit(passage, 0.5),), "How?"
    )
    other = Answer("How many?", 0.25, (Citation(passage, 0, 20),), Citation(passage, 13, 19))
    record = json.loads(json.dumps(render.answer_record(replace(answer, others=(other,)))))
    assert [(some["short"], some["score"]) for some in record["others"]] == [("Monday", 0.25)]
    assert record["others"][0]["citations"] == record["citations"]
    assert record["short"] == "Nine" and record["text"] == "Nine died on Monday." and not record["abstained"]
    assert (record["question"], record["asked_as"], record["score"]) == ("How many?", "How?", 0.75)
    cited = record["citations"][0]
    assert document.text[cited["start"] : cited["end"]] == cited["quote"] and cited["document_id"] == document.id
    assert (cited["title"], cited["source"], cited["page"]) == ("News", "a/news.txt", 3)
    assert record["hits"] == [render.hit_record(Hit(passage, 0.5))] and record["hits"][0]["text"] == document.text


def test_the_terminal_gets_quotes_sources_and_no_control_characters() -> None:
    passage = passage_of(Document("Nine\x1b[31m died\x07 on Monday.", "News\x1b]0;x", "news.txt"))
    answer = Answer("?", 0.5, (Citation(passage, 0, len(passage.text)),), Citation(passage, 0, 4), (Hit(passage, 1),))
    text = render.answer_text(answer)
    assert text.startswith("Nine\n\n“Nine") and "[1] News" in text and "news.txt, page 3" in text
    assert text.endswith("\n\nnot sure (50 % probable)")
    nothing = render.answer_text(Answer("?", hits=(Hit(passage, 1),), asked_as="What?"))
    assert render.NOT_FOUND in nothing and "Closest" in nothing and "asked as: What?" in nothing
    assert not [char for char in text + nothing if ord(char) < 32 and char != "\n"]


def test_names_of_sources_are_their_last_parts() -> None:
    assert render.source_name("/a/b.txt; C:\\c\\d.md; https://x.org/e/") == "b.txt; d.md; e"
