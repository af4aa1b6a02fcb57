"""sluice contrast and POST /api/v1/contrast: what they measure, held against the standards and a packet capture."""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import packet_capture
import raw_mqtt
from conditions import wait_until
from running_sluice import free_port, run_to_end
from sluice_case import SluiceCase
from web_client import post

SIZE = 4
TOPIC = "contrast/temp"
RECEIVERS = 12
PUBLISH_WAYS = ["mqtt-qos0", "mqtt-qos1", "mqtt-qos2", "mqtt5-qos0-alias", "websocket-qos0", "post-curl", "post-browser"]
RECEIVE_WAYS = ["mqtt-qos0", "mqtt-qos1", "mqtt-qos2", "mqtt5-qos0-alias", "websocket-qos0", "sse", "long-poll",
                "poll-changed", "poll-unchanged"]
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
ACL = "topic readwrite #\nuser admin\ntopic readwrite $CONTROL/#\ntopic readwrite #\n"


def ways(rows):
    return [row["way"] for row in rows]


def named(rows, way):
    return next(row for row in rows if row["way"] == way)


def command(port, http_port, *more):
    return run_to_end("contrast", "--port", str(port), "--http-port", str(http_port), "--receivers", str(RECEIVERS), *more,
                      seconds=120)


class ContrastCase(SluiceCase):
    listeners = {"mqtt": (), "http": ()}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-test-")
        cls.addClassCleanup(folder.cleanup)
        users, access = pathlib.Path(folder.name) / "users", pathlib.Path(folder.name) / "acl"
        access.write_text(ACL, encoding="utf-8")
        outcome = run_to_end("passwd", "-H", "sha512", "-b", "-c", str(users), "admin", "adminpw")
        if outcome.returncode != 0:
            raise AssertionError(outcome.stderr)
        cls.lines = (f"password_file {users}", f"acl_file {access}")
        super().setUpClass()

    def measured(self, *more):
        outcome = command(self.mqtt_port, self.sluice.port("http"), "--json", *more)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def asked(self, body, *more):
        return post(f"{self.web}/api/v1/contrast", json.dumps(body), "-H", "Content-Type: application/json", *more)


