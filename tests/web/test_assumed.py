"""What the firm assumes is typed as people write numbers, refused beside its field, and taken back on the page."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from passend.flow.assuming import KNOWN, assume
from passend.flow.campaigns.opening import utc_now
from passend.settings import SETTINGS
from tests.web.conftest import Site, opened, token_of
from tests.web.test_rooms import text_of

HOME = "/settings/assumptions"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages of a small shop that these tests change; its prices are in euros."""
    folder = tmp_path_factory.mktemp("assumed")
    made = opened(folder)
    (made.desk.folder / "settings.toml").write_text('[intake]\ncurrency = "EUR"\n', "utf-8")
    yield made
    made.desk.close()


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("customers.margin_share", "30 %", 0.3), ("customers.margin_share", "27,5", 0.275),
        ("customers.return_cost_cents", "7,50", 750), ("customers.lifetime_days", "1.000", 1000),
        ("products.prior", "2,5", 2.5), ("products.in_season_only", "false", False),
        ("customers.period", "quarter", "quarter"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_germans_write_them(own: Site, name: str, typed: str, kept: object) -> None:
    client = own.client("manager")
    client.headers["accept-language"] = "de"
    form = {"form_token": token_of(client), "name": name, "value": typed}
    assert client.post(HOME, data=form).status_code == 303
    assert own.desk.workspace().settings[name] == kept


def test_two_changes_at_once_are_both_kept(own: Site) -> None:
    workspace, store = own.desk.workspace(), own.desk.store
    names = ("customers.margin_share", "customers.resold_share")

    def change(name: str, value: str) -> None:
        assume(workspace, store, name, value, who="m", now=utc_now())

    for percent in range(20, 26):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(change, names, [f"{percent} %"] * 2))
        settings = own.desk.workspace().settings
        assert [settings[name] for name in names] == [percent / 100] * 2


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("customers.margin_share", "viel", "Erlaubt ist eine Zahl von 0 bis 100 %."),
        ("customers.margin_share", "120", "Erlaubt ist eine Zahl von 0 bis 100 %."),
        ("customers.margin_share", "0,30", "Es ist nicht klar, ob „0,30“ in Prozent gemeint ist."),
        ("customers.return_cost_cents", "-1", "Erlaubt ist eine Zahl von 0 bis 100000 €."),
    ],
)
def test_a_wrong_value_comes_back_beside_its_field(own: Site, name: str, typed: str, says: str) -> None:
    client, before = own.client("manager"), own.desk.workspace().settings[name]
    client.headers["accept-language"] = "de"
    told = client.post(HOME, data={"form_token": token_of(client), "name": name, "value": typed})
    assert told.status_code == 422
    assert says in text_of(told.text)
    assert f'value="{typed}"' in told.text
    assert "Assumptions" not in text_of(told.text)
    assert own.desk.workspace().settings[name] == before


def test_a_change_is_taken_back_and_stands_in_the_log(own: Site) -> None:
    client, name = own.client("administrator"), "decisions.holdout_share"
    form = {"form_token": token_of(client), "name": name}
    kept = client.post(HOME, data={**form, "value": "20"}).headers["location"]
    assert own.desk.workspace().settings[name] == 0.2
    shown = client.get(kept).text
    assert "Kept: Customers without offers, to measure is now 20" in text_of(shown)
    assert "Back to 10" in text_of(shown)
    client.post(f"{HOME}/back", data={**form, "to": "former"})
    assert own.desk.workspace().settings[name] == 0.1
    client.post(HOME, data={**form, "value": "30 %"})
    client.post(f"{HOME}/back", data=form)
    assert own.desk.workspace().settings[name] == 0.1
    log = text_of(client.get("/settings/changes?subject=setting/").text)
    assert "before: 0.3, after: 0.1" in log


def test_what_a_shop_knows_stands_first_with_its_unit(own: Site) -> None:
    assert set(KNOWN) <= {one.name for one in SETTINGS}
    text = own.client("manager").get(HOME).text
    first, _, rest = text.partition('<details class="card"')
    assert "products.prior" not in first
    assert "products.prior" in rest
    assert not [name for name in KNOWN if f">{name}" in text]
    assert "11.24" in first
    assert "EUR" in first
