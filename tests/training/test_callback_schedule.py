"""Schedules: the value in every epoch, for trainings of any length; what is refused."""

import pytest

from tinyq.core.errors import TrainError
from tinyq.training.callbacks import Schedule

POINTS = [[0, 0.9], [0.5, 0.95], [0.8, 1.0]]


def test_each_point_rules_from_its_fraction_on() -> None:
    schedule = Schedule(POINTS)
    assert [schedule.at(epoch, 10) for epoch in range(10)] == [0.9] * 5 + [0.95] * 3 + [1.0] * 2
    assert [schedule.number(epoch, 10) for epoch in range(10)] == [0] * 5 + [1] * 3 + [2] * 2
    assert schedule.values == (0.9, 0.95, 1.0)


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 7, 10, 30, 1000])
def test_the_last_point_rules_the_last_epoch_whatever_their_number(epochs: int) -> None:
    schedule = Schedule([[0, 1], [0.1, 2], [0.999, 3]])
    values = [schedule.at(epoch, epochs) for epoch in range(epochs)]
    assert values[-1] == 3
    assert values == sorted(values)


def test_a_fraction_that_is_a_whole_epoch_is_not_lost_to_rounding() -> None:
    for epochs in range(10, 200, 10):
        schedule = Schedule([[0, 0], [0.7, 1]])
        assert schedule.at(epochs * 7 // 10 - 1, epochs) == 0
        assert schedule.at(epochs * 7 // 10, epochs) == 1


@pytest.mark.parametrize(
    "points",
    [
        *([], [[0.1, 1]], [[0, 1], [1.0, 2]], [[0, 1], [0.5, 2], [0.5, 3]], [[0, 1], [-0.5, 2]]),
        *([[0, 1], [0.5]], [0, 1], 0.9, [[0, None]], [["half", 1]], [[0, 1], [float("nan"), 2]]),
    ],
)
def test_what_is_no_rising_sequence_of_points_is_refused(points: object) -> None:
    with pytest.raises(TrainError, match="a schedule"):
        Schedule(points)