class CommandTest(ContrastCase):
    def test_each_way_is_measured_and_the_sums_add_up(self):
        table = self.measured("--seconds", "1")
        self.assertEqual(table["notes"], [])
        self.assertEqual(ways(table["publish"]), PUBLISH_WAYS)
        self.assertEqual(ways(table["receive"]), RECEIVE_WAYS)
        self.assertEqual(ways(table["ping"]), ["mqtt-ping", "websocket-ping", "http-curl", "http-browser"])
        self.assertEqual(ways(table["fan_out"]), ["http-posts", "mqtt-publish"])
        self.assertEqual(ways(table["idle"]), ["long-poll", "sse", "mqtt"])
        for group in ("publish", "receive", "ping", "fan_out", "idle"):
            for row in table[group]:
                with self.subTest(group=group, way=row["way"]):
                    total = row["to_server"] + row["to_client"]
                    self.assertEqual(row["payload_bytes"] + row["header_bytes"], total)
                    if row["messages"]:
                        self.assertAlmostEqual(row["bytes_per_message"], total / row["messages"], delta=0.06)
                        self.assertGreater(row["latency_us"], 0)
                        self.assertGreater(row["cpu_us"], 0)
                    self.assertGreaterEqual(row["sockets"]["to_server"], row["to_server"])
                    self.assertGreaterEqual(row["sockets"]["to_client"], row["to_client"])

    def test_mqtt_takes_what_the_standard_says(self):
        table = self.measured("--seconds", "1", "--size", str(SIZE))
        packet = len(raw_mqtt.publish(TOPIC, b"21.5", version=5))
        for qos, (up, down) in enumerate(((packet, 0), (packet + 2, 4), (packet + 2 + 4, 8))):
            row = named(table["publish"], f"mqtt-qos{qos}")
            self.assertEqual((row["to_server"], row["to_client"]), (row["messages"] * up, row["messages"] * down), qos)
            row = named(table["receive"], f"mqtt-qos{qos}")
            self.assertEqual((row["to_server"], row["to_client"]), (row["messages"] * down, row["messages"] * up), qos)
        alias = named(table["publish"], "mqtt5-qos0-alias")
        self.assertEqual(alias["bytes_per_message"], packet - len(TOPIC) + 3)
        ping = named(table["ping"], "mqtt-ping")
        self.assertEqual((ping["to_server"], ping["to_client"]), (2 * ping["messages"], 2 * ping["messages"]))
        one = named(table["fan_out"], "mqtt-publish")
        self.assertEqual((one["to_server"], one["to_client"]), (packet, RECEIVERS * packet))
        posts = named(table["fan_out"], "http-posts")
        self.assertEqual(posts["messages"], RECEIVERS)
        self.assertGreater(posts["to_server"], 100 * RECEIVERS)
        idle = named(table["idle"], "mqtt")
        self.assertEqual((idle["to_server"], idle["to_client"]), (2 * RECEIVERS, 2 * RECEIVERS))

    def test_the_text_has_the_rows_of_the_json(self):
        outcome = command(self.mqtt_port, self.sluice.port("http"), "--seconds", "0")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        lines = outcome.stdout.splitlines()
        for way in PUBLISH_WAYS + RECEIVE_WAYS:
            self.assertTrue(any(line.startswith(way + " ") for line in lines), way)
        self.assertFalse(any(line.startswith("idle") for line in lines))

    def test_a_value_that_somebody_keeps_is_not_overwritten(self):
        kept = f"{self.topic}/kept"
        post(f"{self.web}/topics/{kept}?retain=true", "42")
        table = self.measured("--seconds", "0", "--topic", kept)
        self.assertEqual(ways(table["publish"]), PUBLISH_WAYS[:4])
        self.assertIn("has a retained value", table["notes"][0])

    def test_the_topic_is_left_as_it_was(self):
        self.measured("--seconds", "0")
        outcome = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"{self.web}/topics/{TOPIC}"],
                                 capture_output=True, text=True, check=True, timeout=30)
        self.assertEqual(outcome.stdout, "404")

    def test_nobody_there_is_said_and_ends_with_1(self):
        outcome = command(free_port(), 0)
        self.assertEqual((outcome.returncode, outcome.stdout), (1, ""))
        self.assertIn("Connection refused", outcome.stderr)

    def test_a_wrong_password_is_said(self):
        outcome = command(self.mqtt_port, self.sluice.port("http"), "-u", "admin", "-P", "wrong")
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("reason code", outcome.stderr)


class ResourceTest(ContrastCase):
    ADMIN = ("-u", "admin:adminpw")

    def test_the_process_measures_itself(self):
        answer = self.asked({"size": 10, "receivers": RECEIVERS}, *self.ADMIN)
        self.assertEqual(answer.status, 200, answer)
        table = answer.json
        # Ten seconds are all that it takes; on a busy machine that is too short for the last parts.
        self.assertEqual([each for each in table["notes"] if "too long" not in each], [])
        self.assertEqual((table["size"], table["receivers"]), (10, RECEIVERS))
        self.assertEqual((table["port"], table["http_port"]), (self.mqtt_port, self.sluice.port("http")))
        self.assertEqual(ways(table["publish"]), PUBLISH_WAYS)
        self.assertEqual(ways(table["receive"]), RECEIVE_WAYS)
        if not table["notes"]:
            self.assertEqual(named(table["idle"], "mqtt")["connections"], RECEIVERS)
        self.assertIn(f"--receivers {RECEIVERS}", table["command"])
        self.assertNotIn("adminpw", answer.text)

    def test_it_needs_the_right(self):
        self.assertEqual(self.asked({}).status, 403)

    def test_what_cannot_be_measured_is_refused(self):
        for body in ({"receivers": 0}, {"receivers": 1001}, {"receivers": "9"}, {"size": 0}, {"size": 16385}, {"size": 1.5},
                     {"size": -1}, {"other": 1}, [], "x"):
            with self.subTest(body=body):
                answer = self.asked(body, *self.ADMIN)
                self.assertEqual((answer.status, answer.json["type"]), (400, "/problems/body-not-readable"))

    def test_one_at_a_time(self):
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            answers = list(both.map(lambda _: self.asked({"receivers": 5}, *self.ADMIN), range(2)))
        self.assertEqual(sorted(each.status for each in answers), [200, 503])
        refused = next(each for each in answers if each.status == 503)
        self.assertEqual(refused.json["type"], "/problems/server-busy")
        self.assertIsNotNone(refused.field("Retry-After"))


