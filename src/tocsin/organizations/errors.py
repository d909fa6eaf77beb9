"""What can stand in the way of making or finding what belongs to an organization."""

from tocsin.kernel.errors import ConflictError, InvalidInputError, NotFoundError


class SlugTakenError(ConflictError):
    """Another one has this slug already."""

    code = "organizations.slug_taken"


class BadSlugError(InvalidInputError):
    """The slug cannot stand in an address; the message says which characters can."""

    code = "organizations.bad_slug"


class OrganizationNotFoundError(NotFoundError):
    """No such organization, or the asker may not see it."""

    code = "organizations.not_found"


class ProjectNotFoundError(NotFoundError):
    """No such project in the organization, or the asker may not see it."""

    code = "organizations.project_not_found"


class TeamNotFoundError(NotFoundError):
    """No such team in the organization."""

    code = "organizations.team_not_found"


class KeyNotFoundError(NotFoundError):
    """No such key of the project."""

    code = "organizations.key_not_found"


class ReleaseNotFoundError(NotFoundError):
    """No such release in the projects that were looked at."""

    code = "organizations.release_not_found"
