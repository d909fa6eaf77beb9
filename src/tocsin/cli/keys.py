"""`tocsin keys`: changing the keys that protect stored secrets, so that no moment leaves one unreadable."""

import os
from pathlib import Path

from cryptography.fernet import Fernet
from cyclopts import App

from tocsin.chat.workspaces import reseal_secrets
from tocsin.cli.database import make_data_directory, open_database, open_secret_box
from tocsin.cli.options import JsonOption
from tocsin.cli.output import answer
from tocsin.deliveries.mail import reseal_mails
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.kernel.errors import ConflictError
from tocsin.kernel.secrets import KEY_FILE, load_keys
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.permit import Source, Via
from tocsin.settings import Settings

app = App(name="keys", help="The keys that protect stored secrets.")


@app.command
def add(*, json: JsonOption = False) -> None:
    """Put a new key in front of the key file; `serve` uses it after a restart, and reads with the old ones too."""
    settings = Settings()
    if settings.secret_keys is not None:
        raise ConflictError("TOCSIN_SECRET_KEYS is set: put a new key in front of it there, with a comma.")
    make_data_directory(settings)
    keys = [Fernet.generate_key().decode(), *load_keys(None, settings.data_dir)]
    _replace(settings.data_dir / KEY_FILE, "".join(f"{key}\n" for key in keys))
    answer({"keys": len(keys)}, ["Restart `tocsin serve`, and then run `tocsin keys rotate`."], as_json=json)


@app.command
def rotate(*, json: JsonOption = False) -> None:
    """Put every stored secret under the newest key; all or none, so an interruption harms nothing."""
    settings = Settings()
    with open_database(settings) as database, write(database) as session:
        secret_box = open_secret_box(settings)
        resealed = reseal_secrets(session, secret_box) + reseal_mails(session, secret_box)
        create_audit_entry_from_user(
            session,
            AuditEvent.SECRETS_ROTATE,
            organization_id=None,
            user_id=None,
            label="The server's operator",
            source=Source(Via.CLI),
            target=None,
            now=system_clock(),
            data={"secrets": resealed},
        )
    answer({"secrets": resealed}, [f"{resealed} secrets are under the newest key."], as_json=json)


def _replace(path: Path, text: str) -> None:
    """Write a file of mode 0600 that is either the old or the new one, whenever the machine stops."""
    making = path.with_suffix(".new")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
