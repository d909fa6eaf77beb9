"""The letters that Tocsin writes: a subject and plain text for each kind, filled in by the edge alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.deliveries.mail import ClaimedMail

# Plain text: nothing is escaped, since nothing is read as markup.
_TEMPLATES = Environment(loader=PackageLoader("tocsin.mail"), autoescape=False, undefined=StrictUndefined)  # noqa: S701


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of mail; `subject` and the template are filled in with what was planned."""

    subject: str
    template: str


LETTERS: dict[str, Letter] = {
    "invitation": Letter("{invited_by} invites you to {organization} on Tocsin", "invitation.txt"),
    "identity_linked": Letter("Your account is linked to {slack_name} in Slack", "identity_linked.txt"),
    "identity_moved": Letter("{slack_name} in Slack no longer acts as you", "identity_moved.txt"),
    "identity_parted": Letter("{slack_name} in Slack no longer acts as you", "identity_parted.txt"),
    "broken": Letter("{what} takes no messages from Tocsin", "broken.txt"),
    "email_confirm": Letter("Your new address for Tocsin", "email_confirm.txt"),
    "email_asked": Letter("Your account on Tocsin is to have another address", "email_asked.txt"),
    "email_changed": Letter("Your account on Tocsin has another address", "email_changed.txt"),
    "password_reset": Letter("A new password for Tocsin", "password_reset.txt"),
}
"""The kind of a delivery to its letter; a kind that is not here cannot be sent."""


def write_letter(claimed: ClaimedMail, secrets: Mapping[str, str], *, sender: str) -> EmailMessage:
    """The whole mail. The same delivery always makes the same one, so a mailbox can tell a second copy by its id.

    Raises:
        KeyError: there is no such letter, or it lacks a fact.
        ValueError: an address or subject holds what no header may hold.
    """
    letter = LETTERS[claimed.kind]
    facts = {**claimed.data, **secrets}
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = claimed.to
    mail["Subject"] = " ".join(letter.subject.format_map(facts).split())
    mail["Date"] = format_datetime(claimed.planned_at)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<tocsin.{claimed.id}.{int(claimed.planned_at.timestamp())}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # keeps answers of absent people away (RFC 3834)
    mail.set_content(_TEMPLATES.get_template(letter.template).render(facts))
    return mail
