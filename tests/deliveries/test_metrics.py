"""The figures tell what waits and what people waited."""

import math

from tests.deliveries.world import World
from tocsin.deliveries.metrics import count_try, forget_waiting, measure_waiting
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.outcome import Parked, Sent, Uncertain
from tocsin.kernel.metrics import REGISTRY


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def waiting(state: str) -> tuple[float, float]:
    return (
        figure("tocsin_deliveries_waiting", state=state),
        figure("tocsin_deliveries_oldest_seconds", state=state),
    )


def measure(world: World) -> None:
    with world.write() as session:
        measure_waiting(session, now=world.now)


def test_what_waits_is_told_with_the_age_of_the_oldest(world: World) -> None:
    world.plan()
    world.passes(90)
    world.plan()

    measure(world)

    assert waiting("pending") == (2, 90)


def test_a_state_in_which_nothing_waits_any_more_is_told_as_zero(world: World) -> None:
    world.plan()
    claimed = world.must_claim()
    world.record(claimed, Parked("is_archived"))
    measure(world)
    parked = waiting("parked")[0]

    with world.write() as session:
        session.delete(session.get_one(Delivery, claimed.id))
    measure(world)

    assert (parked, waiting("parked")) == (1, (0, 0))


def test_what_waits_is_unknown_while_the_table_cannot_be_read() -> None:
    forget_waiting()

    assert math.isnan(figure("tocsin_deliveries_waiting", state="pending"))


def test_how_long_people_waited_is_counted_from_the_plan_and_not_from_the_last_try(world: World) -> None:
    world.plan()
    world.passes(40)
    claimed = world.must_claim()
    before = figure("tocsin_delivery_seconds_sum", kind="card")

    count_try(claimed, Sent("1700000000.000100"), now=world.now)

    assert figure("tocsin_delivery_seconds_sum", kind="card") - before == 40


def test_each_try_is_counted_by_what_it_came_to(world: World) -> None:
    world.plan()
    claimed = world.must_claim()
    before = figure("tocsin_delivery_tries_total", kind="card", outcome="uncertain")

    count_try(claimed, Uncertain("http_503"), now=world.now)

    assert figure("tocsin_delivery_tries_total", kind="card", outcome="uncertain") - before == 1
