"""Lanes and doors: a flood of one project delays and refuses nobody else."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tocsin.ingest.doors import BYTES_AT_MOST, SHUT_AT_MOST, SHUT_SECONDS, WAITING_AT_MOST, Doors
from tocsin.ingest.errors import OverloadedError
from tocsin.ingest.lanes import SHARE, TOGETHER_SECONDS, Lanes
from tocsin.kernel.ids import ProjectId

FLOOD, CALM, OTHER = ProjectId(1), ProjectId(2), ProjectId(3)


@dataclass(frozen=True)
class Piece:
    project_id: ProjectId
    number: int
    size: int = 1


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def filled(*pieces: Piece) -> Lanes[Piece]:
    lanes: Lanes[Piece] = Lanes()
    for piece in pieces:
        lanes.put(piece)
    lanes.end()
    return lanes


def take_along(lanes: Lanes[Piece], batch: Sequence[Piece], most: int) -> list[Piece]:
    """All that goes along with `batch`."""
    has = Counter[ProjectId]()
    for piece in batch:
        has[piece.project_id] += piece.size
    more: list[Piece] = []
    while (piece := lanes.take_along(has, most)) is not None:
        has[piece.project_id] += piece.size
        more.append(piece)
    return more


def test_lanes_take_turns_and_keep_their_own_order() -> None:
    lanes = filled(*(Piece(FLOOD, number) for number in range(4)), Piece(CALM, 0), Piece(CALM, 1))

    taken = [lanes.take() for _ in range(7)]

    assert [piece and (piece.project_id, piece.number) for piece in taken] == [
        (FLOOD, 0),
        (CALM, 0),
        (FLOOD, 1),
        (CALM, 1),
        (FLOOD, 2),
        (FLOOD, 3),
        None,
    ]


def test_what_does_not_fit_has_its_turn_first_in_the_next_batch() -> None:
    large = Piece(FLOOD, 0, size=10)
    lanes = filled(large, Piece(CALM, 0))

    too_little = take_along(lanes, [], 9)
    enough = take_along(lanes, [], 10)

    assert (too_little, enough) == ([], [large])


def test_a_project_that_reports_alone_may_fill_the_batch() -> None:
    lanes = filled(*(Piece(FLOOD, number) for number in range(60)))

    more = take_along(lanes, [Piece(FLOOD, 60)], 50)

    assert len(more) == 49


def test_of_projects_that_report_together_none_has_more_than_its_share_of_a_batch() -> None:
    first = Piece(FLOOD, 100)
    lanes = filled(*(Piece(FLOOD, number) for number in range(60)), *(Piece(CALM, number) for number in range(2)))

    batch = [first, *take_along(lanes, [first], 50)]
    following = take_along(lanes, [], 50)

    assert Counter(piece.project_id for piece in batch) == {FLOOD: SHARE, CALM: 2}
    assert Counter(piece.project_id for piece in following) == {FLOOD: SHARE}


def test_a_batch_that_is_tried_again_goes_on_with_the_shares_that_were_taken() -> None:
    lanes = filled(*(Piece(FLOOD, number) for number in range(60)), Piece(CALM, 0))
    batch = take_along(lanes, [], 50)

    more = take_along(lanes, batch, 50)

    assert (len(batch), more) == (SHARE + 1, [])


def test_who_has_been_alone_for_a_while_may_fill_the_batch_again() -> None:
    hand = Hand()
    lanes: Lanes[Piece] = Lanes(hand)
    lanes.put(Piece(CALM, 0))
    for number in range(60):
        lanes.put(Piece(FLOOD, number))

    hand.now += TOGETHER_SECONDS
    more = take_along(lanes, [], 50)

    assert len(more) == 50


def test_who_waits_for_work_gets_what_another_thread_puts() -> None:
    lanes: Lanes[Piece] = Lanes()
    putting = threading.Timer(0.02, lanes.put, [Piece(CALM, 7)])

    putting.start()
    taken = lanes.take()

    assert taken == Piece(CALM, 7)
    putting.join()


def test_a_batch_may_wait_for_what_is_about_to_come() -> None:
    lanes: Lanes[Piece] = Lanes()
    putting = threading.Timer(0.02, lanes.put, [Piece(CALM, 7)])

    putting.start()
    taken = lanes.take_along(Counter(), 50, seconds=60)

    assert taken == Piece(CALM, 7)
    putting.join()


def flood(doors: Doors) -> int:
    """Let one event after the other wait until no more may; gives how many do."""
    for number in range(WAITING_AT_MOST + 1):
        try:
            doors.enter(FLOOD, 1, 1)
        except OverloadedError:
            return number
    raise AssertionError("nothing bounds it")


def test_a_flood_fills_half_and_leaves_room_for_everybody_else() -> None:
    doors = Doors()

    filled = flood(doors)
    doors.enter(CALM, 1000, 1)
    doors.enter(OTHER, 500, 1)

    assert filled == WAITING_AT_MOST // 2


def test_few_but_large_events_are_bounded_too() -> None:
    doors = Doors()
    doors.enter(FLOOD, 1, BYTES_AT_MOST // 2)

    with pytest.raises(OverloadedError):
        doors.enter(FLOOD, 1, 1)


def test_what_was_stored_makes_room() -> None:
    hand = Hand()
    doors = Doors(hand)
    waiting = flood(doors)

    doors.leave(FLOOD, waiting, waiting)
    hand.now += SHUT_SECONDS

    doors.require_open(FLOOD)
    assert (doors.waiting, flood(doors)) == (0, waiting)


def test_who_floods_finds_the_door_shut_for_as_long_as_was_said_and_nobody_else_does() -> None:
    hand = Hand()
    doors = Doors(hand)
    flood(doors)

    hand.now += 1.5
    with pytest.raises(OverloadedError) as refused:
        doors.require_open(FLOOD)
    doors.require_open(CALM)

    assert (refused.value.seconds, refused.value.scope) == (4, "project")


def test_who_floods_again_and_again_is_shut_out_for_longer_and_forgiven_in_time() -> None:
    hand = Hand()
    doors = Doors(hand)
    told: list[int] = []
    flood(doors)

    for pause in (0, 0, 0, 0, 0, SHUT_AT_MOST):
        with pytest.raises(OverloadedError) as refused:
            doors.enter(FLOOD, 1, 1)
        told.append(refused.value.seconds)
        hand.now += refused.value.seconds + pause

    with pytest.raises(OverloadedError) as forgiven:
        doors.enter(FLOOD, 1, 1)
    assert (told, forgiven.value.seconds) == ([5, 10, 20, 40, 60, 60], 5)
