"""Charts: what they show lies where its value says."""

from passend.web.charts import HIGH, WIDE, against, ends, over_time


def test_intervals_over_time_stand_in_order_and_around_zero() -> None:
    made, zero = over_time([(-3, -2, -1), (-1, 1, 3), (1, 2, 3)])
    assert [one.sign for one in made] == ["bad", "open", "good"]
    assert [one.x for one in made] == sorted(one.x for one in made)
    for one in made:
        assert 0 <= one.top < one.middle < one.bottom <= HIGH
    assert made[0].top > zero > made[2].bottom
    assert made[1].top < zero < made[1].bottom
    assert over_time([])[0] == []


def test_the_scale_of_intervals_ends_with_the_furthest_of_them_and_holds_zero() -> None:
    assert ends([(-3, -2, -1), (-1, 1, 3)]) == (3, -3)
    assert ends([(1, 2, 3)]) == (3, 0)
    assert ends([]) == (0, 0)


def test_promises_that_are_kept_lie_on_the_line_and_others_beside_it() -> None:
    made = against([(2, 1, 2, 3), (3, -1, 1, 2), (1, 2, 3, 4)])
    kept, less, more = made.points

    def on_line(x: float) -> float:
        x1, y1, x2, y2 = made.line
        return y1 + (y2 - y1) * (x - x1) / (x2 - x1)

    assert abs(kept.middle - on_line(kept.x)) < 0.2
    assert less.middle > on_line(less.x) + 1
    assert more.middle < on_line(more.x) - 1
    assert [one.sign for one in made.points] == ["good", "open", "good"]
    assert (made.low, made.high) == (-1, 4)
    for one in made.points:
        assert 0 <= one.x <= WIDE
        assert 0 <= one.top < one.middle < one.bottom <= 2 * HIGH
    assert less.middle < made.zero_y < less.bottom
