"""Owns the faults of the proofs: how often each kind happens, and what it does to one call."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Fate(StrEnum):
    """What becomes of one call to post."""

    ANSWERED = "answered"
    DIES_BEFORE = "the sender dies before Slack hears of it"
    DIES_AFTER = "the sender dies when Slack has taken it"
    FAILS = "Slack answers 5xx and has not taken it"
    TOLD_TO_WAIT = "429"
    NEVER_ARRIVES = "no answer, and Slack has not taken it"
    ANSWER_LOST = "no answer, and Slack has taken it"
    ARRIVES_LATE = "no answer, and Slack takes it 5 to 45 s after it was sent"
    SLEEPS = "the sender sleeps past its lease and then posts all the same"


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack has understood, and says no with this code."""

    slack_code: str


Draw = Fate | Refused


@dataclass(frozen=True, slots=True)
class Faults:
    """How probable each fate of a post is, and how unreliable reading is."""

    dies_before: float = 0.0
    dies_after: float = 0.0
    fails: float = 0.0
    told_to_wait: float = 0.0
    never_arrives: float = 0.0
    answer_lost: float = 0.0
    arrives_late: float = 0.0
    sleeps: float = 0.0
    read_fails: float = 0.0
    looker_dies: float = 0.0
    lag: float = 0.0
    """Seconds that a message may take at most until reading shows it."""

    def draw(self, random: Random) -> Fate:
        """The fate of the next post."""
        chances = {
            Fate.DIES_BEFORE: self.dies_before,
            Fate.DIES_AFTER: self.dies_after,
            Fate.FAILS: self.fails,
            Fate.TOLD_TO_WAIT: self.told_to_wait,
            Fate.NEVER_ARRIVES: self.never_arrives,
            Fate.ANSWER_LOST: self.answer_lost,
            Fate.ARRIVES_LATE: self.arrives_late,
            Fate.SLEEPS: self.sleeps,
        }
        chosen = random.random()
        for fate, chance in chances.items():
            if chosen < chance:
                return fate
            chosen -= chance
        return Fate.ANSWERED


HARSH = Faults(
    dies_before=0.03,
    dies_after=0.05,
    fails=0.05,
    told_to_wait=0.05,
    never_arrives=0.05,
    answer_lost=0.099,
    arrives_late=0.001,
    sleeps=0.001,
    read_fails=0.05,
    looker_dies=0.01,
    lag=20.0,
)
"""A third of all posts go wrong; far beyond any bad day that Slack has had."""
