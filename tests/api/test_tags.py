"""Answers carry a tag; who has them already gets a few bytes, and what tells of a person is kept by nobody."""

from tests.api.conftest import Shop


def test_the_same_answer_again_costs_a_few_bytes(shop: Shop) -> None:
    headers = shop.headers("viewer")
    first = shop.client.get("/v1/state", headers=headers)
    assert first.status_code == 200
    again = shop.client.get(
        "/v1/state", headers={**headers, "If-None-Match": f'W/{first.headers["etag"]}, "x"'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-content-type-options"] == "nosniff"
    other = shop.client.get("/v1/state", headers={**headers, "If-None-Match": '"x"'})
    assert (other.status_code, other.json()) == (200, first.json())


def test_what_tells_of_a_person_has_no_tag(shop: Shop) -> None:
    answer = shop.client.get("/v1/customers/c1/holdout", headers=shop.headers("shop"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_mistakes_have_no_tag(shop: Shop) -> None:
    answer = shop.client.get("/v1/products/nothing-of-it", headers=shop.headers("viewer"))
    assert answer.status_code == 422
    assert "etag" not in answer.headers
