"""A REST session that is pulled while the process is killed and started again: nothing that a publisher has heard to be
safe is missed, what was acknowledged does not come again, and leases and terms are as they were."""

import json
import os
import random
import threading
import time
import unittest
import urllib.error
import urllib.request

from conditions import wait_until
from durable_sluice import DurableSluice
from web_client import get, post, put

ROUNDS = int(os.environ.get("SLUICE_KILL_ROUNDS", "6"))
SEED = int(os.environ.get("SLUICE_KILL_SEED", str(random.SystemRandom().randrange(1_000_000))))
ALIVE_SECONDS = (0.2, 0.8)
REQUEST_SECONDS = 10


def send(url, body=None, method=None):
    """The answer's JSON, nothing for 204; OSError when the server is not there."""
    request = urllib.request.Request(url, body.encode() if body is not None else None, method=method)
    with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Publisher(threading.Thread):
    """One number after the other; `safe` are those that were answered."""

    def __init__(self, base):
        super().__init__(daemon=True)
        self.base, self.stopping, self.next, self.safe = base, threading.Event(), 1, set()

    def run(self):
        while not self.stopping.is_set():
            try:
                send(f"{self.base}/topics/work/{self.next % 7}", str(self.next))
                self.safe.add(self.next)
            except (OSError, ValueError):
                time.sleep(0.02)  # the server is away: it comes back when the test starts it again
            self.next += 1


class Puller(threading.Thread):
    """Pulls and acknowledges; what it has seen, and for which it has heard that the acknowledgement is safe."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.stopping, self.seen, self.acknowledged, self.faults = url, threading.Event(), set(), set(), []

    def run(self):
        while not self.stopping.is_set():
            try:
                self.work()
            except (OSError, ValueError):
                time.sleep(0.02)  # the server is away: it comes back when the test starts it again

    def work(self):
        batch = send(f"{self.url}/pull", '{"max":5,"lease":2,"wait":1}')
        if batch is None:
            return
        numbers = {int(each["payload"]) for each in batch["messages"]}
        if again := numbers & self.acknowledged:
            self.faults.append(f"acknowledged, and here again: {again}")
        self.seen |= numbers
        send(f"{self.url}/ack", json.dumps({"ids": [each["id"] for each in batch["messages"]]}))
        self.acknowledged |= numbers


class RestSessionKillTest(unittest.TestCase):
    threads = "1"

    def setUp(self):
        self.sluice = DurableSluice(("max_queued_messages 0", f"io_threads {self.threads}")).start()
        self.addCleanup(lambda: self.sluice.clean_up())  # pylint: disable=unnecessary-lambda
        self.url = f"{self.sluice.base()}/api/v1/sessions/worker"

    def test_nothing_acknowledged_to_the_publisher_is_missed(self):
        chance = random.Random(SEED)
        self.assertEqual(put(self.url, '{"subscriptions":[{"filter":"work/#","qos":1}],"overflow":"drop-newest"}').status, 201)
        publisher, puller = Publisher(self.sluice.base()), Puller(self.url)
        publisher.start()
        puller.start()
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(*ALIVE_SECONDS))
            self.sluice.crash()
        publisher.stopping.set()
        publisher.join()
        wait_until(lambda: publisher.safe <= puller.seen or puller.faults,
                   lambda: f"all came (seed {SEED}); missing: {sorted(publisher.safe - puller.seen)[:20]}", 60)
        puller.stopping.set()
        puller.join()
        self.assertEqual(puller.faults, [], f"seed {SEED}")
        self.assertGreater(len(publisher.safe), ROUNDS)
        self.sluice.stop()

    def test_terms_leases_and_counts_survive(self):
        terms = {"subscriptions": [{"filter": "work/#", "qos": 1, "rap": True, "nl": True}], "expiry": 1000, "max_queued": 50,
                 "overflow": "drop-newest", "lease": 40, "max_deliveries": 5, "dead_letter": "dead/{id}"}
        put(self.url, json.dumps(terms))
        for payload in ("1", "2", "3"):
            post(f"{self.sluice.base()}/topics/work/1", payload)
        pulled = send(f"{self.url}/pull", '{"max":2}')["messages"]
        self.assertEqual(send(f"{self.url}/ack", json.dumps({"ids": [pulled[0]["id"]]})), {"acknowledged": 1})
        post(f"{self.sluice.base()}/topics/work/1", "4")  # answered after the leases were written
        self.sluice.crash()
        shown = get(self.url).json
        for name, value in terms.items():
            if name != "subscriptions":
                self.assertEqual(shown[name], value, name)
        self.assertEqual(shown["subscriptions"], [{"filter": "work/#", "qos": 1, "rap": True, "nl": True}])
        left = send(f"{self.url}/messages")["messages"]
        self.assertEqual([each["payload"] for each in left], ["3", "4"], "the lease of 2 goes on")
        send(f"{self.url}/nack", json.dumps({"ids": [pulled[1]["id"]]}))
        again = send(f"{self.url}/pull", '{"max":1}')["messages"][0]
        self.assertEqual((again["id"], again["payload"], again["deliveries"], again["dup"]), (pulled[1]["id"], "2", 2, True))
        self.assertEqual(send(self.url, method="DELETE"), None)
        self.sluice.crash()
        with self.assertRaises(urllib.error.HTTPError):
            send(self.url)
        self.sluice.stop()


class RestSessionKillOnThreeShardsTest(RestSessionKillTest):
    threads = "3"


if __name__ == "__main__":
    unittest.main()
