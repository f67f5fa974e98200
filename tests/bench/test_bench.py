"""The benchmark runs at any size, checks before it times, and says plainly what was met."""

import pytest

from embexplore import bench
from embexplore.bench.contest import Contest, Goal, Row, WrongAnswer, demand, race
from embexplore.errors import InvalidInput


@pytest.mark.parametrize("name", bench.names())
def test_a_row_is_right_and_runs_at_a_small_size(name):
    (row,) = [row for row in bench.run([name], scale=0.004, rounds=1) if row.name == name]
    assert row.ours > 0
    assert row.peers
    assert all(seconds > 0 for seconds in row.peers.values())
    assert row.goals


def test_a_wrong_answer_is_not_timed():
    timed = []
    contest = Contest(lambda: timed.append(1), lambda: demand(False, "sum"))
    with pytest.raises(WrongAnswer, match="sum: differs"):
        race("sum", contest, 3)
    assert not timed


def test_goals_are_measured_against_what_they_name():
    peers = {"slow": 8.0, "fast": 4.0}
    assert Goal("times", 4).ratio(1.0, None, peers) == 1
    assert Goal("times", 4, "slow").ratio(1.0, None, peers) == 2
    assert Goal("times", 4, "absent").ratio(1.0, None, peers) is None
    assert Goal("limit", 0.5).ratio(1.0, 0.25, peers) == 0.5
    assert Goal("limit", 0.5).ratio(1.0, None, peers) is None
    assert Goal("seconds", 3).ratio(2.0, None, peers) == 1.5


def test_the_table_tells_met_from_missed_and_from_unknown():
    goals = (Goal("times", 2), Goal("limit", 0.5), Goal("times", 3, "absent"))
    text = bench.format_table([Row("work", 0.010, 0.004, {"numpy": 0.030}, goals)])
    lines = text.splitlines()
    assert lines[2].split()[-1] == "yes"
    assert lines[3].endswith("no (80%)")
    assert lines[4].split()[-1] == "–"
    assert "numpy 30.0 ms" in text
    assert "3.0×" in text
    assert "4.0 ms (40%)" in text


def test_a_row_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InvalidInput, match="change of two years"):
        bench.run(["teleport"])
