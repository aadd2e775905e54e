"""What people take along from the pages: the figures as they were measured, and the offers of the plan."""

import csv
import io

import pyarrow.parquet as pq
import pytest

from passend.flow.standing import write_letter
from passend.ports import Silence
from tests.web.conftest import Site, opened
from tests.web.shops import make_planned_shop


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("downloads") / "shop"
    make_planned_shop(folder)
    made = opened(folder, new=False)
    yield made
    made.desk.close()


def test_the_scorecard_is_the_table_that_was_measured(planned: Site) -> None:
    client = planned.client("manager")
    assert client.get("/results/files/scorecard.csv").status_code == 404
    workspace = planned.desk.workspace()
    write_letter(workspace, workspace.folder, Silence())
    told = client.get("/results/files/scorecard.csv")
    assert told.headers["content-disposition"] == 'attachment; filename="scorecard.csv"'
    rows = list(csv.DictReader(io.StringIO(told.text.removeprefix("\ufeff"))))
    kept = planned.desk.workspace().read("scorecard")
    assert [row["figure"] for row in rows] == kept["figure"].to_pylist()
    binary = client.get("/results/files/scorecard.parquet").content
    assert pq.read_table(io.BytesIO(binary)).num_rows == kept.num_rows
    assert client.get("/results/files/letter.json").json()["scorecard"]


@pytest.mark.parametrize("name", ["settings.toml", "..%2fsettings.toml", "letter.html", "operations.db"])
def test_no_other_file_of_the_firm_leaves(planned: Site, name: str) -> None:
    assert planned.client("administrator").get(f"/results/files/{name}").status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_all_offers_leave_and_only_for_those_who_may_see_persons(planned: Site, form: str) -> None:
    told = planned.client("manager").get(f"/decisions/offers.{form}")
    assert told.status_code == 200
    if form == "parquet":
        kept = planned.desk.workspace().read("offers").num_rows
        assert pq.read_table(io.BytesIO(told.content)).num_rows == kept > 0
    assert planned.client("viewer").get(f"/decisions/offers.{form}").status_code == 403
