#!/usr/bin/python3
"""Keeps a Sluice busy with clients that break off and come back, and proves that no message was lost, none came twice
at QoS 2, and the memory stayed as it was. README.md says more."""

import argparse
import asyncio
import os
import pathlib
import random
import resource
import statistics
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "integration"), str(TESTS / "differential"), str(TESTS / "soak")]

import behaviour  # noqa: E402
import web  # noqa: E402
from ledger import Ledger  # noqa: E402
from running_sluice import SANITIZER_SIGNS, SluiceProcess  # noqa: E402
from session import MARK, Session  # noqa: E402

ROOM_CLIENTS = 5  # who read and write the same topics
WATCHERS = 3  # who read the QoS 1 topics of all rooms
POSTERS, STREAMS = 4, 4
DRAIN_SECONDS_MAX = 120
SAMPLE_SECONDS = 0.5
GROWTH_KIB, GROWTH_SHARE = 16 * 1024, 0.10  # more than both together is a leak


class Soak:
    def __init__(self, options):
        self.options = options
        self.ledger = Ledger()
        self.ended = asyncio.Event()
        self.draw = random.Random(options.seed)
        self.sessions = []
        self.watchers = []
        self.samples = []
        lines = (f"io_threads {options.shards}", "max_queued_messages 100000", "log_type error warning")
        self.sluice = SluiceProcess({"mqtt": (), "http": ()}, lines)

    def make_sessions(self):
        port = self.sluice.port("mqtt")
        for number in range(self.options.clients + WATCHERS):
            watcher = number >= self.options.clients
            name = f"w{number}" if watcher else f"c{number}"
            session = Session(name, (4, 5)[number % 2], port, self.ledger, self.draw_of(name), number // ROOM_CLIENTS)
            (self.watchers if watcher else self.sessions).append(session)

    def draw_of(self, name):
        return random.Random(f"{self.options.seed}/{name}")

    def rooms(self):
        return range((len(self.sessions) + ROOM_CLIENTS - 1) // ROOM_CLIENTS)

    # --- the run ---

    async def run(self):
        self.make_sessions()
        await self.subscribe_all()
        tasks = [asyncio.create_task(each) for each in self.activities()]
        begin = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - begin < self.options.seconds:
            self.samples.append(self.sluice.resident_kib())
            await self.watch(tasks)
        self.ended.set()
        for session in self.sessions:
            session.changed.set()
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS_MAX)
        for task in tasks:
            if not task.done():
                self.ledger.problem("stuck", f"{task.get_coro().__qualname__} does not end")
                task.cancel()
        await self.drain()
        await self.check_retained()

    async def watch(self, tasks):
        """Until the next sample; an activity that failed ends the soak."""
        done, _ = await asyncio.wait(tasks, timeout=SAMPLE_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            if task.exception():
                raise task.exception()
        if not self.sluice.is_alive():
            raise AssertionError("Sluice has ended")

    async def subscribe_all(self):
        """Before the first message, so that each is due at each of its readers."""
        for session in self.sessions:
            await session.connect()
            await session.subscribe((f"soak/{session.room}/#", 2))
            for topic in ("1", "2", "web"):
                session.reads(f"soak/{session.room}/{topic}")
        for session in self.watchers:
            await session.connect()
            await session.subscribe(("soak/+/1", 1))
            for room in self.rooms():
                session.reads(f"soak/{room}/1")

    def activities(self):
        pause = len(self.sessions) / self.options.rate
        for session in self.sessions:
            yield behaviour.publish_on(session, pause, self.ended)
        for session in self.sessions + self.watchers:
            yield behaviour.annoy(session, self.options.calm, self.ended)
        port = self.sluice.port("http")
        for number in range(POSTERS):
            name, room = f"h{number}", number % len(self.rooms())
            yield web.post_on(name, port, f"soak/{room}/web", 0.5, self.ledger, self.draw_of(name), self.ended)
        for number in range(STREAMS):
            path = ("/topics/soak/+/2?stream", "/topics/noise/+?stream", "/topics/soak/0?tree&stream")[number % 3]
            yield web.stream_on(port, path, self.ledger, self.draw_of(path), self.ended)

    async def drain(self):
        """All come online, acknowledge everything, and get everything."""
        everybody = self.sessions + self.watchers
        for session in everybody:
            if not session.online:
                await behaviour.keep_connected(session)
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS_MAX
        while asyncio.get_running_loop().time() < deadline:
            if not any(session.unacknowledged for session in everybody) and self.ledger.is_complete():
                break
            await asyncio.sleep(0.1)
        for session in everybody:
            if session.unacknowledged:
                self.ledger.problem("unacknowledged", f"{len(session.unacknowledged)} messages of {session.name}")
        self.ledger.check_complete()

    async def check_retained(self):
        """The retained message of each client is the last one that it published."""
        reader = RetainedReader("reader", self.sluice.port("mqtt"), self.ledger, self.draw)
        await reader.connect()
        await reader.subscribe(("state/+", 1))
        wanted = {topic: count for (_, topic), count in self.ledger.published.items() if topic.startswith("state/")}
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS_MAX
        while len(reader.found) < len(wanted) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
        for topic, count in wanted.items():
            if reader.found.get(topic) != count:
                self.ledger.problem("retained", f"{topic} holds {reader.found.get(topic)} instead of {count}")

    # --- the end ---

    def check_memory(self):
        """(KiB after the first third, KiB at the end): medians, so that one moment means nothing."""
        ninth = len(self.samples) // 9
        if ninth == 0:
            return 0, 0
        ninths = [statistics.median(self.samples[at * ninth:(at + 1) * ninth]) for at in range(9)]
        print("RSS in MiB by ninths of the run:", *(f"{each / 1024:.1f}" for each in ninths))
        warm, last = ninths[3], ninths[8]
        if last - warm > GROWTH_KIB + GROWTH_SHARE * warm:
            self.ledger.problem("memory", f"grew from {warm:.0f} to {last:.0f} KiB")
        return warm, last

    def stop(self):
        log = self.sluice.log()
        try:
            self.sluice.stop()
        except AssertionError as failure:
            self.ledger.problem("end", str(failure))
        for sign in SANITIZER_SIGNS:
            if sign in log:
                self.ledger.problem("sanitizer", f"{sign} is in the log")

    def summary(self):
        warm, last = self.check_memory()
        counts = self.ledger.counts
        for problem in self.ledger.problems:
            print(problem)
        print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
        cuts = sum(count for name, count in counts.items() if name.startswith("cuts"))
        good = "good" if not self.ledger.problems else f"{len(self.ledger.problems)} problems"
        print(f"{self.options.seconds} s, {len(self.sessions)} clients: {counts['connections']} connections, "
              f"{cuts} cuts, {counts['take-overs']} take-overs; published {counts['published at QoS 0']} / "
              f"{counts['published at QoS 1']} / {counts['published at QoS 2']} at QoS 0 / 1 / 2 and "
              f"{counts['published over HTTP']} over HTTP; delivered {counts['delivered at QoS 1']} / "
              f"{counts['delivered at QoS 2']} at QoS 1 / 2; lost {counts['lost']}, duplicates {counts['duplicate']}, "
              f"overtaken {counts['overtaken']}; RSS {warm / 1024:.1f} to {last / 1024:.1f} MiB; {good}")
        return 1 if self.ledger.problems else 0


class RetainedReader(Session):
    def __init__(self, name, port, ledger, draw):
        super().__init__(name, 5, port, ledger, draw)
        self.found = {}  # numbers, by topic

    def deliver(self, topic, payload, qos, dup):
        if payload.startswith(MARK):
            self.found[topic] = int(payload.split(b" ", 3)[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--shards", type=int, default=2, help="io_threads of Sluice (2)")
    parser.add_argument("--rate", type=float, default=400, help="messages in a second that all together publish (400)")
    parser.add_argument("--calm", type=float, default=6, help="seconds between two nuisances of one client (6)")
    options = parser.parse_args()
    # What TSan remembers of memory that was touched once would look like growth: it forgets it from time to time.
    os.environ.setdefault("TSAN_OPTIONS", "exitcode=99:flush_memory_ms=10000")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    return asyncio.run(soak(options))


async def soak(options):
    made = Soak(options)
    made.sluice.start()
    try:
        await made.run()
    except (AssertionError, OSError) as failure:
        made.ledger.problem("failure", str(failure))
    finally:
        made.stop()
    return made.summary()


if __name__ == "__main__":
    sys.exit(main())
