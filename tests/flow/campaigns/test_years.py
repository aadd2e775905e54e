"""A year of a firm: whatever people do and whoever pauses or edits, no message breaks a promise."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flow.campaigns.years import played


@settings(max_examples=settings.default.max_examples // 60)
@given(seed=st.integers(0, 2**32))
def test_no_message_leaves_outside_consent_caps_quiet_hours_hold_out_and_expiry(
    tmp_path_factory, seed: int
) -> None:
    played(tmp_path_factory.mktemp("years"), seed, turns=60)
