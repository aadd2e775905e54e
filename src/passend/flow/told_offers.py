"""Offers as people read them: tables keep their reasons in English, files tell them in the firm's language."""

import pyarrow as pa
import pyarrow.compute as pc

from passend.language import chosen, retold


def with_told_reasons(offers: pa.Table) -> pa.Table:
    """The offers with their reasons in the language that is spoken; each different reason is told once."""
    if chosen() == "en":
        return offers
    reasons = pc.dictionary_encode(offers["reason"].combine_chunks())
    told = pa.array([retold(one) for one in reasons.dictionary.to_pylist()], pa.string())
    place = offers.schema.get_field_index("reason")
    return offers.set_column(place, "reason", told.take(reasons.indices))
