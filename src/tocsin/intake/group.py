"""The events of a batch that belong together: those of one issue."""

from dataclasses import dataclass, field

from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.ids import IssueId, ProjectId


@dataclass(slots=True)
class Group:
    """The new events of one issue in this batch, oldest first."""

    issue_id: IssueId
    project_id: ProjectId
    status: str
    is_new: bool = False
    events: list[PreparedEvent] = field(default_factory=list)
    last_row_id: int = 0
    fingerprints: dict[str, int] = field(default_factory=dict)
    """The row of each fingerprint of theirs, by its hash."""
