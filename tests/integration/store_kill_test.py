"""The promise of persistence: what was acknowledged is there after SIGKILL, after a power cut, and on a disk that fails;
once where QoS 2 says so, and in order. See tests/store/README.md."""

import collections
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time
import unittest

from conditions import wait_until
from durable_clients import ANSWER_SECONDS, Gone, Load, Publisher, Receiver, Violation
from durable_sluice import DurableSluice
from faulty_disk import FaultyDisk
from power_cut import cut_power
from running_sluice import SANITIZER_SIGNS, START_SECONDS_MAX, binary, run_to_end, sanitizer_environment
from web_client import get

ROUNDS = int(os.environ.get("SLUICE_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("SLUICE_KILL_SEED", str(random.SystemRandom().randrange(1_000_000))))
THREADS = os.environ.get("SLUICE_KILL_THREADS", "1 3").split()
LOAD_SECONDS = (0.1, 1.2)
KEPT_TOPICS = 5

FAULTS = ("calls=sync error=EIO after={few} count=1", "calls=write error=ENOSPC after={few}",
          "calls=write error=ENOSPC after={few} count={few}", "calls=write,sync error=EIO percent=10",
          "error=EIO after={few} count=3", "calls=sync error=EIO percent=50", "calls=truncate error=EIO")


class MortalSluice(DurableSluice):
    """Dies often, and comes back, perhaps with another number of threads; its disk may fail."""

    def __init__(self, store, chance, disk=None):
        super().__init__(("max_queued_messages 0", f"io_threads {THREADS[0]}"), store=store)
        self.chance, self.disk = chance, disk

    def launch(self):
        environment = self.disk.environment() if self.disk else sanitizer_environment()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([binary(), "-c", str(self.config_path)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=environment)

    def start_again(self):
        self.lines = (*self.lines[:-1], f"io_threads {self.chance.choice(THREADS)}")
        self.config_path.write_text(self.config_text(), encoding="utf-8")
        return super().start_again()

    def die(self):
        """SIGKILL; returns the exit code of a process that had ended by itself, else nothing."""
        ended = self.process.poll()
        if ended is None:
            self.kill()
        log = self.log()
        for sign in SANITIZER_SIGNS:
            if sign in log:
                raise AssertionError(f"the log holds a report of a sanitizer:\n{log[log.index(sign) - 200:][:8000]}")
        return ended


class WebPublisher:
    """POST of messages and PUT of state, one request at a time; what had no answer is not sent again."""

    def __init__(self, name):
        self.name, self.wire, self.qos = name, None, 1
        self.next_number = 1
        self.owed, self.refused = [], set()
        self.kept_owed = [0] * KEPT_TOPICS

    def connect(self, port):
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def drop(self):
        if self.wire is not None:
            self.wire.close()
            self.wire = None

    def request(self, method, path, body):
        try:
            self.wire.request(method, path, body, {"Content-Type": "text/plain"})
            answer = self.wire.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as failure:
            raise Gone(str(failure)) from None

    def kept_topic(self, number):
        return f"kept/{self.name}/{number % KEPT_TOPICS}"

    def work(self, until):
        while not until():
            number = self.next_number
            self.next_number += 1
            self.refused.add(number)  # until we know better
            status = self.request("PUT", f"/topics/{self.kept_topic(number)}?qos=1", f"{self.name} {number}")
            if status < 300:
                self.kept_owed[number % KEPT_TOPICS] = number
            status = self.request("POST", f"/topics/load/{self.name}?qos=1", f"{self.name} {number} posted")
            if status < 300:
                self.owed.append(number)
                self.refused.discard(number)
            elif status < 500:
                raise Violation(f"a POST was answered with {status}")


class Course:
    """Everybody who takes part, over all rounds."""

    def __init__(self):
        self.publishers = [Publisher(f"publisher-{qos}-{version}", version, qos, f"load/{qos}/{version}")
                           for qos in (1, 2) for version in (4, 5)]
        self.keepers = [Publisher(f"keeper-{version}", version, qos, lambda number, version=version:
                                  f"kept/keeper-{version}/{number % KEPT_TOPICS}", True,
                                  lambda number, version=version: b"" if number % 7 == 0 else
                                  f"keeper-{version} {number}".encode()) for qos, version in ((1, 4), (2, 5))]
        self.web = [WebPublisher(f"web-{number}") for number in range(2)]
        filters = ("load/#", "mark")
        self.online = [Receiver(f"online-{qos}-{version}", version, qos, filters)
                       for qos, version in ((2, 4), (2, 5), (1, 5))]
        self.offline = [Receiver(f"offline-{qos}-{version}", version, qos, filters)
                        for qos, version in ((1, 4), (2, 4), (2, 5))]
        self.markers = [Publisher(f"marker-{qos}", 4, qos, "mark") for qos in (1, 2)]
        self.before = {}  # (receiver, publisher): numbers that came until the last check

    @property
    def receivers(self):
        return self.online + self.offline

    def begin(self, port):
        for receiver in self.receivers:
            receiver.connect(port)
            receiver.subscribe()
            receiver.drop()

    def drop(self):
        for client in self.publishers + self.keepers + self.markers + self.receivers + self.web:
            client.drop()

    # --- after a restart ---

    def check_kept(self, sluice):
        """Each retained value is that of the last acknowledged message or of a later one; before anybody sends again."""
        found = {}
        answer = get(f"{sluice.base()}/topics?filter=kept/%23")
        for line in answer.json:
            found[line["topic"]] = line["payload"]
        for keeper in self.keepers:
            for slot in range(KEPT_TOPICS):
                topic = keeper.topic_of(slot)
                last = keeper.last_owed[topic]
                may_be = [keeper.payload(number).decode() for number in range(max(last, 1), keeper.next_number)
                          if number % KEPT_TOPICS == slot] + ([""] if last == 0 else [])
                if found.get(topic, "") not in may_be:
                    raise Violation(f"{topic} holds {found.get(topic)!r}, and {last} was the last to be acknowledged of "
                                    f"those up to {keeper.next_number - 1}")
        for web in self.web:
            for slot, last in enumerate(web.kept_owed):
                topic = web.kept_topic(slot)
                held = found.get(topic)
                number = int(held.split(" ")[1]) if held else 0
                if not last <= number < web.next_number:
                    raise Violation(f"{topic} holds {held!r}, and {last} was the last to be acknowledged")

    def settle(self, sluice):
        """All that is open is finished, and every receiver has everything."""
        for publisher in self.publishers + self.keepers:
            publisher.connect(sluice.port())
            publisher.settle()
            publisher.drop()
        for marker in self.markers:  # one for each QoS: one of QoS 1 may come before what waits with QoS 2
            marker.connect(sluice.port())
            marker.send_next()
            marker.settle()
            marker.drop()
        marks = {(marker.name, marker.next_number - 1) for marker in self.markers}
        for receiver in self.receivers:
            receiver.connect(sluice.port())
            receiver.read_until(marks)
            receiver.wire.send(b"\xe0\x00")
            receiver.drop()

    def check_messages(self):
        came = {receiver.name: receiver.came_by_publisher() for receiver in self.receivers}
        for receiver in self.receivers:
            for marker in self.markers:  # one that came twice, by QoS 1
                came[receiver.name].pop(marker.name, None)
            strangers = set(came[receiver.name]) - {publisher.name for publisher in self.publishers + self.web}
            if strangers:
                raise Violation(f"{receiver.name} got messages from {strangers}")
        total = 0
        for publisher in self.publishers + self.web:
            for receiver in self.receivers:
                self.check_one(receiver, publisher, came)
            total += len(publisher.owed)
            publisher.owed, publisher.refused = [], set()
        return total

    def check_one(self, receiver, publisher, came):
        who = f"from {publisher.name} to {receiver.name}"
        numbers = came[receiver.name].get(publisher.name, [])
        known = self.before.get((receiver.name, publisher.name), set())
        missing = sorted(set(publisher.owed) - set(numbers))
        if missing:
            have = [name for name, lists in came.items() if missing[0] in lists.get(publisher.name, [])]
            raise Violation(f"{len(missing)} of {len(publisher.owed)} acknowledged messages are lost {who}: "
                            f"{missing[:10]}; {len(numbers)} came; the first is with {have}")
        seen, last = set(), max(known, default=0)
        for number in numbers:
            if number in seen or number in known:
                if publisher.qos == 2 and receiver.qos == 2:
                    raise Violation(f"message {number} of QoS 2 came twice {who}")
                continue
            if number < last:
                raise Violation(f"message {number} came behind {last} {who}")
            last = number
            seen.add(number)
        strange = seen - set(publisher.owed) - publisher.refused
        if strange:
            raise Violation(f"messages that were not sent came {who}: {sorted(strange)[:10]}")
        if seen:
            self.before[receiver.name, publisher.name] = seen

    # --- between two deaths ---

    def load(self, sluice, seconds, meanwhile=lambda: None):
        mqtt = Load(sluice.port(), sluice.is_alive)
        web = Load(sluice.port("http"), sluice.is_alive)
        for client in self.publishers + self.keepers + self.online:
            mqtt.run(client)
        for client in self.web:
            web.run(client)
        deadline = time.monotonic() + seconds
        meanwhile()
        while time.monotonic() < deadline and sluice.is_alive():
            time.sleep(0.01)  # the load is what happens
        ended = sluice.die()
        for each in (mqtt, web):
            each.end()
        self.drop()
        return ended


class StoreKillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sluice-kill-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve() / "store"
        self.folder.mkdir()
        self.chance = random.Random(f"{SEED} {self.id()}")
        self.course = Course()
        self.addCleanup(self.course.drop)
        print(f"SLUICE_KILL_SEED={SEED}", flush=True)

    def started(self, disk=None):
        sluice = MortalSluice(self.folder, self.chance, disk)
        self.addCleanup(sluice.clean_up)
        sluice.start()
        self.course.begin(sluice.port())
        return sluice

    def store(self, deed):
        return run_to_end("store", deed, "--location", str(self.folder))

    def check(self, sluice, number):
        try:
            self.course.check_kept(sluice)
            self.course.settle(sluice)
            return self.course.check_messages()
        except (AssertionError, Gone) as failure:
            kinds = collections.Counter(json.loads(line)["kind"] for line in self.store("export").stdout.splitlines())
            raise AssertionError(f"round {number} of seed {SEED}: {failure}\n{dict(kinds)}\n"
                                 f"{sluice.log()[-3000:]}") from failure

    def finish(self, sluice):
        sluice.process.send_signal(signal.SIGTERM)
        sluice.process.wait(START_SECONDS_MAX)
        sluice.check_end()
        checked = self.store("check")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def rounds(self, one_round, disk=None):
        """one_round(number, sluice): load and death. Between them everything is checked, on a disk that works."""
        total = 0
        sluice = self.started(disk)
        for number in range(ROUNDS):
            one_round(number, sluice)
            sluice.start_again()
            total += self.check(sluice, number)
        self.finish(sluice)
        print(f"{total} messages in {ROUNDS} rounds", flush=True)
        self.assertGreater(total, ROUNDS)

    def test_what_was_acknowledged_is_there_after_sigkill(self):
        def one_round(number, sluice):
            ended = self.course.load(sluice, self.chance.uniform(*LOAD_SECONDS))
            self.assertIsNone(ended, f"round {number}: the process ended by itself:\n{sluice.log()[-6000:]}")

        self.rounds(one_round)

    def test_what_was_acknowledged_is_there_after_a_power_cut(self):
        disk = FaultyDisk(self.folder, SEED, journal=True)
        lost = [0]

        def one_round(number, sluice):
            ended = self.course.load(sluice, self.chance.uniform(*LOAD_SECONDS))
            self.assertIsNone(ended, f"round {number}: the process ended by itself:\n{sluice.log()[-6000:]}")
            lost[0] += cut_power(self.folder, disk.journal, self.chance)[0]

        self.rounds(one_round, disk)
        print(f"{lost[0]} writes were lost", flush=True)

    def test_what_was_acknowledged_is_there_on_a_disk_that_fails(self):
        disk = FaultyDisk(self.folder, SEED)
        ends = {"killed": 0, "stopped": 0}

        def one_round(number, sluice):
            words = self.chance.choice(FAULTS).format(few=self.chance.randrange(1, 60))
            ended = self.course.load(sluice, self.chance.uniform(*LOAD_SECONDS), lambda: disk.fail(words))
            disk.mend()
            ends["killed" if ended is None else "stopped"] += 1
            if ended is not None:
                self.assertGreater(ended, 0, f"round {number} ({words}): {ended}\n{sluice.log()[-6000:]}")
                self.assertRegex(sluice.log(), "(?i)store", f"round {number} ({words}): it does not say why")

        self.rounds(one_round, disk)
        print(f"with faults: {ends}", flush=True)

    def test_a_full_disk_is_told_and_forgotten(self):
        disk = FaultyDisk(self.folder, SEED)
        sluice = self.started(disk)

        def status(number):
            web = http.client.HTTPConnection("127.0.0.1", sluice.port("http"), timeout=ANSWER_SECONDS)
            web.request("POST", "/topics/load/web-0?qos=1", f"web-0 {number} x")
            try:
                return web.getresponse().status
            finally:
                web.close()

        self.assertLess(status(1), 300)
        disk.fail("calls=write error=ENOSPC")
        wait_until(lambda: status(2) == 507, "a POST was answered with 507")
        five = Publisher("five", 5, 1, "load/five")
        five.connect(sluice.port())
        five.send_next()
        wait_until(lambda: [five.take(*each) for each in five.wire.packets(0.1)] and five.refused,
                   "a PUBLISH was answered with a reason code of failure")
        self.assertTrue(sluice.is_alive())
        disk.mend()
        wait_until(lambda: status(3) < 300, "a POST was taken again")
        five.send_next()
        five.settle()
        self.assertEqual(five.owed, [2])
        five.drop()
        sluice.die()
        sluice.start_again()
        receiver = self.course.offline[0]
        receiver.connect(sluice.port())
        receiver.read_until({("five", 2), ("web-0", 3), ("web-0", 1)})
        receiver.drop()
        self.finish(sluice)


if __name__ == "__main__":
    unittest.main()
