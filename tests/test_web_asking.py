"""Questions that are being answered: each can be stopped, at any moment, and then nothing more is begun."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from web.asking import MOST_EARLY, Asking, StoppedError


def counting(begun: list[int], slow: threading.Event | None = None) -> Iterator[int]:
    for number in range(3):
        begun.append(number)
        if slow and number == 1:
            slow.wait(20)
        yield number


def test_steps_come_as_they_are_made() -> None:
    asking, begun = Asking(), list[int]()
    assert asking.quiet()
    steps = asking.steps("q", counting(begun))
    assert next(steps) == 0 and begun == [0] and not asking.quiet()
    assert list(steps) == [1, 2] and asking.quiet()


def test_what_fails_fails_as_before() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    asking = Asking()
    steps = asking.steps("q", failing())
    assert next(steps) == 1
    with pytest.raises(ZeroDivisionError):
        next(steps)
    assert asking.quiet()


def test_a_question_is_stopped_in_the_middle_of_a_long_step() -> None:
    asking, begun, slow = Asking(), list[int](), threading.Event()
    steps = asking.steps("q", counting(begun, slow))
    assert next(steps) == 0
    threading.Timer(0.1, asking.stop, ["q"]).start()
    with pytest.raises(StoppedError):
        next(steps)
    assert asking.quiet() and begun == [0, 1]
    slow.set()
    for thread in threading.enumerate():
        if thread.name.startswith("answer"):
            thread.join(5)
    assert begun == [0, 1], "no further step was begun"
    assert list(asking.steps("q", counting([]))) == [0, 1, 2], "the next question of that name is not stopped"


def test_a_stop_may_come_before_its_question_and_stops_no_other() -> None:
    asking = Asking()
    asking.stop("q")
    assert list(asking.steps("other", counting([]))) == [0, 1, 2]
    with pytest.raises(StoppedError):
        next(asking.steps("q", counting([])))
    assert list(asking.steps("q", counting([]))) == [0, 1, 2]
    for number in range(3 * MOST_EARLY):
        asking.stop(str(number))
    assert list(asking.steps("0", counting([]))) == [0, 1, 2], "old ones are forgotten"


def test_two_stops_and_a_page_that_went_away_do_no_harm() -> None:
    asking = Asking()
    steps = asking.steps("q", counting([]))
    next(steps)
    asking.stop("q")
    asking.stop("q")
    with pytest.raises(StoppedError):
        next(steps)
    steps = asking.steps("q", counting([]))
    next(steps)
    del steps
    assert asking.quiet()


def test_a_step_that_cannot_be_read_is_left_out_but_for_the_first_and_the_last() -> None:
    asking = Asking()
    assert list(asking.steps("q", iter([1, 2, 3, 4]), brief=20)) == [1, 4]
    assert list(asking.steps("q", iter([1]), brief=20)) == [1]
    assert list(asking.steps("q", iter([1, 2]), brief=20)) == [1, 2]
    assert asking.quiet()


def test_a_step_that_lasts_is_shown_while_it_does() -> None:
    asking, begun, slow = Asking(), list[int](), threading.Event()

    def lasting() -> Iterator[str]:
        yield "first"
        yield "second"
        begun.append(2)
        slow.wait(20)
        yield "third"

    steps = asking.steps("q", lasting(), brief=0.05)
    assert [next(steps), next(steps)] == ["first", "second"] and begun == [2]
    slow.set()
    assert list(steps) == ["third"]


def test_what_fails_or_is_stopped_ahead_is_told_at_once() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ZeroDivisionError

    asking, begun, slow = Asking(), list[int](), threading.Event()
    steps = asking.steps("q", failing(), brief=20)
    assert next(steps) == 1
    with pytest.raises(ZeroDivisionError):
        next(steps)

    def long() -> Iterator[int]:
        yield 1
        yield 2
        slow.wait(20)
        begun.append(3)
        yield 3

    steps = asking.steps("q", long(), brief=20)
    assert next(steps) == 1
    threading.Timer(0.1, asking.stop, ["q"]).start()
    with pytest.raises(StoppedError):
        next(steps)
    assert asking.quiet() and begun == []
    slow.set()


def test_the_next_step_is_begun_before_the_first_is_taken_where_brief_ones_are_left_out() -> None:
    asking, second = Asking(), threading.Event()

    def searching() -> Iterator[str]:
        yield "first"
        second.set()
        yield "second"

    steps = asking.steps("q", searching(), brief=0.05)
    assert next(steps) == "first" and second.wait(20), "whoever shows the first need not ask for more"
    assert list(steps) == ["second"]
