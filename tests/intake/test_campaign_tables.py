"""Campaigns of the past in tables of their own become contacts; what is no campaign stays what it is."""

import pytest

from passend.errors import UnrecognisedColumns
from passend.flow import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace

TABLES = {
    "orders": "order_id,order_date,customer_id,product_id,quantity,unit_price\n"
    + "".join(f"{n},2026-04-{n % 28 + 1:02d},K{n % 9},P{n % 4},1,9.90\n" for n in range(40)),
    "campaigns": "campaign_id,description,start_day,end_day\n17,TypeA,2026-05-01,2026-05-31\n18,TypeB,2026-06-01,\n",
    "recipients": "campaign_id,customer_id\n17,K1\n17,K2\n18,K2\n",
    "coupons": "coupon_code,product_id,campaign_id\nC1,P1,17\nC2,P2,17\nC3,P3,18\n",
    "redemptions": "coupon_code,customer_id,redeemed_at\nC1,K1,2026-05-10\n",
}


def contacts(tmp_path, *names, **other):
    for name, text in {**TABLES, **other}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    workspace = Workspace(tmp_path / "w")
    import_sources(
        workspace, [ImportRequest(tmp_path / f"{name}.csv") for name in ("orders", *names)], Silence()
    )
    rows = workspace.read("contacts").to_pylist()
    return {(row["campaign"], row["customer_id"], row["product_id"]): row for row in rows}


def test_recipients_campaigns_coupons_and_redemptions_are_contacts(tmp_path):
    found = contacts(tmp_path, "campaigns", "recipients", "coupons", "redemptions")
    assert set(found) == {("17", "K1", "P1"), ("17", "K1", "P2"), ("17", "K2", "P1"), ("17", "K2", "P2"),
                          ("18", "K2", "P3")}  # fmt: skip
    assert {key: row["outcome"] for key, row in found.items() if row["outcome"]} == {
        ("17", "K1", "P1"): "accept",
        ("17", "K1", "P2"): "accept",
    }
    assert {row["channel"] for row in found.values()} == {"audience"}  # coupons are paper
    assert found["18", "K2", "P3"]["happened_at"].date().isoformat() == "2026-06-01"


def test_the_channel_is_told_or_asked_for(tmp_path):
    with pytest.raises(UnrecognisedColumns, match="over which channel"):
        contacts(tmp_path, "campaigns", "recipients")
    told = "campaign_id,channel,start_day\n17,email,2026-05-01\n18,phone,2026-06-01\n"
    found = contacts(tmp_path, "campaigns", "recipients", campaigns=told)
    assert {key: row["channel"] for key, row in found.items()} == {
        ("17", "K1", None): "email",
        ("17", "K2", None): "email",
        ("18", "K2", None): "phone",
    }


def test_a_campaign_for_the_whole_assortment_names_no_product(tmp_path):
    many = "coupon_code,product_id,campaign_id\n" + "".join(f"C{n},P{n},17\n" for n in range(13))
    found = contacts(tmp_path, "campaigns", "recipients", "coupons", coupons=many)
    assert ("17", "K1", None) in found


@pytest.mark.parametrize("name", ["campaigns", "recipients", "coupons", "redemptions"])
def test_a_part_of_a_campaign_alone_is_refused_with_what_belongs_to_it(tmp_path, name):
    with pytest.raises(UnrecognisedColumns) as told:
        contacts(tmp_path, name)
    assert "in one call" in told.value.remedy


def test_a_campaign_for_several_products_is_a_contact_for_each(tmp_path):
    mails = "campaign,customer_id,sent_at,channel,products\n" + "".join(
        f"Spring,K{n},2026-05-04,email,P1;P2\n" for n in range(8)
    )
    found = contacts(tmp_path, "mails", mails=mails)
    assert set(found) == {("Spring", f"K{n}", product) for n in range(8) for product in ("P1", "P2")}


def test_campaigns_name_their_products_and_coupons_the_days_from_which_they_hold(tmp_path):
    campaigns = (
        'campaign_id,channel,start_day,product\n17,email,2026-05-01,"P1, P2"\n18,print,2026-06-01,P3\n'
    )
    coupons = "coupon_code,campaign_id,value,valid_from\nTen,18,10.00,2026-06-01\n"
    redeemed = "coupon_code,customer_id,redeemed_at\nTEN,k2,2026-06-10\n"
    for order in (("coupons", "campaigns"), ("campaigns", "coupons")):
        folder = tmp_path / order[0]
        folder.mkdir()
        names = (*order, "recipients", "redemptions")
        found = contacts(folder, *names, campaigns=campaigns, coupons=coupons, redemptions=redeemed)
        assert {key: row["outcome"] for key, row in found.items()} == {
            ("17", "K1", "P1"): None,
            ("17", "K1", "P2"): None,
            ("17", "K2", "P1"): None,
            ("17", "K2", "P2"): None,
            ("18", "K2", "P3"): "accept",
        }
