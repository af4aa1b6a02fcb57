"""Streams: NDJSON, SSE and raw, from the retained values over live messages to the end."""

import json
import unittest

from conditions import Stopwatch, wait_until
from mosquitto_client import publish
from paho_client import PahoClient
from sluice_case import SluiceCase
from web_client import RawWeb, curl, get, post, put


class StreamTest(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_heartbeat 1",)}

    def stream(self, target, **fields):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        answer = web.open_stream(target, **fields)
        self.assertEqual(answer.status, 200, answer)
        web.head = answer
        return web

    def test_every_way_to_ask_opens_a_stream(self):
        t = self.topic
        ndjson, sse = "application/x-ndjson", "text/event-stream"
        for target, fields, expected in (
                (f"/topics/{t}?stream", {}, ndjson), (f"/topics/{t}?stream", {"Accept": "*/*"}, ndjson),
                (f"/topics/{t}", {"Accept": sse}, sse), (f"/topics/{t}?stream", {"Accept": sse}, sse),
                (f"/topics/{t}?tree&stream&as=sse", {}, sse), (f"/topics/{t}/%23?stream&as=ndjson", {}, ndjson),
                (f"/topics/{t}", {"Accept": ndjson}, ndjson), (f"/topics?filter={t}/%2B&filter=x&stream", {}, ndjson),
                (f"/api/v1/stream?filter={t}/%23", {}, ndjson), (f"/api/v1/stream?topic={t}&as=sse", {}, sse),
                (f"/topics/{t}?stream&as=raw", {}, "text/plain; charset=utf-8"),
                (f"/topics/{t}?stream&as=json", {}, ndjson)):
            with self.subTest(target=target, fields=fields):
                head = self.stream(target, **fields).head
                self.assertEqual(head.field("Content-Type"), expected)
                self.assertEqual(head.field("Cache-Control"), "no-store, no-transform")
                self.assertEqual(head.field("X-Accel-Buffering"), "no")

    def test_retained_values_come_first_then_live_messages(self):
        for name in ("a", "b"):
            put(f"{self.web}/topics/{self.topic}/{name}", f"kept {name}")
        stream = self.stream(f"/topics/{self.topic}?tree&stream")
        kept = [stream.message(), stream.message()]
        self.assertEqual(sorted((each["topic"], each["payload"], each["retain"]) for each in kept),
                         [(f"{self.topic}/{name}", f"kept {name}", True) for name in ("a", "b")])
        publish(self.mqtt_port, f"{self.topic}/c", "live", qos=1)
        live = stream.message()
        self.assertEqual((live["payload"], live["retain"], live["topic"]), ("live", False, f"{self.topic}/c"))
        self.assertRegex(live["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_retained_none_leaves_them_out(self):
        put(f"{self.web}/topics/{self.topic}", "kept")
        stream = self.stream(f"/topics/{self.topic}?stream&retained=none")
        post(f"{self.web}/topics/{self.topic}", "live")
        self.assertEqual(stream.message()["payload"], "live")

    def test_events_have_an_opening_ids_and_no_name(self):
        put(f"{self.web}/topics/{self.topic}", "kept")
        stream = self.stream(f"/topics/{self.topic}?stream&as=sse")
        opening = stream.event()
        self.assertEqual((opening[""], opening["event"]), ("ok", "open"))
        self.assertGreater(int(opening["retry"]), 0)
        told = json.loads(opening["data"])
        self.assertEqual((told["filters"], told["retained"]), ([self.topic], 1))
        kept = stream.event()
        self.assertNotIn("event", kept)
        self.assertEqual(json.loads(kept["data"])["payload"], "kept")
        self.assertEqual(json.loads(kept["data"])["id"], kept["id"])
        made = post(f"{self.web}/topics/{self.topic}", "live")
        self.assertEqual(stream.event()["id"], made.json["id"])

    def test_the_topic_may_be_the_name_of_the_event(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&as=sse&event=topic")
        stream.event()
        post(f"{self.web}/topics/{self.topic}/x", "live")
        self.assertEqual(stream.event()["event"], f"{self.topic}/x")

    def test_a_raw_stream_has_payloads_and_nothing_else(self):
        stream = self.stream(f"/topics/{self.topic}?stream&as=raw&max=3")
        for payload in ("21.5", "", "22"):
            post(f"{self.web}/topics/{self.topic}", payload)
        self.assertEqual([stream.line() for _ in range(3)], ["21.5", "", "22"])

    def test_a_payload_with_line_breaks_stays_one_message(self):
        payload = "one\ntwo\r\nthree\rfour\n\nid: forged\n\ndata: {}"
        lines = self.stream(f"/topics/{self.topic}?stream")
        events = self.stream(f"/topics/{self.topic}?stream&as=sse")
        events.event()
        post(f"{self.web}/topics/{self.topic}", payload)
        self.assertEqual(lines.message()["payload"], payload)
        self.assertEqual(json.loads(events.event()["data"])["payload"], payload)

    def test_a_topic_with_a_line_break_cannot_forge_an_event(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&as=sse&event=topic")
        stream.event()
        with PahoClient(self.mqtt_port, "forger") as forger:
            forger.publish(f"{self.topic}/x\nid: forged", "payload", 1)
        event = stream.event()
        self.assertNotEqual(event["id"], "forged")
        self.assertEqual(json.loads(event["data"])["payload"], "payload")

    def test_max_ends_the_stream_after_so_many_messages(self):
        put(f"{self.web}/topics/{self.topic}", "kept")
        stream = self.stream(f"/topics/{self.topic}?stream&max=3")
        for number in range(5):
            post(f"{self.web}/topics/{self.topic}", str(number))
        self.assertEqual([stream.message()["payload"] for _ in range(3)], ["kept", "0", "1"])
        with self.assertRaises(ConnectionError):
            stream.message()
        stream.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stream.ended, stream.text = False, b""
        self.assertEqual(stream.read_answer().text, "live\n")

    def test_a_silent_stream_sends_heartbeats(self):
        events = self.stream(f"/topics/{self.topic}?stream&as=sse")
        events.event()
        lines = self.stream(f"/topics/{self.topic}?stream")
        watch = Stopwatch()
        self.assertEqual(events.event(), {"": "ok"})
        self.assertEqual(lines.line(), "")
        self.assertLess(watch.seconds(), 3)

    def test_ten_thousand_messages_come_complete_and_in_order(self):
        count = 10_000
        streams = [self.stream(f"/topics/{self.topic}?stream&as={form}&max={count}")
                   for form in ("ndjson", "raw", "sse")]
        streams[2].event()
        with PahoClient(self.mqtt_port, "writer") as writer:
            writer.client.max_inflight_messages_set(100)
            for number in range(count):
                writer.client.publish(self.topic, str(number), 1)
                if number % 500 == 499:  # the readers are this thread, too
                    expected = list(range(number - 499, number + 1))
                    for read in (lambda: streams[0].message()["payload"], streams[1].line,
                                 lambda: json.loads(self.next_data(streams[2]))["payload"]):
                        self.assertEqual([int(read()) for _ in range(500)], expected)

    @staticmethod
    def next_data(stream):
        while True:
            event = stream.event()
            if "data" in event:
                return event["data"]

    def test_a_reader_that_stops_reading_gets_told_what_it_lost_and_slows_nobody(self):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        stream = self.stream(f"/topics/{self.topic}?stream&retained=none")
        web.open_stream(f"/topics/{self.topic}?stream&retained=none")
        before = self.sluice.resident_kib()
        payload = "x" * 10_000
        watch = Stopwatch()
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(3000):
                writer.client.publish(self.topic, f"{number} {payload}", 0)
                if number % 50 == 49:
                    for _ in range(50):
                        stream.message()
        self.assertLess(watch.seconds(), 30)
        self.assertLess(self.sluice.resident_kib() - before, 64 * 1024)
        post(f"{self.web}/topics/{self.topic}", "last")
        numbers, dropped = [], 0
        while True:
            message = web.message()
            if message.get("event") == "dropped":
                dropped += message["count"]
            elif message["payload"] == "last":
                break
            else:
                numbers.append(int(message["payload"].split(" ")[0]))
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len(numbers) + dropped, 3000)
        self.assertGreater(dropped, 0)

    def test_a_reader_that_goes_away_is_forgotten(self):
        before = self.sluice.descriptors()
        streams = [self.stream(f"/topics/{self.topic}?stream") for _ in range(20)]
        self.assertEqual(post(f"{self.web}/topics/{self.topic}", "x").json["matched"], 20)
        for stream in streams:
            stream.close()
        wait_until(lambda: post(f"{self.web}/topics/{self.topic}", "x").json["matched"] == 0, "nobody reads", 5)
        wait_until(lambda: self.sluice.descriptors() <= before, "the descriptors were closed", 5)

    def test_head_and_wrong_options_open_nothing(self):
        self.assertEqual(curl(f"{self.web}/api/v1/stream?filter=a", "-I").status, 200)
        for query in ("as=xml", "max=0", "max=x", "qos=3", "retained=some", "event=name", "streem", "limit=1",
                      "stream=maybe"):
            with self.subTest(query=query):
                self.assertEqual(get(f"{self.web}/topics/{self.topic}?stream&{query}").status, 400)
        self.assertEqual(get(f"{self.web}/api/v1/stream").status, 400)
        many = "&".join(f"filter=f{number}" for number in range(101))
        answer = get(f"{self.web}/api/v1/stream?{many}")
        self.assertEqual((answer.status, answer.json["type"]), (400, "/problems/too-many-filters"))

    def test_an_http_1_0_stream_has_no_chunks(self):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        answer = web.open_stream(f"/topics/{self.topic}?stream&max=1", version="1.0")
        self.assertEqual((answer.status, answer.field("Transfer-Encoding")), (200, None))
        post(f"{self.web}/topics/{self.topic}", "old style")
        self.assertEqual(web.message()["payload"], "old style")
        self.assertEqual(web.read_to_end(), b"")


if __name__ == "__main__":
    unittest.main()
