"""Environments and releases by name: looked up once, made when an event first names them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.intake.tagging import TagMemory
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Environment, Release

Named = tuple[ProjectId, str]

REMEMBERED = 10_000
"""Names kept in memory; when there are more (a release for each build), the memory starts anew."""


class Names:
    """The ids of one kind of name. Only what is certainly committed is remembered."""

    def __init__(self, table: type[Environment | Release], column: InstrumentedAttribute[str]) -> None:
        self._table = table
        self._column = column
        self._known: dict[Named, int] = {}
        self._made: dict[Named, int] = {}
        self.new: list[int] = []
        """Ids of the names that the last `ids` was the first to hear of."""

    def begin(self) -> None:
        """A transaction begins: what the last one made and did not commit was never made."""
        self._made = {}

    def ids(self, session: Session, names: set[Named], *, now: datetime) -> Mapping[Named, int]:
        """The ids of `names`; those that do not exist are made in this transaction."""
        self.new = []
        self._made = {name: self._find_or_make(session, *name, now=now) for name in sorted(names - self._known.keys())}
        return {name: self._made.get(name) or self._known[name] for name in names}

    def committed(self) -> None:
        """The transaction of the last `ids` is durable: its names may be remembered."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known |= self._made
        self._made = {}

    def _find_or_make(self, session: Session, project_id: ProjectId, name: str, *, now: datetime) -> int:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        row = {"project_id": project_id, self._column.key: name, "first_seen": now}
        made = dialect.insert(self._table).values(row).on_conflict_do_nothing().returning(self._table.id)
        row_id = session.scalar(made)
        if row_id is not None:
            self.new.append(row_id)
            return row_id
        return session.scalars(
            select(self._table.id).where(self._table.project_id == project_id, self._column == name)
        ).one()


class NameCache:
    """The names that events carry."""

    def __init__(self) -> None:
        self.environments = Names(Environment, Environment.name)
        self.releases = Names(Release, Release.version)
        self.tags = TagMemory()

    def begin(self) -> None:
        """A batch begins; the one before it, if it was rolled back, left nothing."""
        self.environments.begin()
        self.releases.begin()
        self.tags.begin()

    def committed(self) -> None:
        """The batch that asked last is durable."""
        self.environments.committed()
        self.releases.committed()
        self.tags.committed()
