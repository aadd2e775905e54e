"""A few rows that cannot be read are slips; many of them mean that a column is another one."""

import pytest

from passend.intake.misread import misread
from passend.intake.times import DATE_UNREADABLE
from passend.intake.typed import NEVER_SOLD, SEQUENCE_WRONG

MAPPING = {"ordered_at": ("Tag",), "unit_price": ("Preis",), "order_id": ("Nr",)}


@pytest.mark.parametrize(
    ("problems", "asked"),
    [
        ({DATE_UNREADABLE: 12}, ["Tag"]),
        ({"the price is not a number": 500, DATE_UNREADABLE: 200}, ["Preis", "Tag"]),
        ({DATE_UNREADABLE: 9}, []),
        ({DATE_UNREADABLE: 950}, []),
        ({SEQUENCE_WRONG: 100, NEVER_SOLD: 400}, []),
    ],
)
def test_what_another_column_would_cure_is_asked(problems, asked):
    doubts = misread(problems, 1_000, MAPPING)
    assert [name in doubt.sentence for doubt, name in zip(doubts, asked, strict=True)] == [True] * len(asked)


def test_one_in_a_hundred_is_left_to_the_quarantine():
    assert misread({DATE_UNREADABLE: 12}, 1_200, MAPPING) == []
    (doubt,) = misread({DATE_UNREADABLE: 13}, 1_200, MAPPING)
    assert "--map ordered_at=" in doubt.remedy
