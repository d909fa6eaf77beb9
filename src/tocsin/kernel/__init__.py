"""What every slice stands on: clock, database, outbox notes, errors, ids, logs and secrets; no domain in it."""
