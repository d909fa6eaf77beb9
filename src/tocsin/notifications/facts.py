"""What a card shows, as plain facts: read from the database in one look, drawn by a pure function of the edge."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.activities.describe import Sentence
from tocsin.issues.models import IssuePriority, IssueStatus, Substatus


@dataclass(frozen=True, slots=True)
class ExcerptFrame:
    """One frame of the excerpt: where, and the source line there (empty when the SDK sent none)."""

    filename: str
    function: str
    line_number: int | None
    source: str


@dataclass(frozen=True, slots=True)
class AssigneeFacts:
    """Who has the issue. `chat_user_id` is the person's id in the card's own workspace, when linked."""

    kind: str
    """`user` or `team`."""
    name: str
    chat_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Everything that a card tells; texts are raw and escaped by the renderer of their destination."""

    message_key: str
    """What the card's buttons carry."""
    version: int
    """The issue's version that these facts were read at."""
    short_id: str
    title: str
    value: str
    culprit: str
    level: str
    issue_url: str
    project_slug: str
    project_url: str
    status: IssueStatus
    substatus: Substatus | None
    archived_until: str | None
    """In words, "until 100 more events"; `None` unless it is archived."""
    resolved_where: str
    """In words, "in shop@1.2.3"; empty where it was just resolved, or is not."""
    priority: IssuePriority
    event_count: int
    user_count: int
    first_seen: datetime
    last_seen: datetime
    rule_name: str
    more_rules: int
    """How many rules beside the named one led to this card."""
    rule_url: str
    excerpt: tuple[ExcerptFrame, ...]
    """The innermost frames of the application itself, innermost last; at most three."""
    tags: tuple[tuple[str, str], ...]
    assignee: AssigneeFacts | None
    last_change: Sentence | None
    """The last thing that somebody decided ("Ada resolved ..."); none while nobody did."""
    is_deleted: bool = False
    """Then only its name is left, and who deleted it is its last change."""
    merged_from: str | None = None
    """The short id of the issue that the card was posted for, when that is a part of this one now."""
    next_card_url: str | None = None
    """Where the card stands that was posted in the same channel after this one; none for the newest."""
