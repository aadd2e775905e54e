"""Which values of the treatment column are treatments, and which one is none."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.customers.uplift.design import Ints
from passend.errors import InvalidInput

NOTHING = frozenset(
    ("", "0", "0.0", "false", "no", "none", "nobody", "nothing", "control", "untreated")
) | frozenset(
    (
        "held-out",
        "held out",
        "hold-out",
        "holdout",
        "no e-mail",
        "no email",
        "no mail",
        "no contact",
        "no offer",
    )
)


@dataclass(frozen=True)
class Arms:
    """The arms of a campaign.

    Attributes:
        control: the value that stands for no treatment; None where nobody went without.
        treatments: the other values, sorted.
        codes: for each row 0 for the control, 1, 2, ... for the treatments, -1 where it is missing.
    """

    control: str | None
    treatments: tuple[str, ...]
    codes: Ints

    @property
    def names(self) -> tuple[str, ...]:
        """All arms, the control first."""
        return ("none" if self.control is None else self.control, *self.treatments)


def read_arms(column: pa.ChunkedArray, control: str | float | bool | None) -> Arms:
    """Tell the control from the treatments.

    Args:
        column: the treatment of each row.
        control: the value for no treatment; by default the one that says so (0, false, none, control, ...).

    Raises:
        InvalidInput: there are several values and none of them says "no treatment".
    """
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    # A missing value, and a number that is none (unequal to itself), are no treatment that is known.
    given = encoded.dictionary.to_pylist()
    words = [None if one is None or one != one else _word(one) for one in given]  # noqa: PLR0124
    values = sorted({word for word in words if word is not None})
    if control is not None:
        none = _word(control)
    else:
        quiet = [value for value in values if value.lower() in NOTHING]
        if len(quiet) > 1:
            raise InvalidInput(
                f"Several values say 'no treatment': {', '.join(quiet)}.", remedy="name one by `control`"
            )
        if not quiet and len(values) > 1:
            raise InvalidInput(
                f"None of the treatments {', '.join(values[:5])} says 'no treatment'.",
                remedy="name the one that does by `control`",
            )
        none = quiet[0] if quiet else ""
    treatments = tuple(value for value in values if value != none)
    number = {none: 0, **{value: place for place, value in enumerate(treatments, 1)}}
    code_of = np.array([*(-1 if word is None else number[word] for word in words), -1], np.int64)
    places = pc.fill_null(encoded.indices, len(words)).to_numpy()
    return Arms(none if none in values else None, treatments, code_of[places])


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
