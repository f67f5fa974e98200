"""Answers are judged; the right one is never told."""

import re

import numpy as np
import pytest

import embexplore as ex
from embexplore.workshop import check
from embexplore.workshop.answers import PLACES
from embexplore.workshop.kinds import Name, Number
from embexplore.workshop.lesson import lesson_names, read_lesson
from embexplore.workshop.questions import QUESTIONS


@pytest.mark.parametrize("key", QUESTIONS)
def test_the_true_answer_is_right_as_typed_and_as_computed(key: str) -> None:
    question = QUESTIONS[key]
    truth = question.truth()
    typed = round(float(truth), question.kind.decimals) if isinstance(question.kind, Number) else truth
    assert check(key, typed)
    assert check(key, truth)
    assert repr(check(key, truth)).startswith("Right. ")


@pytest.mark.parametrize("key", QUESTIONS)
def test_neither_hints_nor_placeholders_tell_the_answer(key: str) -> None:
    question = QUESTIONS[key]
    truth = question.truth()
    said = [question.hint, *(text for _, text in question.mistakes)]
    if isinstance(question.kind, Number):
        shown = f"{truth:.{question.kind.decimals}f}"
        assert not question.kind.agree(question.kind.example, truth), "the example would be right"
        assert not [text for text in said if re.search(rf"(?<![\d.]){re.escape(shown)}(?![\d.])", text)]
    else:
        assert not [text for text in said if f" {truth.lower()} " in f" {text.lower()} "]


@pytest.mark.parametrize("key", QUESTIONS)
def test_known_mistakes_are_wrong_and_get_their_own_sentence(key: str) -> None:
    question = QUESTIONS[key]
    for makes, sentence in question.mistakes:
        verdict = check(key, makes())
        assert not verdict
        assert verdict.message == f"Not yet. {sentence}"


def test_a_wrong_answer_gets_the_hint() -> None:
    verdict = check("00-a", 1999)
    assert not verdict
    assert QUESTIONS["00-a"].hint in verdict.message


def test_no_answer_is_no_error_but_no_right_one_either() -> None:
    verdict = check("00-a", ...)
    assert verdict.status == "open"
    assert not verdict


@pytest.mark.parametrize("answer", ["soon", None, [1, 2], {}])
def test_an_answer_of_another_kind_is_told_what_was_expected(answer: object) -> None:
    assert "Expected a number such as" in check("00-a", answer).message


def test_html_in_an_answer_is_shown_as_text() -> None:
    assert "<b>" not in check("00-a", "<b>now</b>")._repr_html_()


def test_an_unknown_question_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ex.InvalidInput, match="00-a, 01-a"):
        check("99-z", 1)


def test_numpy_and_xarray_numbers_are_numbers() -> None:
    year = QUESTIONS["00-a"].truth()
    assert check("00-a", np.int32(year))
    assert check("00-a", ex.null_island().time.sel(time=year))


def test_numbers_agree_within_half_a_unit_of_the_last_decimal() -> None:
    kind = Number(1, 0.0)
    assert all(kind.agree(given, 2.1849) for given in (2.2, 2.1849, 2.25))
    assert not any(kind.agree(given, 2.1849) for given in (2.1, 2.26, -2.2))


def test_names_agree_whatever_their_case() -> None:
    kind = Name(("Lake", "Town"))
    assert kind.agree(kind.read(" lAKE "), "Lake")
    with pytest.raises(ValueError):
        kind.read("Moon")


def test_the_named_places_are_those_of_the_island() -> None:
    assert set(PLACES) == set(ex.null_island_truth().places.name)


def test_notebooks_ask_every_question_once_and_none_else() -> None:
    cells = [cell.source for name in lesson_names() for cell in read_lesson(name[:2]).cells if cell.kind == "code"]
    asked = re.findall(r'workshop\.check\("(.+?)", \.\.\.\)', "\n".join(cells))
    assert sorted(asked) == sorted(QUESTIONS)
