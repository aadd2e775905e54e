"""Moving from another mail tool, and who may be written to, from the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.calls import passend
from tests.flow.test_firm_tables import FILES, ORDERS

EXPORTS = {
    "Mailchimp": (
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
        "UNSUB_TIME,CLEAN_TIME,LEID\n"
        "A@b.de,Ann,2,2023-01-02 10:00:00,1.2.3.4,2023-01-02 10:05:00,1.2.3.4,,,1\n"
        "bo@b.de,Bo,2,2023-01-02 10:00:00,1.2.3.4,2023-01-02 10:05:00,1.2.3.4,2024-05-06 08:00:00,,2\n"
        "gone@b.de,Cy,2,2023-01-02 10:00:00,,,,,2024-01-01 00:00:00,3\n"
    ),
    "Klaviyo": (
        "Email,Klaviyo ID,Email Marketing Consent,Email Marketing Consent Timestamp,Email Suppressions\n"
        "a@b.de,01,SUBSCRIBED,2023-01-02 10:00:00,\n"
        "bo@b.de,02,UNSUBSCRIBED,2024-05-06 08:00:00,\"['UNSUBSCRIBE']\"\n"
        "gone@b.de,03,SUBSCRIBED,2023-01-02 10:00:00,['HARD_BOUNCE']\n"
        "new@b.de,04,NEVER_SUBSCRIBED,,\n"
    ),
    "Mautic": (
        "lead_id,email,channel,reason,date_added,comments\n"
        "2,bo@b.de,email,1,2024-05-06 08:00:00,User unsubscribed\n3,gone@b.de,email,2,2024-01-01 00:00:00,\n"
        "4,a@b.de,sms,1,2024-01-01 00:00:00,\n"
    ),
    "Customer.io": (
        "id,email,unsubscribed,unsubscribed_at,consented_at,consent_source,suppression_reason,suppressed_at\n"
        "1,a@b.de,false,,2023-01-02T10:00:00Z,footer form,,\n2,bo@b.de,true,2024-05-06T08:00:00Z,,,,\n"
        "3,gone@b.de,false,,,,bounced,2024-01-01T00:00:00Z\n"
    ),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("consent")
    for name, text in {"orders": ORDERS, "customers": FILES["customers"]}.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    place = folder / "w"
    files = [str(folder / f"{name}.csv") for name in ("orders", "customers")]
    passend("import", *files, "--workspace", str(place), "--yes", "--quiet")
    return place


def explained(place: Path, who: str, *more: str) -> dict:
    said = passend("consent", "explain", who, "email", "--workspace", str(place), "--json", *more).stdout
    return json.loads(said)


@pytest.mark.parametrize("tool", EXPORTS)
def test_moving_from_another_tool(shop: Path, tmp_path: Path, tool: str):
    place = tmp_path / "w"
    place.mkdir()
    at = ("--workspace", str(place))
    passend("consent", "moved-from", tool.lower(), *at)
    assert explained(place, "a@b.de")["former_tools"] == [tool]
    file = tmp_path / "export.csv"
    file.write_text(EXPORTS[tool], "utf-8")
    [done] = json.loads(passend("consent", "import", str(file), *at, "--json").stdout)
    given = {"Mautic": 0}.get(tool, 1)
    assert done == {"tool": tool, "given": given, "refused": 1, "walls": 1, "known": 0}
    [again] = json.loads(passend("consent", "import", str(file), *at, "--json").stdout)
    assert (again["given"], again["refused"], again["walls"], again["known"]) == (0, 0, 0, given + 2)
    found = {who: explained(place, f"{who}@b.de") for who in ("a", "bo", "gone")}
    assert found["a"]["former_tools"] == []
    assert found["bo"]["ground"] == "objected"
    assert found["gone"]["ground"] == "suppressed"
    if tool == "Mailchimp":
        assert (found["a"]["may"], found["a"]["ground"]) == (True, "double opt-in")
        assert "1.2.3.4" in str(found["a"]["record"]) or found["a"]["record"].startswith("consent_words/")


def test_a_state_that_nobody_knows_imports_nothing(tmp_path: Path):
    file = tmp_path / "export.csv"
    file.write_text(EXPORTS["Klaviyo"].replace("NEVER_SUBSCRIBED", "PENDING"), "utf-8")
    at = ("--workspace", str(tmp_path / "w"))
    refused = passend("consent", "import", str(file), *at, ok=False)
    assert refused.returncode == 1
    assert "row 5" in refused.stderr
    assert "PENDING" in refused.stderr
    assert explained(tmp_path / "w", "bo@b.de")["words"] == []


def test_a_word_noted_by_hand_holds_at_once_and_is_explained(shop: Path):
    at = ("--workspace", str(shop))
    noted = ("consent", "say", "k1", "email", "--author", "Ann", *at)
    passend(*noted, "--basis", "double opt-in", "--evidence", "form 17")
    assert explained(shop, "K1")["may"]
    passend(*noted, "--no", "--evidence", "letter of 3 May")
    said = passend("consent", "explain", "k1", "email", *at).stdout
    assert "may not be written to" in said
    assert "consent_words/" in said
    german = passend("consent", "explain", "k1", "email", *at, "--language", "de").stdout
    assert "darf nicht angeschrieben werden" in german
    unknown = passend("consent", "moved-from", "Quill", *at, ok=False)
    assert "Mailchimp" in unknown.stderr
