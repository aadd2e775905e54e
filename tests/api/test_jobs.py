"""Long work over the interface: begun, followed, and what came out; seen by the key that began it alone."""

from dataclasses import dataclass
from datetime import datetime
from threading import Event

import pytest

from passend.errors import InvalidInput
from passend.flow import planning
from passend.flow.serving.work import Work, Works
from passend.ports import Progress
from passend.workspace import Workspace
from tests.api.conftest import Shop


def ended(shop: Shop, job: str, role: str = "manager") -> dict[str, object]:
    """The job when it has ended."""
    works: Works = shop.client.app.state.works
    work = works.find(job)
    assert work is not None
    assert work.ended.wait(60)
    return shop.client.get(f"/v1/jobs/{job}", headers=shop.headers(role)).json()


@dataclass(frozen=True)
class Made:
    """What a plan leaves, as far as the test looks at it."""

    plan: int
    changes: list[str]
    made_at: datetime


def test_a_plan_is_made_and_followed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_plan(_: Workspace, progress: Progress, *, changes: list[str], made_at: datetime) -> Made:
        progress.step("Storing the plan")
        return Made(1, changes, made_at)

    monkeypatch.setattr(planning, "make_plan", make_plan)  # this shop is too small for a real one
    headers = {**shop.headers("manager"), "Idempotency-Key": "job-1"}
    begun = shop.client.post("/v1/jobs", json={"work": "plan"}, headers=headers)
    assert begun.status_code == 202
    assert shop.client.post("/v1/jobs", json={"work": "plan"}, headers=headers).json() == begun.json()
    told = ended(shop, begun.json()["id"])
    assert (told["state"], told["problem"]) == ("done", None)
    assert told["result"]["plan"] == 1
    assert told["steps"][-1] == "Storing the plan"
    listed = shop.client.get("/v1/jobs", headers=shop.headers("manager")).json()
    assert [(one["id"], one["result"]) for one in listed] == [(begun.json()["id"], None)]
    assert shop.client.get(f"/v1/jobs/{told['id']}", headers=shop.headers("administrator")).status_code == 404


def test_what_cannot_be_done_is_told_with_its_remedy(shop: Shop) -> None:
    wrong = {"work": "what-if", "changes": ["no.such_rule=1"]}
    begun = shop.client.post("/v1/jobs", json=wrong, headers=shop.headers("manager"))
    told = ended(shop, begun.json()["id"])
    assert told["state"] == "failed"
    assert "no.such_rule" in told["problem"]


def test_one_thing_after_the_other(shop: Shop) -> None:
    go_on = Event()

    def task(work: Work) -> None:
        work.step("Waiting", 2)
        go_on.wait(60)
        raise InvalidInput("It was for nothing.")

    works: Works = shop.client.app.state.works
    other = works.begin("Making a plan", "somebody else", task)
    refused = shop.client.post("/v1/jobs", json={"work": "plan"}, headers=shop.headers("manager"))
    go_on.set()
    assert refused.status_code == 409
    assert other.ended.wait(60)


def test_no_such_job_and_no_such_work(shop: Shop) -> None:
    headers = shop.headers("manager")
    assert shop.client.get("/v1/jobs/none", headers=headers).status_code == 404
    assert shop.client.post("/v1/jobs", json={"work": "dance"}, headers=headers).status_code == 422
    assert (
        shop.client.post("/v1/jobs", json={"work": "plan"}, headers=shop.headers("viewer")).status_code == 403
    )
