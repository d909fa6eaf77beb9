"""The audit log of a running server: it is sealed without anybody asking."""

from sqlalchemy import func, select

from tests.flows.company import Company
from tocsin.kernel.db import read
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.audit_sealing import verify_chain


def test_what_was_written_before_the_start_is_sealed_soon_after_it(company: Company):
    def sealed() -> int:
        with read(company.database) as session:
            return session.scalar(select(func.count(AuditEntry.sequence))) or 0

    company.wait_until(lambda: sealed() > 0)

    assert verify_chain(company.database, company.organization_id).broken is None
