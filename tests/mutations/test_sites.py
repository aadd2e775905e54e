"""Small errors: they change what is computed, they are what was asked for, and a seed draws the same."""

import ast

import duckdb
import pytest

from mutations.python_sites import python_sites
from mutations.site import drawn
from mutations.sql_sites import sql_sites

VALUE = '''"""Value of an offer."""


def value(margin: float | None, cost: float = 1.0) -> float | int:
    """A docstring - with <= signs + 3 in it."""
    if margin is None or margin <= 0:
        return 0
    return max(margin - cost, 0.0)
'''
RETURNS = """-- What came back, 10 < 20 and more.
-- grain: one product
-- reads: returns
-- writes: shares
select
    product_id,
    least(sum(quantity), 9) as returned,
    case when count(*) > 2 and min(quantity) >= 1 then 'often = bad' else 'seldom' end as says
from returns
where quantity between 1 and 5 and (channel = 'web' or is_gift)
group by product_id
having count(*) >= 1
"""


def texts(sites, text):
    return {found for site in sites if (found := site.change(text)) is not None}


def test_python_errors_are_those_a_tired_person_types():
    found = texts(python_sites("value.py", VALUE), VALUE)
    for wrong in (
        "if margin is not None or margin <= 0:",
        "if margin is None and margin <= 0:",
        "if margin is None or margin < 0:",
        "min(margin - cost, 0.0)",
        "max(margin + cost, 0.0)",
    ):
        assert any(wrong in text for text in found), wrong
    for text in found:
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(VALUE))


def test_annotations_and_docstrings_hold_no_errors():
    for text in texts(python_sites("value.py", VALUE), VALUE):
        assert "float | None, cost: float" in text
        assert "-> float | int:" in text
        assert "A docstring - with <= signs + 3 in it." in text


def test_sql_errors_change_comparisons_terms_and_constants():
    found = texts(sql_sites("shares.sql", RETURNS), RETURNS)
    for wrong in (
        "greatest(sum(quantity), 9)",
        "count(*) >= 2 and",
        "when true and min(quantity) >= 1 then",
        "when count(*) > 2 and true then",
        "where true and (channel",
        "between 1 and 5 and true\n",
        "(channel = 'web' and is_gift)",
        "having true\n",
        "least(sum(quantity), (9 + 1))",
    ):
        assert any(wrong in text for text in found), wrong
    connection = duckdb.connect()
    connection.execute(
        "create table returns (product_id text, quantity bigint, channel text, is_gift boolean)"
    )
    for text in found:
        assert "'often = bad'" in text
        assert text.startswith("-- What came back, 10 < 20 and more.")
        connection.execute(text)


def test_a_seed_draws_the_same_errors_at_most_one_a_line():
    sites = list(python_sites("value.py", VALUE))
    first, again, other = (drawn(sites, {"value.py": VALUE}, 3, seed) for seed in (1, 1, 2))
    assert [one.text for one in first] == [one.text for one in again] != [one.text for one in other]
    lines = [one.site.line for one in drawn(sites, {"value.py": VALUE}, 99, 1)]
    assert lines == sorted(set(lines))
    assert len(first) == 3


@pytest.mark.parametrize("most", [0, 1])
def test_no_more_are_drawn_than_asked(most):
    assert len(drawn(python_sites("value.py", VALUE), {"value.py": VALUE}, most, 1)) == most


def test_a_diff_shows_the_line():
    [one] = drawn(python_sites("value.py", VALUE), {"value.py": VALUE}, 1, 3)
    changed = [
        line for line in one.diff(VALUE).splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert len(changed) == 2
