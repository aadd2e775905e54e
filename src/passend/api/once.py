"""The same call twice does its work once: Idempotency-Key, kept for a day with the answer."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import Response

from passend.api.access import Door
from passend.api.problems import Problem
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.once import claim, forget, keep_answer

KEPT = timedelta(hours=24)
_LONGEST = 200


def once(request: Request, body: Any, work: Callable[[], Any], status: int = 200) -> Response:
    """Do the work and keep its answer; where the call came before, give that answer.

    Args:
        request: with or without an Idempotency-Key.
        body: of the call; the same key with another body is an error of the caller.
        work: does it.
        status: of a good answer.
    """
    said = request.headers.get("idempotency-key", "")
    if not said:
        return _json(jsonable_encoder(work()), status)
    if len(said) > _LONGEST:
        raise Problem(422, f"An Idempotency-Key has at most {_LONGEST} characters.")
    door: Door = request.app.state.door
    store, now = door.desk.store, utc_now()
    key = f"{request.state.key.id}/{said}"
    asked = json.dumps([request.url.path, jsonable_encoder(body)], sort_keys=True)
    call = hashlib.sha256(asked.encode()).hexdigest()
    known = claim(store, key, call, now, KEPT)
    if known is not None:
        if known.call != call:
            raise Problem(422, "This Idempotency-Key was used for another call.")
        if not known.status:
            raise Problem(409, "The same call is being worked on.", {"Retry-After": "1"})
        return Response(known.body, known.status, {"Idempotent-Replayed": "true"}, "application/json")
    try:
        answer = _json(jsonable_encoder(work()), status)
    except BaseException:
        forget(store, key)
        raise
    keep_answer(store, key, status, bytes(answer.body).decode())
    return answer


def _json(value: Any, status: int) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, media_type="application/json")
