"""What the engine costs: memory, idle CPU, time from asking to a workflow's first line, CPU for each workflow.

python bench/engine_overhead.py                            SQLite, in a temporary folder
python bench/engine_overhead.py postgresql://…/database    PostgreSQL: a database that may get a schema `engine`
… --idle 60                                                seconds of idling to measure
… --queue                                                  also look for work of processes without workers
"""

import argparse
import asyncio
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from tocsin import engine
from tocsin.engine import QUEUE_POLL_SECONDS, Engine, Payload

ASKS = 300
BURST = 100


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?")
    parser.add_argument("--idle", type=float, default=20.0)
    parser.add_argument("--queue", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options.url or f"sqlite:///{Path(folder) / 'tocsin.db'}", idle=options.idle, queue=options.queue)


def measure(url: str, *, idle: float, queue: bool) -> None:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    began: dict[str, float] = {}
    all_began = threading.Semaphore(0)

    def note(payload: Payload) -> None:
        began[str(payload["id"])] = time.perf_counter()
        all_began.release()

    async def note_on_loop(payload: Payload) -> None:
        note(payload)
        await asyncio.sleep(0)

    imported = resident_megabytes()
    started = time.perf_counter()
    running = engine.start(
        url,
        workflows={"thread": note, "loop": note_on_loop},
        loop=loop,
        queue_poll_seconds=QUEUE_POLL_SECONDS if queue else None,
    )
    print(f"start                    {time.perf_counter() - started:8.3f} s")
    print(f"resident, code loaded    {imported:8.1f} MB")
    print(f"resident, started        {resident_megabytes():8.1f} MB")
    for workflow in ("thread", "loop"):
        one_by_one(running, workflow, began, all_began)
        in_a_burst(running, workflow, began, all_began)
    # For its first minute the library looks for schedules every second; what follows is what a server pays.
    print(f"resident, after work     {resident_megabytes():8.1f} MB")
    print(f"idle                     {100 * cpu_share(lambda: time.sleep(idle)):8.2f} % of a core")
    started = time.perf_counter()
    running.stop(timeout=5.0)
    print(f"stop                     {time.perf_counter() - started:8.3f} s")


def one_by_one(running: Engine, workflow: str, began: dict[str, float], all_began: threading.Semaphore) -> None:
    waits: list[float] = []

    def ask() -> None:
        for number in range(ASKS):
            name = f"{workflow}:{number}:{time.time_ns()}"
            asked = time.perf_counter()
            running.enqueue(workflow, name, {"id": name})
            all_began.acquire()
            waits.append(1000 * (began[name] - asked))
            time.sleep(0.01)

    seconds = cpu_seconds(ask)
    print(f"{workflow:6} first step       {median(waits):8.2f} ms p50, {quantiles(waits, n=20)[-1]:.2f} ms p95")
    print(f"{workflow:6} each             {1000 * seconds / ASKS:8.2f} ms of CPU")


def in_a_burst(running: Engine, workflow: str, began: dict[str, float], all_began: threading.Semaphore) -> None:
    asked = time.perf_counter()
    names = [f"{workflow}:burst:{number}:{time.time_ns()}" for number in range(BURST)]
    for name in names:
        running.enqueue(workflow, name, {"id": name})
    for _ in names:
        all_began.acquire()
    last = max(began[name] for name in names)
    print(f"{workflow:6} last of {BURST}      {1000 * (last - asked):8.0f} ms")


def cpu_seconds(run: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_share(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    seconds = cpu_seconds(run)
    return seconds / (time.perf_counter() - started)


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
