"""Lines of outcomes that stand twice: a file that was read a second time doubles what was bought.

An import knows lines that it has seen. Tables that are given to ``Effects().measure`` came by no import, so here lines
are looked at that are the same in every column. Two equal lines are nothing odd by themselves; when half of the lines
of a day, or of an arm in a week, have a twin, they are.
"""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.results.evidence import Doubled

#: Lines of a day, or of an arm in a week, from which on they are judged, and the share with a twin that is no chance.
LEAST_LINES, MOST_REPEATED = 24, 0.5
_LINE = ("customer_id", "happened_at", "order_id", "product_id", "revenue_cents")


def doubled_lines(
    log: pa.Table, outcomes: pa.Table, *, has_orders: bool, days: int
) -> dict[tuple[str, int], Doubled]:
    """Where lines stand twice, by campaign and phase; nothing for those in which few do.

    Args:
        log: exposures.
        outcomes: lines, with the amounts in cents.
        has_orders: whether order numbers were given.
        days: days before the first and after the last eligibility that concern a campaign.
    """
    keys = [name for name in _LINE if has_orders or name != "order_id"]
    lines = outcomes.select(keys).filter(pc.not_equal(outcomes["revenue_cents"], 0))
    lines = lines.filter(pc.is_valid(lines["happened_at"]))
    counted = lines.group_by(keys).aggregate([([], "count_all")])
    if pc.sum(pc.greater(counted["count_all"], 1)).as_py() in {None, 0}:
        return {}
    number = counted["count_all"].cast(pa.int64())
    repeated = pc.if_else(pc.greater(number, 1), number, 0)
    lines = counted.select(["customer_id", "happened_at"]).append_column("lines", number)
    lines = lines.append_column("repeated", repeated)
    who = log.select(["customer_id", "campaign", "phase", "arm", "eligible_at"])
    joined = who.join(lines, "customer_id", join_type="inner")
    apart = pc.abs(pc.days_between(joined["eligible_at"], joined["happened_at"]))
    joined = joined.filter(pc.less_equal(apart, days))
    at = joined["happened_at"]
    found: dict[tuple[str, int], Doubled] = {}
    for unit, keys in (("day", ["campaign", "phase"]), ("week", ["campaign", "phase", "arm"])):
        cells = joined.append_column("begin", pc.floor_temporal(at, unit=unit)).group_by([*keys, "begin"])
        for row in cells.aggregate([("lines", "sum"), ("repeated", "sum")]).to_pylist():
            _keep(found, row)
    return found


def _keep(found: dict[tuple[str, int], Doubled], row: dict[str, object]) -> None:
    """The first day, or week, in which most lines stand twice."""
    lines, repeated, begin = row["lines_sum"], row["repeated_sum"], row["begin"]
    assert isinstance(lines, int) and isinstance(repeated, int) and isinstance(begin, datetime)  # noqa: S101, PT018
    if lines < LEAST_LINES or repeated < MOST_REPEATED * lines:
        return
    key = (str(row["campaign"]), int(str(row["phase"])))
    one = Doubled(str(row.get("arm") or ""), begin, lines, repeated)
    before = found.get(key)
    # Days come before weeks: a day is named where one is enough.
    if before is None or (bool(before.arm) == bool(one.arm) and one.begin < before.begin):
        found[key] = one
