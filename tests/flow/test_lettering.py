"""The letter goes out by itself: at the firm's hour, once to each recipient; again only where the server said no."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pyarrow as pa
import pytest

from passend.errors import InvalidSetting, PassendError
from passend.flow.importing import import_sources
from passend.flow.lettering import schedule_of, send_due_letters
from passend.flow.planning import make_plan
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.settings import Settings, load_settings
from passend.store import Store
from passend.store.marks import claim_mark, mark
from passend.workspace import Workspace
from tests.channels.mail_server import Handler, mail_server
from tests.store.databases import BOTH, opened

BERLIN = ("letter.timezone=Europe/Berlin", "letter.day=3", "letter.hour=8")


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from opened(request, tmp_path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop with a plan, of which nothing can be measured yet."""
    folder = tmp_path_factory.mktemp("letter") / "shop"
    day = datetime(2026, 1, 1)
    rows = [
        {"order_id": f"o{one}", "customer_id": f"c{one % 9}", "product_id": product, "quantity": 1,
         "unit_price": 9.9, "ordered_at": day + timedelta(days=one)}
        for one in range(60) for product in ("lamp", "bulb" if one % 2 else "tyre")
    ]  # fmt: skip
    workspace = Workspace(folder)
    import_sources(workspace, [ImportRequest(pa.Table.from_pylist(rows))], Silence())
    make_plan(workspace, Silence())
    return folder


def settings_of(tmp_path: Path, *changed: str) -> Settings:
    return load_settings(tmp_path, changed)


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 3, 3, 6, 59), 202602),
        (datetime(2026, 3, 3, 7, 0), 202603),  # winter: 8 o'clock in Berlin
        (datetime(2026, 7, 3, 5, 59), 202606),
        (datetime(2026, 7, 3, 6, 0), 202607),  # summer
        (datetime(2026, 1, 2), 202512),
        (datetime(2026, 12, 31, 23), 202612),
    ],
)
def test_the_hour_is_that_of_the_firm(now: datetime, month: int, tmp_path: Path) -> None:
    assert schedule_of(settings_of(tmp_path, *BERLIN)).month_due(now) == month


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="Atlantis"):
        schedule_of(settings_of(tmp_path, "letter.timezone=Atlantis"))


def test_everybody_gets_each_months_letter_once(store: Store, shop: Path) -> None:
    handler = Handler()
    with mail_server(handler) as port:
        workspace = Workspace(
            shop,
            [*BERLIN, "letter.recipients=ann@radhaus.example, bo@radhaus.example", "email.host=127.0.0.1",
             f"email.port={port}", "email.security=none", "email.sender=shop@radhaus.example", "language=de"],
        )  # fmt: skip

        def at(*moment: int) -> int:
            return send_due_letters(store, workspace, datetime(*moment))

        assert at(2026, 3, 20) == 0  # named today: the next letter is April's
        assert at(2026, 4, 3, 5) == 0
        handler.at_rcpt["bo@radhaus.example"] = "451 4.3.0 later"
        with pytest.raises(PassendError, match="did not take"):
            at(2026, 4, 3, 7)
        assert [address for address, _ in handler.taken] == ["ann@radhaus.example"]
        handler.at_rcpt.clear()
        assert [at(2026, 4, 3, 8), at(2026, 4, 9), at(2026, 5, 1)] == [1, 0, 0]
        assert at(2026, 5, 3, 9) == 2
    assert [address[:3] for address, _ in handler.taken] == ["ann", "bo@", "ann", "bo@"]
    mail = message_from_bytes(handler.taken[0][1], policy=policy.default)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["subject"].startswith("Was die Angebote")
    assert "Was als Nächstes" in text
    assert "List-Unsubscribe" not in mail


def test_whoever_claims_a_mark_second_has_lost(store: Store) -> None:
    """Two workers that find the letter due at once send it once."""
    now = datetime(2026, 4, 3)
    with store.change() as connection:
        assert claim_mark(connection, "letter/a", 202603, now) is None
        assert claim_mark(connection, "letter/a", 202604, now) == 202603
        assert claim_mark(connection, "letter/a", 202604, now) == 202604
        assert mark(connection, "letter/a") == 202604


def test_nobody_named_nobody_written_to(store: Store, shop: Path) -> None:
    assert send_due_letters(store, Workspace(shop), datetime(2026, 4, 3, 9)) == 0
