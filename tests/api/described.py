"""Every operation that the interface describes, called with what fits the description and with what does not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode

from tests.api.conftest import Shop

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass
class Tried:
    """What became of the calls.

    Attributes:
        calls: how many.
        statuses: how often each came back.
        broken: calls that were answered with 5xx, or with an error that is no problem+json.
    """

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def operations(shop: Shop) -> list[Any]:
    """All that is described."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", shop.client.app)
    return [found.ok() for found in schema.get_all_operations()]


def tried(shop: Shop, operation: Any, examples: int, number: int = 1) -> Tried:
    """Call one operation with so many examples of each kind; the same number calls the same."""
    seen = Tried()
    for mode in MODES:

        @seed(number)
        @settings(
            max_examples=examples, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def once(case: Any) -> None:
            answer = case.call(headers=shop.headers("administrator"))
            seen.calls += 1
            seen.statuses[answer.status_code] += 1
            kind = " ".join(answer.headers.get("content-type", [""]))
            if answer.status_code >= 500 or (answer.status_code >= 400 and "problem+json" not in kind):
                seen.broken.append(f"{answer.status_code} {kind}: {case.as_curl_command()[:300]}")

        once()
    return seen
