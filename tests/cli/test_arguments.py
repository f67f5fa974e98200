"""What is typed becomes a value, or a sentence with the form that was expected."""

import pytest
import typer

from embexplore.cli.arguments import Box, Place, Years, parse_box, parse_place, parse_years


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_place, "-89.4,43.1", Place(-89.4, 43.1)),
        (parse_place, " 0.12 , 0.11", Place(0.12, 0.11)),
        (parse_place, "181,-90", Place(181, -90)),
        (parse_box, "-90,-43.5,-89,44", Box((-90, -43.5, -89, 44))),
        (parse_years, "2024", Years((2024,))),
        (parse_years, "2017-2019", Years((2017, 2018, 2019))),
        (parse_years, "2017–2019", Years((2017, 2018, 2019))),
    ],
)
def test_the_forms_of_the_help_are_understood(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (parse_place, "12", "expected LON,LAT in degrees"),
        (parse_place, "a,b", "expected LON,LAT in degrees"),
        (parse_place, "nan,1", "expected LON,LAT in degrees"),
        (parse_place, "43.1,-189.4", "longitude first; -189.4 is no latitude"),
        (parse_box, "1,2,3", "expected W,S,E,N in degrees"),
        (parse_box, "2,0,1,1", "expected west < east and south < north"),
        (parse_box, "0,1,1,0", "expected west < east and south < north"),
        (parse_years, "20", "expected a year or a range of years"),
        (parse_years, "2024-2017", "the first year comes after the last"),
    ],
)
def test_anything_else_is_refused_with_the_form_expected(parse, text, sentence):
    with pytest.raises(typer.BadParameter, match=sentence):
        parse(text)
