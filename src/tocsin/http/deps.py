"""What bootstrap gives to every HTTP edge."""

from dataclasses import dataclass

from tocsin.chat.link_notices import Telling
from tocsin.chat.platform import ChatPlatform
from tocsin.deliveries.mail import Mailing
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database
from tocsin.kernel.secrets import SecretBox
from tocsin.settings import Settings


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything that a handler may need from outside; made once per process."""

    database: Database
    settings: Settings
    secrets: SecretBox
    clock: Clock
    chat: ChatPlatform

    @property
    def mailing(self) -> Mailing:
        """What planning a mail needs."""
        return Mailing(self.secrets, self.settings.link_base, is_on=self.settings.has_mail)

    @property
    def telling(self) -> Telling:
        """What telling somebody of a link to a chat user needs."""
        return Telling(self.chat.link_words, self.mailing)

    @property
    def is_https(self) -> bool:
        """Whether people reach Tocsin over TLS, so that cookies can be bound to it."""
        return self.settings.base_url.lower().startswith("https://")
