"""Streams while they run: their pace, what a slow reader gets, how they end, and how their filters are changed."""

import json
import pathlib
import tempfile
import time
import unittest

import token_test
from conditions import wait_until
from paho_client import PahoClient
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import RawWeb, curl, delete, get, post, put


def patch(url, body, *arguments):
    return curl(url, "-X", "PATCH", "-H", "Content-Type: application/json", "-d", json.dumps(body), *arguments)


class LiveCase(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_heartbeat 2",)}

    def stream(self, target, **fields):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        web.head = web.open_stream(target, **fields)
        self.assertEqual(web.head.status, 200, web.head)
        web.id = web.head.field("Mqtt-Stream")
        return web

    def send(self, name, payload):
        return post(f"{self.web}/topics/{self.topic}/{name}", payload)

    def row(self, web, *arguments):
        return get(f"{self.web}/api/v1/streams/{web.id}", *arguments)


class StreamsLiveTest(LiveCase):
    def test_a_paced_stream_tells_the_newest_value_of_each_topic(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&every=3s")
        self.send("a", "first")
        self.assertEqual(stream.message()["payload"], "first")  # at once
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(20):
                writer.publish(f"{self.topic}/a", str(number), 1)
            writer.publish(f"{self.topic}/b", "x", 1)
        seen = []
        while {f"{self.topic}/a 19", f"{self.topic}/b x"} - set(seen):
            message = stream.message()
            seen.append(f"{message['topic']} {message['payload']}")
        self.assertLess(len(seen), 8, seen)  # two, unless the machine is very slow
        self.assertEqual(self.row(stream).json["messages"], 1 + len(seen))
        self.assertEqual(self.row(stream).json["dropped"], 0)

    def test_fields_are_chosen(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&fields=topic,payload&parse=json")
        self.send("a", '{"x":1}')
        self.assertEqual(stream.message(), {"topic": f"{self.topic}/a", "payload": {"x": 1}, "enc": "json"})

    def test_a_stream_ends_when_nothing_has_come_for_a_while(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&until_idle=1500ms")
        self.send("a", "1")
        self.assertEqual(stream.message()["payload"], "1")
        with self.assertRaises(ConnectionError):
            stream.line()

    def test_new_retained_values_are_those_behind_the_cursor(self):
        put(f"{self.web}/topics/{self.topic}/old", "1")
        seen = put(f"{self.web}/topics/{self.topic}/seen", "1").field("ETag").strip('"')
        put(f"{self.web}/topics/{self.topic}/new", "1")
        stream = self.stream(f"/topics/{self.topic}?tree&stream&retained=new&after={seen}")
        self.assertEqual(stream.message()["event"], "gap")
        self.assertEqual(stream.message()["topic"], f"{self.topic}/new")
        fresh = self.stream(f"/topics/{self.topic}?tree&stream&retained=new")
        self.send("live", "2")
        self.assertEqual(fresh.message()["payload"], "2")

    def test_no_local_leaves_out_what_the_same_caller_publishes(self):
        quiet = self.stream(f"/topics/{self.topic}?tree&stream&no_local")
        loud = self.stream(f"/topics/{self.topic}?tree&stream")
        self.send("a", "mine")
        message = {"topic": f"{self.topic}/a", "payload": "mine too", "qos": 1}
        for path, body in (("/api/v1/publish", [message]), ("/api/v5/publish", message)):
            self.assertEqual(post(self.web + path, json.dumps(body), "-H", "Content-Type: application/json").status, 200)
        with PahoClient(self.mqtt_port, "somebody") as other:
            other.publish(f"{self.topic}/a", "other's", 1)
        self.assertEqual(quiet.message()["payload"], "other's")
        self.assertEqual([loud.message()["payload"] for _ in range(4)],
                         ["mine", "mine too", "mine too", "other's"])

    def test_a_reader_that_is_too_slow_may_want_to_be_closed(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&overflow=close")
        payload = "x" * 50_000  # together more than the sockets hold
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(600):
                writer.publish(f"{self.topic}/a", f"{number} {payload}", 1)
        numbers = []
        while True:
            message = stream.message()
            if message.get("event") == "bye":
                break
            numbers.append(int(message["payload"].split(" ")[0]))
        self.assertEqual(message["reason_code"], 0x97)
        self.assertEqual(numbers, list(range(len(numbers))), "nothing is missing before it was closed")

    def test_drop_oldest_keeps_the_newest_messages(self):
        stream = self.stream(f"/topics/{self.topic}?tree&stream&overflow=drop-oldest")
        payload = "x" * 50_000  # together more than the sockets hold
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(600):
                writer.publish(f"{self.topic}/a", f"{number} {payload}", 1)
        numbers, dropped = [], 0
        while not numbers or numbers[-1] != 599:
            message = stream.message()
            if message.get("event") == "dropped":
                dropped += message["count"]
            else:
                numbers.append(int(message["payload"].split(" ")[0]))
        self.assertEqual(len(numbers) + dropped, 600)
        self.assertGreater(dropped, 0)
        wait_until(lambda: self.row(stream).json["dropped"] == dropped, "the drops are counted")

    # --- filters of a running stream ---

    def test_filters_are_changed_while_the_stream_runs(self):
        t = self.topic
        put(f"{self.web}/topics/{t}/x/kept", "kept")
        stream = self.stream(f"/topics/{t}/a?stream&as=sse")
        opening = json.loads(stream.event()["data"])
        self.assertEqual(opening["stream"], stream.id)
        self.assertEqual(self.row(stream).json["filters"], [f"{t}/a"])
        answer = patch(f"{self.web}/api/v1/streams/{stream.id}", {"add": [f"{t}/x/#"], "remove": [f"{t}/a", "never"]})
        self.assertEqual((answer.status, answer.json), (200, {
            "stream": stream.id, "filters": [f"{t}/x/#"], "added": [1], "removed": [True, False]}))
        self.assertEqual(json.loads(stream.event()["data"])["payload"], "kept")
        self.send("a", "not heard")
        self.send("x/live", "live")
        self.assertEqual(json.loads(stream.event()["data"])["payload"], "live")
        self.assertEqual(self.row(stream).json["filters"], [f"{t}/x/#"])

    def test_retained_values_of_an_added_filter_come_once(self):
        t = self.topic
        for name in ("a/1", "a/2", "b/1"):
            put(f"{self.web}/topics/{t}/{name}", name)
        stream = self.stream(f"/topics/{t}/a/%2B?stream")
        self.assertEqual({stream.message()["payload"] for _ in range(2)}, {"a/1", "a/2"})
        patch(f"{self.web}/api/v1/streams/{stream.id}", {"add": [f"{t}/#", f"{t}/a/+"]})
        self.assertEqual(stream.message()["payload"], "b/1")
        self.send("end", "end")
        self.assertEqual(stream.message()["payload"], "end", "nothing came twice")

    def test_wrong_changes_change_nothing(self):
        stream = self.stream(f"/topics/{self.topic}/a?stream")
        url = f"{self.web}/api/v1/streams/{stream.id}"
        for body, status, problem in (
                ({"ad": []}, 400, "body-not-readable"), ([], 400, "body-not-readable"),
                ({"add": "x"}, 400, "body-not-readable"), ({"add": [1]}, 400, "body-not-readable"),
                ({"add": ["a/#/b"]}, 400, "topic-filter-invalid"),
                ({"add": [f"f{number}" for number in range(101)]}, 400, "too-many-filters"),
                ({"add": [f"f{number}" for number in range(100)]}, 400, "too-many-filters")):
            with self.subTest(body=str(body)[:40]):
                answer = patch(url, body)
                self.assertEqual((answer.status, answer.json["type"]), (status, f"/problems/{problem}"))
        self.assertEqual(curl(url, "-X", "PATCH", "-d", "no json").status, 400)
        self.assertEqual(self.row(stream).json["filters"], [f"{self.topic}/a"])
        gone = patch(f"{self.web}/api/v1/streams/s-none-1", {"add": ["x"]})
        self.assertEqual((gone.status, gone.json["type"]), (404, "/problems/no-such-stream"))

    def test_the_list_shows_what_runs_page_by_page(self):
        streams = [self.stream(f"/topics/{self.topic}/{number}?stream&as=sse") for number in range(3)]
        listed = {row["id"]: row for row in get(f"{self.web}/api/v1/streams").json["data"]}
        for stream in streams:
            self.assertEqual(listed[stream.id]["transport"], "sse")
        seen, url = [], f"{self.web}/api/v1/streams?limit=1"
        while url:
            answer = get(url)
            self.assertLessEqual(len(answer.json["data"]), 1)
            seen += [row["id"] for row in answer.json["data"]]
            url = f"{self.web}/api/v1/streams?limit=1&cursor={answer.json['next']}" if "next" in answer.json else None
        self.assertEqual(sorted(seen), sorted(listed))
        streams[0].close()
        wait_until(lambda: self.row(streams[0]).status == 404, "the stream is forgotten")

    def test_a_stream_is_ended_from_elsewhere(self):
        stream = self.stream(f"/topics/{self.topic}?stream&as=sse")
        stream.event()
        self.assertEqual(delete(f"{self.web}/api/v1/streams/{stream.id}").status, 204)
        bye = stream.event()
        self.assertEqual((bye["event"], json.loads(bye["data"])["reason_code"]), ("bye", 0x98))
        wait_until(lambda: self.row(stream).status == 404, "the stream is forgotten")


class StreamsOnThreeShardsTest(StreamsLiveTest):
    lines = ("io_threads 3",)


class StreamLimitTest(LiveCase):
    listeners = {"mqtt": (), "http": ("http_streams_per_user 3",)}

    def test_one_caller_has_so_many_streams(self):
        streams = [self.stream(f"/topics/{self.topic}?stream") for _ in range(3)]
        refused = get(f"{self.web}/topics/{self.topic}?stream")
        self.assertEqual((refused.status, refused.json["type"]), (429, "/problems/too-many-streams"))
        self.assertIsNotNone(refused.field("Retry-After"))
        streams[0].close()
        wait_until(lambda: get(f"{self.web}/topics/{self.topic}?stream&until_idle=10ms").status == 200, "there is room again")


class StreamOwnerTest(LiveCase):
    """Only its owner sees a stream, and administrators."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-streams-")
        cls.addClassCleanup(folder.cleanup)
        passwords = pathlib.Path(folder.name) / "passwords"
        for number, (name, password) in enumerate((("anna", "a"), ("ben", "b"), ("root", "r"))):
            run_to_end("passwd", "-b", *(("-c",) if number == 0 else ()), str(passwords), name, password)
        acl = pathlib.Path(folder.name) / "acl"
        acl.write_text("pattern readwrite test/#\nuser root\ntopic readwrite $CONTROL/#\n", encoding="utf-8")
        cls.lines = (f"password_file {passwords}", f"acl_file {acl}", "allow_anonymous false")
        super().setUpClass()

    def test_streams_of_others_are_not_there(self):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        web.open_stream(f"/topics/{self.topic}?stream&as=sse", Authorization="Basic YW5uYTph")  # anna:a
        stream = json.loads(web.event()["data"])["stream"]
        url = f"{self.web}/api/v1/streams/{stream}"
        for user, status in (("ben:b", 404), ("anna:a", 200), ("root:r", 200)):
            with self.subTest(user=user):
                self.assertEqual(get(url, "-u", user).status, status)
                listed = [row["id"] for row in get(f"{self.web}/api/v1/streams", "-u", user).json["data"]]
                self.assertEqual(stream in listed, status == 200)
                self.assertEqual(patch(url, {"add": [f"{self.topic}/{user[0]}"]}, "-u", user).status, status)
        denied = patch(url, {"add": ["secret/#"]}, "-u", "anna:a")
        self.assertEqual((denied.status, denied.json["type"]), (403, "/problems/not-authorized"))
        self.assertEqual(get(url, "-u", "anna:a").json["filters"],
                         [self.topic, f"{self.topic}/a", f"{self.topic}/r"])
        self.assertEqual(delete(url, "-u", "ben:b").status, 404)
        self.assertEqual(delete(url, "-u", "root:r").status, 204)


class TokenEndTest(token_test.Secret):
    """The end of a token ends its streams, and who comes back with it is told to stay away."""

    test_a_good_token_opens_both_doors = test_bad_tokens_open_none = None
    test_a_token_may_bring_rights_that_count_alone = test_the_end_of_a_token_ends_its_connection = None

    def test_a_stream_says_that_its_token_has_ended(self):
        token = self.token(exp=int(time.time()) - 2)  # with the leeway of five seconds, good for three more
        field = f"Bearer {token}"
        with RawWeb(self.sluice.port("http")) as web:
            self.assertEqual(web.open_stream(f"/topics/{self.topic}?stream&as=sse", Authorization=field).status, 200)
            event = web.event()
            while event.get("event") != "auth-expired":
                event = web.event()
            self.assertEqual(json.loads(event["data"]), {"reason_code": 0x87})
            with self.assertRaises(ConnectionError):
                web.event()
        again = curl(f"{self.web}/topics/{self.topic}?stream&as=sse", "-H", f"Authorization: {field}")
        self.assertEqual(again.status, 204)
        other = self.token(exp=int(time.time()) - 100)
        self.assertEqual(curl(f"{self.web}/topics/{self.topic}?stream", "-H", f"Authorization: Bearer {other}").status, 401)


if __name__ == "__main__":
    unittest.main()
