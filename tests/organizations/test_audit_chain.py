"""The chain of the audit log as pure functions: whatever is done to it, the first break is found and named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.organizations.audit_chain import (
    EMPTY,
    Break,
    Head,
    Link,
    Tampering,
    canonical,
    find_break,
    find_missing_head,
    seal,
)

WORDS = st.text(max_size=20)
CHAINS = st.lists(WORDS, min_size=1, max_size=8)


def chain_of(contents: Sequence[str]) -> list[Link]:
    """A whole chain; the ids of its entries are 101, 102, ..."""
    reached, links = EMPTY, []
    for number, content in enumerate(contents, start=1):
        made = seal(canonical({"id": 100 + number, "says": content}), number, reached.hash)
        links.append(Link(100 + number, canonical({"id": 100 + number, "says": content}), number, reached.hash, made))
        reached = Head(number, made)
    return links


def head_of(links: Sequence[Link]) -> Head:
    return Head(links[-1].sequence, links[-1].hash)


def look(links: Sequence[Link], head: Head | None) -> Break | None:
    """What verifying finds; the database gives entries by number and id."""
    ordered = sorted(links, key=lambda link: (link.sequence, link.entry_id))
    return find_break(lambda: ordered, head)


def renumbered(links: Sequence[Link], by: int) -> list[Link]:
    return [replace(link, sequence=link.sequence + by) for link in links]


def forged(after: Link, number: int, content: str = "a lie") -> Link:
    """An entry that somebody made up and sealed well."""
    return Link(999, content, number, after.hash, seal(content, number, after.hash))


@given(CHAINS)
def test_a_chain_that_nobody_touched_is_whole(contents):
    links = chain_of(contents)

    assert look(links, head_of(links)) is None


def test_an_empty_chain_is_whole():
    assert look([], None) is None


@given(CHAINS, st.data())
def test_any_change_of_what_an_entry_says_is_found_where_it_was_made(contents, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    says = data.draw(WORDS.map(lambda word: canonical({"says": word})))
    tampered = [*links[:place], replace(links[place], content=says), *links[place + 1 :]]

    assert look(tampered, head_of(links)) == Break(Tampering.ALTERED, place + 1, 101 + place)


@given(CHAINS, st.data())
def test_an_entry_that_was_changed_and_sealed_anew_is_found(contents, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    old = links[place]
    new = replace(old, content="a lie", hash=seal("a lie", old.sequence, old.previous_hash))
    tampered = [*links[:place], new, *links[place + 1 :]]

    assert look(tampered, head_of(links)) == Break(Tampering.ALTERED, place + 1, 101 + place)


@given(CHAINS, st.sampled_from(["hash", "previous_hash"]), st.data())
def test_a_changed_seal_is_found(contents, column, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    tampered = [*links[:place], replace(links[place], **{column: "f" * 64}), *links[place + 1 :]]

    assert look(tampered, head_of(links)) == Break(Tampering.ALTERED, place + 1, 101 + place)


@given(CHAINS, st.booleans(), st.data())
def test_any_removed_entry_is_missed_whether_the_rest_is_moved_up_or_not(contents, is_moved_up, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    rest = renumbered(links[place + 1 :], -1) if is_moved_up else links[place + 1 :]

    broken = look([*links[:place], *rest], head_of(links))

    assert broken is not None
    assert (broken.tampering, broken.sequence) == (Tampering.REMOVED, place + 1)


@given(CHAINS, st.integers(1, 8))
def test_a_chain_whose_end_was_cut_off_is_shorter_than_its_head_says(contents, cut):
    links = chain_of(contents)
    left = links[: max(0, len(links) - cut)]

    assert look(left, head_of(links)) == Break(Tampering.REMOVED, len(left) + 1, None)


@given(CHAINS, st.booleans(), st.data())
def test_any_inserted_entry_is_found_however_well_it_is_sealed(contents, is_well_sealed, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    lie = forged(replace(links[0], hash=links[place].previous_hash), place + 1)
    lie = lie if is_well_sealed else replace(lie, hash="0" * 64)
    tampered = [*links[:place], lie, *renumbered(links[place:], 1)]

    broken = look(tampered, head_of(links))

    assert broken is not None
    assert (broken.tampering, broken.sequence) == (Tampering.INSERTED, place + 1)


@given(CHAINS, st.data())
def test_a_second_entry_of_one_number_is_an_inserted_one(contents, data):
    links = chain_of(contents)
    twin = replace(data.draw(st.sampled_from(links)), entry_id=999)

    assert look([*links, twin], head_of(links)) == Break(Tampering.INSERTED, twin.sequence, 999)


@given(CHAINS)
def test_an_entry_behind_the_head_is_an_inserted_one(contents):
    links = chain_of(contents)
    lie = forged(links[-1], len(links) + 1)

    assert look([*links, lie], head_of(links)) == Break(Tampering.INSERTED, len(links) + 1, None)


@given(st.lists(WORDS, min_size=2, max_size=8), st.booleans(), st.data())
def test_any_two_entries_that_changed_places_are_found(contents, with_their_seals, data):
    links = chain_of(contents)
    first, second = sorted(data.draw(st.sets(st.integers(0, len(links) - 1), min_size=2, max_size=2)))
    tampered = list(links)
    for to, source in ((first, links[second]), (second, links[first])):
        keeps = source if with_their_seals else links[to]
        tampered[to] = Link(source.entry_id, source.content, links[to].sequence, keeps.previous_hash, keeps.hash)

    broken = look(tampered, head_of(links))

    assert broken == Break(Tampering.REORDERED, first + 1, 101 + second)


@given(CHAINS, st.data())
def test_an_entry_that_was_taken_out_of_the_chain_and_put_to_its_end_is_found(contents, data):
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    moved = replace(links[place], sequence=len(links) + 1)

    broken = look([*links[:place], *links[place + 1 :], moved], head_of(links))

    assert broken is not None
    assert (broken.tampering, broken.sequence) == (Tampering.REORDERED, place + 1)


def test_a_chain_whose_head_was_taken_away_is_not_whole():
    assert look(chain_of(["a", "b"]), None) == Break(Tampering.INSERTED, 1, None)


@given(CHAINS, st.data())
def test_a_chain_that_was_made_anew_from_somewhere_on_is_found_by_a_head_that_was_noted(contents, data):
    links = chain_of(contents)
    noted = data.draw(st.sampled_from(links))
    place = data.draw(st.integers(1, noted.sequence))
    anew = chain_of([*contents[: place - 1], "a lie that nobody told before", *contents[place:]])

    broken = find_missing_head(lambda: anew, Head(noted.sequence, noted.hash))

    assert look(anew, head_of(anew)) is None
    assert broken == Break(Tampering.ALTERED, noted.sequence, noted.entry_id)


def test_a_chain_that_was_cut_together_with_its_head_is_found_by_a_head_that_was_noted():
    links = chain_of(["a", "b", "c"])

    assert find_missing_head(lambda: links[:2], head_of(links)) == Break(Tampering.REMOVED, 3, None)


@pytest.mark.parametrize("facts", [{"b": 1, "a": {"d": "ü", "c": None}}, {"a": {"c": None, "d": "ü"}, "b": 1}])
def test_the_same_facts_are_the_same_text_in_whatever_order_they_come(facts):
    assert canonical(facts) == '{"a":{"c":null,"d":"ü"},"b":1}'


def test_half_a_character_does_not_stop_the_sealing():
    assert len(seal(canonical({"actor_label": "\ud800"}), 1, "0" * 64)) == 64
