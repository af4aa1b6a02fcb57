"""Very many event streams that break off and come back at random while messages are published: nobody misses one, and
nobody gets one twice. SLUICE_STREAMS and SLUICE_STREAM_SECONDS say how many and for how long; the defaults suit a build
without sanitizers."""

import asyncio
import json
import os
import random
import resource
import tempfile
import threading
import time
import unittest

from conditions import wait_until
from paho_client import PahoClient
from sluice_case import SluiceCase
from web_client import get

STREAMS = int(os.environ.get("SLUICE_STREAMS", "1000"))
SECONDS = float(os.environ.get("SLUICE_STREAM_SECONDS", "15"))
MESSAGES_PER_SECOND = 8
AWAY_SECONDS = 1.5     # at most, between two connections
HERE_SECONDS = (1, 6)  # how long a connection lasts
PATIENCE = 120
TOPICS = 4


class Reader:
    """One stream that goes on behind the last id that it saw."""

    def __init__(self, port, filter_text, rng):
        self.port, self.filter, self.rng = port, filter_text, rng
        self.seen, self.cursor, self.gaps, self.connections = [], None, 0, 0
        self.opened = asyncio.Event()

    async def run(self, stopping, finished):
        while not self.done(finished):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.connections += 1
            try:
                resume = f"Last-Event-ID: {self.cursor}\r\n" if self.cursor else ""
                writer.write((f"GET /topics/{self.filter}?stream&as=sse&fields=payload&retained=none HTTP/1.1\r\n"
                              f"Host: localhost\r\n{resume}\r\n").encode())
                ends = time.monotonic() + self.rng.uniform(*HERE_SECONDS)
                await self.read(reader, stopping, finished, ends)
            finally:
                writer.transport.abort() if self.rng.random() < 0.5 else writer.close()
            if not stopping.is_set():
                await asyncio.sleep(self.rng.uniform(0, AWAY_SECONDS))

    def done(self, finished):
        return finished[0] is not None and len(self.seen) >= finished[0]

    async def read(self, reader, stopping, finished, ends):
        event = {}
        while not self.done(finished):
            left = ends - time.monotonic() if not stopping.is_set() else 1.0
            if left <= 0:
                return
            try:
                line = await asyncio.wait_for(reader.readline(), min(left, 1.0))
            except asyncio.TimeoutError:
                continue
            if not line:
                return
            name, colon, value = line.decode().rstrip("\r\n").partition(": ")
            if colon:
                event[name] = value
            elif event and not name:
                self.take(event)
                event = {}

    def take(self, event):
        kind = event.get("event")
        if kind == "open":
            self.cursor = self.cursor or json.loads(event["data"])["cursor"]
            self.opened.set()
        elif kind == "gap":
            self.gaps += 1
        elif "id" in event:
            self.seen.append(int(json.loads(event["data"])["payload"]))
            self.cursor = event["id"]


class StreamReturnTest(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_streams_per_user 0",)}

    @classmethod
    def setUpClass(cls):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # the process inherits it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))
        folder = tempfile.TemporaryDirectory(prefix="sluice-streams-")
        cls.addClassCleanup(folder.cleanup)
        cls.lines = ("io_threads 2", "persistence true", f"persistence_location {folder.name}/", "history test/# 1h 1000000")
        super().setUpClass()

    def publish(self, count, finished):
        with PahoClient(self.mqtt_port, "writer") as writer:
            begin = time.monotonic()
            for number in range(count):
                writer.publish(f"{self.topic}/{number % TOPICS}", str(number), 1)
                time.sleep(max(0.0, begin + number / MESSAGES_PER_SECOND - time.monotonic()))
        finished[0] = count

    async def play(self):
        stopping, finished = asyncio.Event(), [None]
        readers = [Reader(self.sluice.port("http"), f"{self.topic}/%23", random.Random(number)) for number in range(STREAMS)]
        tasks = [asyncio.ensure_future(each.run(stopping, finished)) for each in readers]
        await asyncio.wait_for(asyncio.gather(*(each.opened.wait() for each in readers)), PATIENCE)
        sender = threading.Thread(target=self.publish, args=(int(SECONDS * MESSAGES_PER_SECOND), finished))
        sender.start()
        await asyncio.get_running_loop().run_in_executor(None, sender.join)
        stopping.set()
        _, late = await asyncio.wait(tasks, timeout=PATIENCE)
        for each in late:
            each.cancel()
        return readers

    def test_nobody_misses_a_message_and_nobody_gets_one_twice(self):
        readers = asyncio.run(self.play())
        expected = list(range(int(SECONDS * MESSAGES_PER_SECOND)))
        wrong = [each for each in readers if each.seen != expected]
        detail = [(len(each.seen), each.gaps, each.connections, sorted(set(expected) - set(each.seen))[:5]) for each in wrong[:5]]
        self.assertEqual(len(wrong), 0, f"(messages, gaps, connections, missing): {detail}")
        self.assertEqual(sum(each.gaps for each in readers), 0)
        self.assertGreater(sum(each.connections for each in readers), 1.5 * STREAMS)
        wait_until(lambda: not get(f"{self.web}/api/v1/streams").json["data"], "all streams are forgotten")


if __name__ == "__main__":
    unittest.main()
