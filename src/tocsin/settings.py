"""What an operator can set, all by environment variables that begin with `TOCSIN_`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SLACK_API_URL = "https://slack.com/api/"


class Settings(BaseSettings):
    """Read once when a process starts. Every field is documented in `docs/operations.md`; a test sees to it."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Path("tocsin-data")
    """Where the SQLite database, the engine's file, the lock and the made-up secret key live."""
    database_url: str | None = None
    """`postgresql://...` or `sqlite:///...`; without it, `tocsin.db` in the data directory."""
    base_url: str = "http://127.0.0.1:8000"
    """The address under which people reach Tocsin; the only host that links ever name."""
    secret_keys: SecretStr | None = None
    """Fernet keys, comma-separated, newest first; without it, one is made in the data directory (mode 0600)."""
    slack_api_url: str = SLACK_API_URL
    """Slack's Web API; another address is for the simulator only."""
    slack_signing_secret: SecretStr | None = None
    """Signing secret of the Slack app for the first connection; a workspace's own row wins afterwards."""
    slack_bot_token: SecretStr | None = None
    """Bot token (`xoxb-...`) for the first connection; a workspace's own row wins afterwards."""
    slack_client_id: str | None = None
    """For installing by OAuth; not used yet."""
    slack_client_secret: SecretStr | None = None
    """For installing by OAuth; not used yet."""
    slack_app_token: SecretStr | None = None
    """For Socket Mode (`xapp-...`); not used yet."""
    smtp_host: str | None = None
    """The mail server for invitations and new passwords; without it, links are shown to be passed on by hand."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """587 with `starttls`, 465 with `tls`, 25 with `none` are usual."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; with `none`, passwords and links go over the wire in clear."""
    smtp_user: str | None = None
    """Who signs in to the mail server; without it nobody does."""
    smtp_password: SecretStr | None = None
    """The password of that user."""
    smtp_from: str | None = None
    """The address that mails come from; needed where there is a mail server."""
    retention_days: int = Field(default=90, ge=1, le=3650)
    """For how many days events are kept, where a project has not chosen otherwise; issues and their counts stay."""
    retention_events: int = Field(default=100_000, ge=1, le=100_000_000)
    """How many events of a project are kept, where it has not chosen otherwise; the loudest issues thin out first."""
    ballast: bool = True
    """Whether 64 MB are set aside beside SQLite's file, to be let go when its disk is full."""
    role: Literal["all", "web", "worker"] = "all"
    """Which part of the work this process does; SQLite allows only `all`."""
    delivery_settle: float = Field(default=60.0, ge=0)
    """Seconds to wait before looking whether an uncertain message arrived; below 60 is unsafe (tests only)."""
    delivery_lease: float = Field(default=30.0, gt=0)
    """Seconds after which a silent sender is given up; below 30 is unsafe (tests only)."""
    delivery_sweep: float = Field(default=60.0, ge=0)
    """Seconds between the four later looks for duplicates; below 60 is unsafe (tests only)."""
    crash_at: str | None = None
    """A point of `kernel.crash_points` at which this process kills itself, or `name:3` for the third time (tests)."""
    log_format: Literal["json", "text"] = "json"
    """`text` is for a person at a terminal."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least important line that is still written."""

    @property
    def resolved_database_url(self) -> str:
        """The database to open, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'tocsin.db').absolute()}"

    @property
    def has_mail(self) -> bool:
        """Whether mails can be sent: there is a server, and an address to send from."""
        return self.smtp_host is not None and self.smtp_from is not None

    @property
    def link_base(self) -> str:
        """`base_url` without a slash at its end."""
        return self.base_url.rstrip("/")
