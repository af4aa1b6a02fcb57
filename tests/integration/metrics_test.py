"""/metrics as Prometheus reads it, and whether its numbers are those of what was done."""

import shutil
import subprocess
import tempfile
import time
import unittest

import raw_mqtt
from conditions import wait_until
from observed_case import ObservedCase, parse
from raw_mqtt import RawClient
from raw_websocket import BINARY, RawWebSocket, frame
from web_client import RawWeb, get, post, put

OPENMETRICS = "application/openmetrics-text"


class FormTest(ObservedCase):
    def test_the_text_is_what_promtool_wants(self):
        if shutil.which("promtool") is None:
            self.skipTest("this test needs promtool, of Debian's package prometheus")
        text = get(f"{self.web}/metrics").body
        outcome = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30, check=False)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b"", b""))

    def test_the_caller_chooses_between_both_formats(self):
        plain = get(f"{self.web}/metrics")
        self.assertEqual(plain.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        self.assertIn("# TYPE sluice_messages_received_total counter\n", plain.text)
        opened = get(f"{self.web}/metrics", "-H", f"Accept: {OPENMETRICS};version=1.0.0,text/plain;q=0.5")
        self.assertEqual(opened.field("Content-Type"), f"{OPENMETRICS}; version=1.0.0; charset=utf-8")
        self.assertTrue(opened.text.endswith("\n# EOF\n"))
        self.assertIn("# TYPE sluice_messages_received counter\n", opened.text)
        self.assertEqual(parse(plain.text).keys(), parse(opened.text).keys())

    def test_an_administrator_reads_it_and_nobody_else(self):
        self.check_right("/metrics")
        self.assertEqual(get(f"{self.web}/metrics?wait=1").json["type"], "/problems/unknown-parameter")

    def test_the_program_tells_of_itself(self):
        now = self.metrics()
        self.assertGreater(now["process_resident_memory_bytes"], 1_000_000)
        self.assertLess(abs(now["process_start_time_seconds"] - time.time()), 3600)
        self.assertAlmostEqual(now["process_open_fds"], self.sluice.descriptors(), delta=2)  # the request has one
        self.assertGreaterEqual(now["process_threads"], 1)
        self.assertGreaterEqual(now["process_cpu_seconds_total"], 0)


class CountedTest(ObservedCase):
    def difference(self, before, name, **labels):
        shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
        key = f"sluice_{name}" + (f"{{{shown}}}" if shown else "")
        return self.metrics()[key] - before[key]

    def wait_for(self, before, name, amount, **labels):
        wait_until(lambda: self.difference(before, name, **labels) == amount,
                   lambda: f"{name} {labels} rose by {amount} and not by {self.difference(before, name, **labels)}")

    def test_each_transport_counts_its_own(self):
        before = self.metrics()
        sent = raw_mqtt.publish(self.topic, b"12345", qos=1)
        with RawClient.online(self.mqtt_port, "counted") as client:
            client.send(sent)
            client.expect(raw_mqtt.PUBACK)
            self.wait_for(before, "clients_connected", 1, transport="mqtt")
        self.wait_for(before, "messages_received_total", 1, transport="mqtt")
        self.wait_for(before, "payload_received_bytes_total", 5, transport="mqtt")
        self.wait_for(before, "wire_received_bytes_total", len(sent) + len(raw_mqtt.connect("counted")), transport="mqtt")
        self.wait_for(before, "wire_sent_bytes_total", 4 + 4, transport="mqtt")
        self.wait_for(before, "packets_received_total", 2, transport="mqtt")
        self.wait_for(before, "clients_connected", 0, transport="mqtt")
        web = RawWebSocket(self.sluice.port("http"))
        self.addCleanup(web.socket.close)
        packets = raw_mqtt.connect("framed") + raw_mqtt.publish(self.topic, b"123")
        web.socket.sendall(frame(BINARY, packets))
        self.wait_for(before, "messages_received_total", 1, transport="websocket")
        self.wait_for(before, "wire_received_bytes_total", len(frame(BINARY, packets)), transport="websocket")

    def test_http_counts_requests_bytes_and_time(self):
        before = self.metrics()
        request = f"POST /topics/{self.topic} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n21.5"
        with RawWeb(self.sluice.port("http")) as web:
            web.send(request)
            while b"\r\n\r\n" not in web.unread or not web.unread.endswith(b"}\n"):
                web.fill()
            answered = len(web.unread)
        self.wait_for(before, "messages_received_total", 1, transport="http")
        self.wait_for(before, "wire_received_bytes_total", len(request), transport="http")
        self.wait_for(before, "wire_sent_bytes_total", answered, transport="http")
        get(f"{self.web}/topics/{self.topic}/nothing")
        self.wait_for(before, "http_requests_total", 1, status="4xx")
        self.assertGreater(self.difference(before, "http_request_duration_seconds_count"), 1)
        self.assertGreaterEqual(self.difference(before, "publish_duration_seconds_count"), 1)

    def test_streams_are_seen_while_they_are_open(self):
        before = self.metrics()
        with RawWeb(self.sluice.port("http")) as web:
            web.open_stream(f"/topics/{self.topic}?stream&as=sse")
            self.assertEqual(web.event()["event"], "open")
            self.wait_for(before, "streams_open", 1, transport="sse")
            post(f"{self.web}/topics/{self.topic}", "1234567")
            self.assertIn("data", web.event())
            self.wait_for(before, "messages_sent_total", 1, transport="sse")
            self.wait_for(before, "payload_sent_bytes_total", 7, transport="sse")
        self.wait_for(before, "streams_open", 0, transport="sse")

    def test_what_is_retained_and_subscribed_to_is_counted(self):
        before = self.metrics()
        put(f"{self.web}/topics/{self.topic}", "123456")
        self.wait_for(before, "retained_messages", 1)
        self.wait_for(before, "retained_payload_bytes", 6)
        with RawClient.online(self.mqtt_port, "reader") as client:
            client.send(raw_mqtt.subscribe("a/#"))
            client.expect(raw_mqtt.SUBACK)
            self.wait_for(before, "subscriptions", 1)
            self.wait_for(before, "sessions", 1)


class SlowReaderTest(ObservedCase):
    listeners = {"mqtt": (), "http": ("http_stream_queue 10",)}

    def test_what_a_reader_that_never_reads_loses_is_seen_at_once(self):
        stuck = RawWeb(self.sluice.port("http"))
        self.addCleanup(stuck.close)
        stuck.open_stream(f"/topics/{self.topic}?stream&as=ndjson")
        payload = "x" * 500_000  # the buffers of the sockets are full soon

        def dropped():
            post(f"{self.web}/topics/{self.topic}", payload)
            return self.value("messages_dropped_total", transport="ndjson") > 0
        wait_until(dropped, "drops of the slow stream are in the metrics")


class StoreTest(ObservedCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-metrics-")
        cls.addClassCleanup(folder.cleanup)
        cls.more_lines = ("persistence true", f"persistence_location {folder.name}/", "history test/# 1h 100")
        super().setUpClass()

    def test_the_store_shows_its_commits(self):
        self.assertEqual(self.value("store_enabled"), 1)
        put(f"{self.web}/topics/{self.topic}", "1")
        wait_until(lambda: self.value("store_history_messages_total") == 1, "the message is in history")
        self.assertGreaterEqual(self.value("store_commit_duration_seconds_count"), 1)
        self.assertEqual((self.value("store_disk_full"), self.value("store_changes_waiting")), (0, 0))


class ThreeThreadsTest(CountedTest):
    threads = 3


if __name__ == "__main__":
    unittest.main()
