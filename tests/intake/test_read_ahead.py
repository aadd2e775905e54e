import threading

import pytest

from passend.intake.read_ahead import ahead


def test_parts_come_in_their_order():
    assert list(ahead(iter(range(50)))) == list(range(50))


def test_an_error_comes_where_the_parts_are_taken_after_those_before_it():
    def parts():
        yield 1
        raise ValueError("cut off")

    taken = ahead(parts())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="cut off"):
        next(taken)


def test_who_stops_taking_stops_the_making():
    made = []
    before = threading.active_count()
    taken = ahead(made.append(number) or number for number in range(1000))
    assert next(taken) == 0
    taken.close()
    assert threading.active_count() == before
    assert len(made) < 10


def test_one_who_waits_for_another_stops_with_it():
    before = threading.active_count()
    taken = ahead(number * 2 for number in ahead(iter(range(1000))))
    assert [next(taken), next(taken)] == [0, 2]
    taken.close()
    assert threading.active_count() == before