@unittest.skipIf(packet_capture.missing(), packet_capture.missing())
class CaptureTest(ContrastCase):
    def compare(self, measure):
        try:
            with packet_capture.PacketCapture(self.mqtt_port, self.sluice.port("http")) as capture:
                table = measure()
        except packet_capture.CaptureRefused as refused:
            self.skipTest(f"this machine does not let us capture: {refused}")
        compared = []
        for group in ("publish", "receive", "ping", "fan_out", "idle"):
            for row in table[group]:
                sockets = row["sockets"]
                if row["way"] == "mqtt-publish" and table["idle"]:
                    continue  # its connections went on; they are the row idle/mqtt
                self.assertGreater(len(sockets["ports"]), 0)
                with self.subTest(group=group, way=row["way"]):
                    self.assertEqual((sockets["to_server"], sockets["to_client"]), capture.sum_of(sockets["ports"]))
                compared.append(row["way"])
        return compared

    def test_the_command_counts_what_a_capture_counts(self):
        compared = self.compare(lambda: self.measured("--seconds", "0"))
        self.assertEqual(len(compared), len(PUBLISH_WAYS) + len(RECEIVE_WAYS) + 4 + 2)

    def test_the_page_counts_what_a_capture_counts(self):
        def measure():
            return self.asked({"receivers": RECEIVERS}, "-u", "admin:adminpw").json

        compared = self.compare(measure)
        self.assertGreaterEqual(len(compared), len(PUBLISH_WAYS) + len(RECEIVE_WAYS) + 4 + 1)


@unittest.skipUnless(MOSQUITTO, "mosquitto is not installed")
class MosquittoTest(unittest.TestCase):
    def test_of_a_broker_without_http_only_mqtt_is_told(self):
        port, silent = free_port(), free_port()
        with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
            path = pathlib.Path(folder) / "mosquitto.conf"
            path.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8")
            with open(pathlib.Path(folder) / "log", "wb") as log:
                broker = subprocess.Popen([MOSQUITTO, "-c", str(path)], stdout=log, stderr=log)
            try:
                for http_port, reason in ((silent, "Connection refused"), (port, "the connection")):
                    wait_until(lambda: command(port, 0, "--seconds", "0").returncode == 0, "mosquitto answers")
                    outcome = command(port, http_port, "--seconds", "1", "--json")
                    self.assertEqual(outcome.returncode, 0, outcome.stderr)
                    table = json.loads(outcome.stdout)
                    self.assertEqual(ways(table["publish"]), PUBLISH_WAYS[:4])
                    self.assertEqual(ways(table["receive"]), RECEIVE_WAYS[:4])
                    self.assertEqual(ways(table["ping"]), ["mqtt-ping"])
                    self.assertEqual(ways(table["fan_out"]), ["mqtt-publish"])
                    self.assertEqual(ways(table["idle"]), ["mqtt"])
                    self.assertIn("does not serve topics by HTTP", table["notes"][0])
                    self.assertIn(reason, table["notes"][0])
            finally:
                broker.terminate()
                broker.wait(10)


if __name__ == "__main__":
    unittest.main()
