"""Charts: what they show lies where its value says."""

from passend.web.charts import HIGH, over_time


def test_intervals_over_time_stand_in_order_and_around_zero() -> None:
    made, zero = over_time([(-3, -2, -1), (-1, 1, 3), (1, 2, 3)])
    assert [one.sign for one in made] == ["bad", "open", "good"]
    assert [one.x for one in made] == sorted(one.x for one in made)
    for one in made:
        assert 0 <= one.top < one.middle < one.bottom <= HIGH
    assert made[0].top > zero > made[2].bottom
    assert made[1].top < zero < made[1].bottom
    assert over_time([])[0] == []
