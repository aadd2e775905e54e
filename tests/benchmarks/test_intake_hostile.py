"""Spoilt files end well; the benchmark tries many more of them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.intake_hostile import outcome, spoilt


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**6))
def test_a_spoilt_file_is_refused_with_a_remedy_or_its_counts_add_up(seed):
    assert spoilt(seed) == spoilt(seed)
    assert outcome(seed) in ("imported", "refused")
