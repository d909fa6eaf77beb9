"""Runs background work: DBOS Transact behind start, enqueue, schedule (and repeat) and stop.

The truth is in our own tables. Whatever the engine holds may be lost at any moment without losing work: a catch-up
looks for due rows and asks again.
"""

from tocsin.engine.engine import Engine, start, start_without_workers
from tocsin.engine.runs import JSON, Payload, Workflow
from tocsin.engine.transact import QUEUE_POLL_SECONDS

__all__ = ["JSON", "QUEUE_POLL_SECONDS", "Engine", "Payload", "Workflow", "start", "start_without_workers"]
