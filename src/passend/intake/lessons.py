"""What the firm's own contacts teach, in words: how many, and why the others do not."""

from collections.abc import Iterable, Mapping
from typing import Any


def contact_lesson(lessons: Iterable[Mapping[str, Any]]) -> str:
    """One sentence on contacts that cannot teach what an offer adds; empty where most can, or there are none.

    Args:
        lessons: the rows of ``contact_lessons``.
    """
    rows = sorted(lessons, key=lambda row: (-row["contacts"], row["reason"]))
    total = sum(row["contacts"] for row in rows)
    good = sum(row["contacts"] for row in rows if not row["reason"])
    if not total or good * 2 >= total:
        return ""
    why = "; ".join(f"{row['contacts']:,} because {row['reason']}" for row in rows if row["reason"])
    return f"Of {total:,} contacts, {good:,} can teach what an offer adds; not so {why}."
