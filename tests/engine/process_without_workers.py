"""A process that only asks for work and leaves: process_without_workers.py DATABASE_URL."""

import sys

from tocsin import engine

asking = engine.start_without_workers(sys.argv[1])
asking.enqueue("work", "work:1", {"id": 1})
asking.stop(timeout=5.0)
