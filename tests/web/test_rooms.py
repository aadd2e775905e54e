"""What the rooms tell of a small shop, and what people can change in them."""

import html
import re
import time

from passend.flow.editing import edits
from passend.web.rooms.finding import DEEP
from tests.web.conftest import Site, token_of
from tests.web.shops import HOSTILE, customer_path


def text_of(page: str) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_products_are_found_and_shown_with_their_evidence(planned: Site) -> None:
    client = planned.client("viewer")
    rows = planned.desk.workspace().read("relations").to_pylist()
    first = rows[0]
    listed = client.get(f"/products?wanted={first['product_id']}")
    assert f"/products/at/{first['product_id']}" in listed.text
    part = client.get("/products?wanted=zzzz", headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "Nothing fits" in part.text
    shown = text_of(client.get(f"/products/at/{first['product_id']}").text)
    assert first["other_id"] in shown
    assert "Your word" not in shown  # a viewer changes nothing
    assert client.get("/products/at/nothing").status_code == 422
    drawn = client.get("/products/map").text
    assert drawn.count("<circle") >= 4 + 2  # beside the two of the mark and the icons


def test_what_is_likely_and_not_proved_is_shown_as_such(planned: Site) -> None:
    likely = planned.desk.workspace().read("likely_relations").to_pylist()
    assert likely
    shown = text_of(planned.client("viewer").get(f"/products/at/{likely[0]['product_id']}").text)
    assert "Likely goes together; not proved" in shown
    assert likely[0]["other_id"] in shown


def test_a_persons_word_is_kept_and_taken_back(planned: Site) -> None:
    client = planned.client("manager")
    row = planned.desk.workspace().read("relations").to_pylist()[0]
    form = {
        "form_token": token_of(client), "product": row["product_id"], "other": row["other_id"], "what": "forbid",
        "note": "They do not go together.",
    }  # fmt: skip
    assert client.post("/products/word", data={**form, "note": " "}).status_code == 422
    answer = client.post("/products/word", data=form)
    assert answer.status_code == 303
    known = edits(planned.desk.workspace()).to_pylist()
    assert [(one["action"], one["author"]) for one in known] == [("forbid", "manager@shop.example")]
    shown = client.get(answer.headers["location"]).text
    state = re.search(r'name="state" value="(\d+)"', shown)[1]
    assert "They do not go together." in client.get("/products/words").text
    undo = {"form_token": token_of(client), "product": row["product_id"], "state": state}
    assert client.post("/products/undo", data=undo).status_code == 303
    assert edits(planned.desk.workspace()).num_rows == 0
    assert client.post("/products/undo", data=undo).status_code == 409  # once is enough
    assert client.post("/products/undo", data={**undo, "state": "²"}).status_code == 409
    # The number of an import or a plan is no word on a pair: nobody undoes that here.
    number = str(planned.desk.workspace().manifest.number)
    assert client.post("/products/undo", data={**undo, "state": number}).status_code == 409


def test_a_word_is_released_long_after(planned: Site) -> None:
    client = planned.client("manager")
    rows = planned.desk.workspace().read("relations").to_pylist()
    row = rows[0]
    noted = next(one for one in rows if row["product_id"] not in (one["product_id"], one["other_id"]))[
        "product_id"
    ]
    form = {
        "form_token": token_of(client), "product": row["product_id"], "other": row["other_id"], "what": "forbid",
        "note": "They do not go together.",
    }  # fmt: skip
    client.post("/products/word", data=form)
    client.post("/products/word", data={**form, "other": noted, "what": "annotate"})
    listed = client.get("/products/words").text
    assert listed.count('value="release"') == 1  # a note holds nothing
    client.post("/products/word", data={**form, "what": "release", "note": "taken back"})
    assert 'value="release"' not in client.get("/products/words").text
    said = sorted(one["action"] for one in edits(planned.desk.workspace()).to_pylist())
    assert said == ["annotate", "forbid", "release"]


def test_the_map_shows_what_is_asked_for(planned: Site) -> None:
    client = planned.client("viewer")
    rows = planned.desk.workspace().read("relations").to_pylist()
    pairs = [row for row in rows if row["type"] == "complement" and row["evidence"] != "neighbours"]
    product = pairs[0]["product_id"]
    around = client.get("/products/map", params={"around": product}).text
    drawn = set(re.findall(r'<td><a href="/products/at/([^"]+)"', around))
    neighbours = {row["other_id"] for row in pairs if row["product_id"] == product}
    assert drawn == {product} | neighbours
    assert 'class="edge likely"' not in around
    likely = client.get("/products/map?grade=likely").text
    assert 'class="edge likely"' in likely
    most = max(row["strength"] for row in pairs)
    assert "No relation is like that" in client.get("/products/map", params={"least": most + 1}).text
    assert "No relation is like that" in client.get("/products/map", params={"around": "zzzz"}).text


def test_a_customer_is_found_by_form_and_shown_whole(planned: Site) -> None:
    client = planned.client("staff")
    offers = planned.desk.workspace().read("offers").to_pylist()
    made = next(one for one in offers if one["chosen"])
    found = client.post("/customers", data={"form_token": token_of(client), "wanted": made["customer_id"]})
    path = re.search(r'<th scope="row"><a href="(/customers/[^"]+)"', found.text)[1]
    assert made["customer_id"] not in path
    shown = text_of(client.get(path).text)
    assert made["customer_id"] in shown
    assert "May we contact them?" in shown
    assert client.get("/customers/none").status_code == 404
    assert client.post(f"{path}/export", data={"form_token": token_of(client)}).status_code == 403


def test_a_person_decides_how_a_customer_is_treated(planned: Site) -> None:
    client = planned.client("manager")
    path, number = customer_path(planned)
    form = {"form_token": token_of(client), "verdict": "leave alone", "reason": "asked us to"}
    assert client.post(f"{path}/treat", data=form).status_code == 303
    verdicts = planned.desk.workspace().read("verdicts").to_pylist()
    assert next(one for one in verdicts if one["customer_id"] == number)["is_by_person"]
    assert "asked us to" in client.get(path).text


def test_the_search_shows_nobody_to_whom_it_may_not(planned: Site) -> None:
    _, number = customer_path(planned)
    for role, sees in (("viewer", False), ("staff", True)):
        client = planned.client(role)
        told = client.post(
            "/search",
            data={"form_token": token_of(client), "wanted": number},
            headers={"hx-request": "true"},
        )
        assert (number in told.text) is sees, role


def test_every_page_is_found_without_a_word_by_those_who_may_see_it(planned: Site) -> None:
    for role in ("viewer", "staff", "manager", "administrator"):
        client = planned.client(role)
        form = {"form_token": token_of(client), "wanted": ""}
        told = client.post("/search", data=form, headers={"hx-request": "true"}).text
        paths = re.findall(r'href="([^"]+)"', told)
        assert paths[0] == "/"
        assert ("/settings/keys" in paths) is (role == "administrator")
        for path in paths:
            assert client.get(path).status_code == 200, (role, path)
        hidden = [path for path, _, _ in DEEP if path not in paths]
        assert {client.get(path).status_code for path in hidden} <= {403}, (role, hidden)


def test_hostile_names_do_nothing(planned: Site) -> None:
    client = planned.client("administrator")
    for path in ("/products", "/products/map", "/", f"/products/at/{HOSTILE[0]}"):
        told = client.get(path).text
        assert "<script>alert" not in told, path
        assert "<img src=x" not in told, path
    assert html.escape(HOSTILE[1]) in client.get("/products?wanted=alert").text


def test_nothing_personal_stands_in_an_address(planned: Site) -> None:
    """Every link of every page of a customer: no number, no e-mail address."""
    client = planned.client("administrator")
    path, number = customer_path(planned)
    for told in (client.get(path).text, client.get(f"{path}/erase").text):
        links = re.findall(r'(?:href|action|hx-post|hx-get)="([^"]*)"', told)
        assert links
        assert not [one for one in links if number in one or "@" in one]


def test_a_customer_is_exported_and_erased(planned: Site) -> None:
    client = planned.client("administrator")
    path, number = customer_path(planned, place=1)
    told = client.post(f"{path}/export", data={"form_token": token_of(client)})
    assert "attachment" in told.headers["content-disposition"]
    assert {row["customer_id"] for row in told.json()["customer_facts"]} == {number}
    assert client.post(f"{path}/erase", data={"form_token": token_of(client)}).status_code == 422
    gone = client.post(f"{path}/erase", data={"form_token": token_of(client), "sure": "yes"})
    assert gone.status_code == 200
    assert "customer_facts" in gone.text
    assert client.get(path).status_code == 404


def test_rules_are_checked_before_they_are_kept(planned: Site) -> None:
    client = planned.client("manager")
    form = {"form_token": token_of(client), "text": "customer:\n  most_offers: 2\n"}
    for bad in ("customer:\n  most_offers: -1\n", "nonsense: 1\n", "customer: ["):
        told = client.post("/decisions/rules", data={**form, "text": bad})
        assert told.status_code == 200
        assert 'role="alert"' in told.text
    file = planned.desk.folder / "rules.yaml"
    assert not file.exists()
    client.post("/decisions/rules", data={**form, "check": "1"})
    assert not file.exists()
    assert client.post("/decisions/rules", data=form).status_code == 303
    assert file.read_text("utf-8") == form["text"]
    file.unlink()


def tried(site: Site, client, **fields: str):
    """The work that tries limits out, after its end."""
    answer = client.post("/decisions/what-if", data={"form_token": token_of(client), **fields})
    assert answer.status_code == 303, text_of(answer.text)
    work = site.app.state.works.find(answer.headers["location"].rpartition("/")[2])
    assert work.ended.wait(60)
    assert work.problem is None, work.problem
    return work


def test_what_cannot_be_tried_comes_back_beside_its_field(planned: Site) -> None:
    client = planned.client("manager")
    client.headers["accept-language"] = "de"
    form = {"form_token": token_of(client), "offers": "x", "discount": "10 %", "more": "dance=1"}
    told = client.post("/decisions/what-if", data=form)
    assert told.status_code == 422
    assert 'value="x"' in told.text
    assert 'value="10 %"' in told.text
    assert re.search(r'id="offers-problem">Erlaubt: eine ganze Zahl von 0 bis 100', told.text)
    assert 'id="discount-problem"' not in told.text
    assert "dance" in re.search(r'id="more-problem">([^<]+)', told.text)[1]
    assert client.post("/decisions/what-if", data={"form_token": token_of(client)}).status_code == 422


def test_what_is_tried_out_is_seen_by_who_tried_it(planned: Site) -> None:
    client = planned.client("manager")
    client.headers["accept-language"] = "de"
    before = planned.desk.workspace().manifest.number
    work = tried(planned, client, budget="1.000", explore="10 %", discount="5")
    assert work.result.changes == ("budget.money=1000", "explore.share=0.1", "values.discount_share=0.05")
    assert planned.client("administrator").get(work.then).status_code == 404
    assert planned.desk.workspace().manifest.number == before
    told = text_of(client.get(work.then).text)
    assert "Höchster Nachlass" in told
    assert "5,0 %" in told


def test_limits_that_were_tried_are_put_in_force_and_taken_back(planned: Site) -> None:
    client, file = planned.client("manager"), planned.desk.folder / "rules.yaml"
    form = {"form_token": token_of(client)}
    work = tried(planned, client, offers="1", gap="3")
    assert not file.exists()
    kept = client.post(f"{work.then}/keep", data=form)
    assert kept.headers["location"] == "/decisions/rules?done=in-force"
    assert file.read_text("utf-8") == "customer:\n  gap_days: 3\n  most_offers: 1\n"
    shown = client.get(kept.headers["location"]).text
    assert 'action="/decisions/plan"' in shown
    assert 'action="/decisions/rules/back"' in shown
    assert text_of(client.get("/decisions/what-if").text).count("Now: 1.") == 1
    log = text_of(planned.client("administrator").get("/settings/changes?subject=rules").text)
    assert "manager@shop.example" in log
    client.post("/decisions/rules/back", data=form)
    assert not file.exists()


def test_without_rules_the_page_names_the_channels_in_use(planned: Site) -> None:
    told = text_of(planned.client("manager").get("/decisions/rules").text)
    assert (
        "offers are made on these channels, everywhere only to those who may get them: email, onsite" in told
    )


def uploaded(client, **files: bytes) -> str:
    """Where files lead that were brought."""
    parts = [("files", (name.replace("_", "."), content)) for name, content in files.items()]
    told = client.post("/data/files", data={"form_token": token_of(client)}, files=parts)
    assert told.status_code == 303, told.text
    return told.headers["location"]


ORDERS = b"order_id,customer_id,product_id,order_date,quantity,unit_price\n" + b"".join(
    b"n%d,c%d,a%d,2026-01-%02d,1,9.50\n" % (n, n % 9, n % 5, 1 + n % 28) for n in range(120)
)


def test_files_are_looked_at_before_anything_is_kept(planned: Site) -> None:
    client = planned.client("manager")
    before = planned.desk.workspace().manifest.number
    path = uploaded(client, new_csv=ORDERS, broken_csv=b"a,b\n1,2\n")
    shown = client.get(path)
    assert "article number" in shown.text
    assert "new.csv" in shown.text
    assert 'role="alert"' in shown.text  # the other one cannot be read
    assert 'value="import"' not in shown.text
    again = {
        "form_token": token_of(client),
        "what": "again",
        "kind/new.csv": "orders",
        "mean/new.csv/quantity": "unit_price",
    }
    assert client.post(path, data=again).status_code == 200
    assert planned.desk.workspace().manifest.number == before
    assert client.get("/data/files/none").status_code == 422


def test_an_import_accounts_for_every_row_and_leaves_no_file_behind(planned: Site) -> None:
    client = planned.client("manager")
    path = uploaded(client, new_csv=ORDERS)
    answer = client.post(path, data={"form_token": token_of(client), "what": "import", "accept": "1"})
    work = planned.app.state.works.find(answer.headers["location"].rpartition("/")[2])
    until = time.monotonic() + 60
    while work.ended_at is None and time.monotonic() < until:
        time.sleep(0.05)
    assert work.problem is None, work.problem
    told = text_of(client.get(work.then).text)
    assert "new.csv" in told
    assert "120" in told
    assert not (planned.desk.folder / "uploads" / path.rpartition("/")[2]).exists()
    assert "new.csv" in client.get("/data").text


def test_a_file_leads_nowhere_else(planned: Site) -> None:
    client = planned.client("manager")
    for name in ("../../evil.csv", "..\\evil.csv", "/etc/evil.csv"):
        parts = [("files", (name, ORDERS))]
        told = client.post("/data/files", data={"form_token": token_of(client)}, files=parts)
        folder = planned.desk.folder / "uploads" / told.headers["location"].rpartition("/")[2]
        assert [one.name for one in folder.iterdir()] == ["evil.csv"]
    assert (
        client.post(
            "/data/files", data={"form_token": token_of(client)}, files=[("files", ("x.csv", b""))]
        ).status_code
        == 422
    )


def test_people_and_keys_are_kept_by_the_administrator(planned: Site) -> None:
    client = planned.client("administrator")
    token = token_of(client)
    form = {"form_token": token, "name": "New@shop.example", "secret": "three odd words", "role": "staff"}
    assert client.post("/settings/people", data=form).status_code == 303
    assert client.post("/settings/people", data=form).status_code == 422
    told = client.get("/settings/people").text
    assert "new@shop.example" in told
    out = {"form_token": token, "name": "new@shop.example", "what": "disable"}
    assert client.post("/settings/people/change", data=out).status_code == 303
    login = {"name": "new@shop.example", "password": "three odd words"}
    assert planned.client().post("/login", data=login).status_code == 401
    made = client.post("/settings/keys", data={"form_token": token, "name": "till", "role": "shop"}).text
    secret = re.search(r"sk_[\w-]+", made)[0]
    assert secret not in client.get("/settings/keys").text
    number = re.search(r'name="number" value="(\w+)"', client.get("/settings/keys").text)[1]
    end = {"form_token": token, "number": number, "what": "revoke"}
    assert client.post("/settings/keys/change", data=end).status_code == 303
    log = text_of(client.get("/settings/changes").text)
    assert "user new@shop.example" in log
    assert secret not in log


def test_a_person_changes_their_own_password_and_stays(planned: Site) -> None:
    client = planned.client("viewer")
    form = {"form_token": token_of(client), "old": "wrong words here", "new": "three newer words"}
    assert client.post("/settings/password", data=form).status_code == 422
    assert client.post("/settings/password", data={**form, "old": "three odd words"}).status_code == 303
    login = {"name": "viewer@shop.example", "password": "three newer words"}
    assert planned.client().post("/login", data=login).status_code == 303


def test_assumptions_are_changed_in_the_firms_file(planned: Site) -> None:
    client = planned.client("manager")
    form = {"form_token": token_of(client), "name": "results.window_days", "value": "45"}
    assert client.post("/settings/assumptions", data=form).status_code == 303
    assert planned.desk.workspace().settings["results.window_days"] == 45
    assert planned.desk.workspace().settings["decisions.salt"] == "of-the-tests"
    for bad in ({"value": "x"}, {"name": "decisions.salt"}, {"name": "store.url"}, {"name": "nothing"}):
        assert client.post("/settings/assumptions", data={**form, **bad}).status_code == 422, bad
    assert "45" in client.get("/settings/assumptions").text
