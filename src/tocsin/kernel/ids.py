"""The types of our ids, so that an issue's id is never given where a project's is wanted."""

import secrets
from typing import NewType

OrganizationId = NewType("OrganizationId", int)
TeamId = NewType("TeamId", int)
ProjectId = NewType("ProjectId", int)
ProjectKeyId = NewType("ProjectKeyId", int)
EnvironmentId = NewType("EnvironmentId", int)
ReleaseId = NewType("ReleaseId", int)
CommitId = NewType("CommitId", int)
DeployId = NewType("DeployId", int)
UserId = NewType("UserId", int)
MemberId = NewType("MemberId", int)
InvitationId = NewType("InvitationId", int)
IssueId = NewType("IssueId", int)
ActivityId = NewType("ActivityId", int)
RuleId = NewType("RuleId", int)
FiringId = NewType("FiringId", int)
IntegrationId = NewType("IntegrationId", int)
IdentityId = NewType("IdentityId", int)
ParentNotificationId = NewType("ParentNotificationId", int)
DeliveryId = NewType("DeliveryId", int)
ApprovalMessageId = NewType("ApprovalMessageId", int)

ALL_INT_IDS = (
    OrganizationId,
    TeamId,
    ProjectId,
    ProjectKeyId,
    EnvironmentId,
    ReleaseId,
    CommitId,
    DeployId,
    UserId,
    MemberId,
    InvitationId,
    IssueId,
    ActivityId,
    RuleId,
    FiringId,
    IntegrationId,
    IdentityId,
    ParentNotificationId,
    DeliveryId,
    ApprovalMessageId,
)
"""Every integer id; SQLAlchemy's type map is built from it (2.1 refuses a NewType it was not told of)."""


def random_key(length: int = 32) -> str:
    """`length` hex digits from the operating system's randomness (32 digits are 128 bits)."""
    return secrets.token_hex((length + 1) // 2)[:length]
