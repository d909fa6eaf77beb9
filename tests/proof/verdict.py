"""Owns the verdict of a simulation: what was to be said, held against what stands in Slack."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.proof.slack_model import Message

TOKEN = re.compile(r"<\d+\.\d+>")
"""A sentence of the proofs: `<3.0>` is the card of the fourth story, `<3.2>` the second reply in its thread."""


def sentence(story: int, number: int) -> str:
    """What the `number`-th delivery of a story says; 0 is the card."""
    return f"<{story}.{number}>"


def story_of(text: str) -> int:
    """The story that a message tells, by its first sentence."""
    return int(text.lstrip("<").partition(".")[0])


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many sentences are wrong in each way; all zero is right."""

    lost: int
    doubled: int
    disordered: int
    """Threads whose replies stand in another order than they were planned in."""
    misplaced: int
    """Sentences that stand in another thread than their card's."""

    @property
    def right(self) -> bool:
        """Whether everything stands once, in its order, in its place."""
        return self == Verdict(0, 0, 0, 0)


def judge(stories: Mapping[int, int], messages: Iterable[Message]) -> Verdict:
    """Compare `stories` (number → how many replies were planned in it) with the messages that stand, oldest first."""
    said: Counter[str] = Counter()
    threads: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message in messages:
        sentences = TOKEN.findall(message.text)
        said.update(sentences)
        threads[message.channel, message.thread_ts or message.ts] += sentences
    planned = [sentence(story, number) for story, replies in stories.items() for number in range(replies + 1)]
    return Verdict(
        lost=sum(said[each] == 0 for each in planned),
        doubled=sum(times - 1 for times in said.values()),
        disordered=sum(not _in_order(thread) for thread in threads.values()),
        misplaced=sum(story_of(each) != story_of(thread[0]) for thread in threads.values() for each in thread),
    )


def _in_order(thread: Sequence[str]) -> bool:
    """Whether the sentences came in their order; one that stands twice is judged elsewhere."""
    numbers = list(dict.fromkeys(int(each.strip("<>").partition(".")[2]) for each in thread))
    return numbers == sorted(numbers)
