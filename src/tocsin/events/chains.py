"""In which order the exceptions of an event count: a chain as it was raised, a group by what its members are."""

from collections.abc import Sequence

from tocsin.events.schema import ExceptionValue, Mechanism


def order_of(exceptions: Sequence[ExceptionValue], lines: Sequence[Sequence[str]]) -> list[int]:
    """The places of `exceptions` in the order in which they count, causes first; `lines` say what each one is.

    Members of an exception group were raised side by side, so the order in which they came says nothing, nor does how
    many of a kind there are. Which is whose member stands in `exception_id` and `parent_id`:
    https://develop.sentry.dev/sdk/data-model/event-payloads/exception/#exception-mechanism
    """
    mechanisms = [exception.mechanism for exception in exceptions]
    if not any(mechanism and mechanism.is_exception_group for mechanism in mechanisms):
        return list(range(len(exceptions)))
    places = _places_by_id(mechanisms)
    if places is None:
        return list(range(len(exceptions)))
    return _walk(mechanisms, places, lines)


def _places_by_id(mechanisms: Sequence[Mechanism | None]) -> dict[int, int] | None:
    """The place of each `exception_id`; None unless they form a tree, in which a parent has the smaller id."""
    places: dict[int, int] = {}
    for place, mechanism in enumerate(mechanisms):
        if mechanism is None or mechanism.exception_id is None or mechanism.exception_id in places:
            return None
        if mechanism.parent_id is not None and mechanism.parent_id >= mechanism.exception_id:
            return None
        places[mechanism.exception_id] = place
    parents = {mechanism.parent_id for mechanism in mechanisms if mechanism and mechanism.parent_id is not None}
    return places if parents <= places.keys() else None


def _walk(mechanisms: Sequence[Mechanism | None], places: dict[int, int], lines: Sequence[Sequence[str]]) -> list[int]:
    """Children count before their parents and have the larger ids: one walk from the last id to the first will do."""
    children: dict[int, list[list[int]]] = {}
    roots: list[list[int]] = []
    for id_ in sorted(places, reverse=True):
        place = places[id_]
        mechanism = mechanisms[place]
        assert mechanism is not None
        below = children.pop(id_, [])
        if mechanism.is_exception_group:
            below = _each_kind_once(below, lines)
        branch = [*(each for branch in below for each in branch), place]
        (roots if mechanism.parent_id is None else children.setdefault(mechanism.parent_id, [])).append(branch)
    return [each for root in roots for each in root]


def _each_kind_once(branches: list[list[int]], lines: Sequence[Sequence[str]]) -> list[list[int]]:
    kinds = {tuple(line for place in branch for line in lines[place]): branch for branch in branches}
    return [kinds[kind] for kind in sorted(kinds)]
