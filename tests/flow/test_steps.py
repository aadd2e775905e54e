"""The order of the steps and what is dropped on the way, held against what the headers of the SQL files say."""

import pytest

from passend.engines import sql_files
from passend.flow import planning
from passend.flow.steps import STEPS, origin, steps_of, steps_until_relations
from passend.tables import CONTRACTS

PLACE = {step.table: place for place, step in enumerate(STEPS)}
RELATIONS = {step.table for step in steps_until_relations(likely=True)}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.table)
def test_a_step_reads_only_what_was_made_before(step):
    later = [table for table in origin(step).reads if PLACE.get(table, -1) >= PLACE[step.table]]
    assert later == []


def test_what_is_kept_has_a_contract_and_what_has_one_is_kept():
    assert [step.table for step in STEPS if step.kept != (step.table in CONTRACTS)] == []


def test_each_step_is_made_by_the_file_of_its_name_or_by_python():
    files = {(file.room, file.writes) for file in sql_files()}
    by_python = {step.table for step in STEPS if origin(step).path.endswith(".py")}
    assert {step.table for step in STEPS if (step.room, step.table) not in files} == by_python


@pytest.mark.parametrize(
    ("dropped", "made"),
    [
        (planning._SPENT_ON_RELATIONS, RELATIONS),
        (planning._SPENT_ON_CHOICES, {step.table for step in steps_of("products")}),
    ],
    ids=["after the relations", "after the choices"],
)
def test_what_is_dropped_is_read_by_no_step_afterwards(dropped, made):
    later = [step for step in steps_of("products", "customers", "decisions") if step.table not in made]
    read = {table: step.table for step in later for table in origin(step).reads}
    assert {table: read[table] for table in dropped if table in read} == {}
    assert not {step.table for step in STEPS if step.kept} & set(dropped)
