"""A process whose one workflow never ends, for the tests to kill: process_that_hangs.py DATABASE_URL."""

import sys
import threading

from tocsin import engine
from tocsin.engine import Payload


def hang(_payload: Payload) -> None:
    print("begun", flush=True)
    threading.Event().wait()


engine.start(sys.argv[1], workflows={"work": hang}).enqueue("work", "work:1", {})
threading.Event().wait()
