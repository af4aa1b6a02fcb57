"""JSON over WebSocket: every operation of mqtt.json.v1, and what is refused."""

import base64
import json
import pathlib
import tempfile
import threading
import unittest

from conditions import wait_until
from paho_client import V5, PahoClient
from raw_websocket import BINARY, CLOSE, PING, PONG, TEXT, RawWebSocket, frame
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import get, post, put

PROTOCOL = "mqtt.json.v1"


class JsonSocket(RawWebSocket):
    def __init__(self, port, **options):
        super().__init__(port, path="/ws", protocol=PROTOCOL, **options)
        self.pings = 0

    def say(self, **what):
        self.send(frame(TEXT, json.dumps(what).encode()))

    def hear(self):
        """The next object; pings are answered."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == PING:
                self.pings += 1
                self.send(frame(PONG, payload))
            elif opcode != PONG:
                raise AssertionError(f"a frame of type {opcode} came: {payload!r}")

    def ask(self, **what):
        self.say(**what)
        return self.hear()


class SocketCase(SluiceCase):
    def socket(self, ready=True, **options):
        web = JsonSocket(self.sluice.port("http"), **options)
        self.addCleanup(web.close)
        self.assertEqual(web.status, 101, web.head)
        if ready:
            web.ready = web.hear()
            self.assertEqual(web.ready["op"], "ready", web.ready)
        return web


class JsonWebSocketTest(SocketCase):
    listeners = {"mqtt": (), "http": ("http_heartbeat 1",)}

    def test_the_handshake_chooses_the_subprotocol(self):
        port = self.sluice.port("http")
        with RawWebSocket(port, path="/ws", protocol="other, mqtt.json.v1, mqtt") as web:
            self.assertEqual((web.status, web.field("Sec-WebSocket-Protocol")), (101, PROTOCOL))
        for path in ("/ws", "/anywhere", "/mqtt"):
            with RawWebSocket(port, path=path, protocol="mqtt") as web:
                self.assertEqual((web.status, web.field("Sec-WebSocket-Protocol")), (101, "mqtt"))
        for path, protocol, status in (("/ws", None, 400), ("/ws", "other", 400), ("/elsewhere", PROTOCOL, 400)):
            with RawWebSocket(port, path=path, protocol=protocol) as web:
                self.assertEqual(web.status, status, (path, protocol))
        with RawWebSocket(port, path="/ws", protocol=PROTOCOL, Origin="https://evil.example") as web:
            self.assertEqual(web.status, 403)
        plain = get(f"{self.web}/ws")
        self.assertEqual((plain.status, plain.field("Upgrade")), (426, "websocket"))
        self.assertIn("mqtt.json.v1", plain.json["hint"])

    def test_ready_tells_who_one_is_and_the_limits(self):
        web = self.socket()
        self.assertTrue(web.ready["client"].startswith("http:"))
        self.assertEqual(web.ready["limits"]["filters"], 100)
        row = get(f"{self.web}/api/v1/streams/{web.ready['stream']}").json
        self.assertEqual(row["transport"], "json-websocket")

    def test_subscribe_publish_and_unsubscribe(self):
        put(f"{self.web}/topics/{self.topic}/kept", "kept")
        web = self.socket()
        self.assertEqual(web.ask(op="sub", n=1, filters=[{"f": f"{self.topic}/#", "qos": 1}, f"{self.topic}/+"]),
                         {"op": "suback", "n": 1, "rc": [1, 1]})
        kept = web.hear()
        self.assertEqual((kept["op"], kept["payload"], kept["retain"], kept["sub"]), ("msg", "kept", True, 1))
        web.say(op="pub", n=2, topic=f"{self.topic}/a", payload="1", qos=1,
                props={"content_type": "text/x", "user": [["unit", "C"]]})
        answers = [web.hear(), web.hear()]
        message = next(each for each in answers if each["op"] == "msg")
        puback = next(each for each in answers if each["op"] == "puback")
        self.assertEqual((puback["n"], puback["rc"], puback["matched"], puback["id"]), (2, 0, 1, message["id"]))
        self.assertEqual(message["props"], {"content_type": "text/x", "user": [["unit", "C"]]})
        self.assertEqual(web.ask(op="unsub", n=3, filters=[f"{self.topic}/#", "never"]),
                         {"op": "unsuback", "n": 3, "rc": [0, 0x11]})
        self.assertEqual(web.ask(op="unsub", n=4, filters=[f"{self.topic}/+"])["rc"], [0])
        self.assertEqual(post(f"{self.web}/topics/{self.topic}/a", "x").json["matched"], 0)

    def test_payloads_are_text_bytes_or_json(self):
        web = self.socket()
        web.ask(op="sub", filters=[f"{self.topic}/#"], parse="json")
        for payload, more in (("grün", {}), (base64.b64encode(b"\xff\0").decode(), {"enc": "base64"}),
                              ({"x": [1, 2]}, {"enc": "json"})):
            web.say(op="pub", topic=f"{self.topic}/a", payload=payload, qos=0, **more)
            message = web.hear()
            self.assertEqual((message["payload"], message.get("enc")), (payload, more.get("enc")))

    def test_get_reads_retained_values(self):
        for name in ("a", "b", "c"):
            put(f"{self.web}/topics/{self.topic}/{name}", name)
        web = self.socket()
        answer = web.ask(op="get", n=9, filter=f"{self.topic}/#", limit=2)
        self.assertEqual((answer["op"], answer["n"], [each["payload"] for each in answer["messages"]]), ("res", 9, ["a", "b"]))
        more = web.ask(op="get", n=10, filter=f"{self.topic}/#", cursor=answer["next"])
        self.assertEqual([each["payload"] for each in more["messages"]], ["c"])
        self.assertNotIn("next", more)

    def test_a_question_is_answered_by_a_device(self):
        with PahoClient(self.mqtt_port, "device", version=V5) as device:
            device.subscribe(f"{self.topic}/rpc", 1)
            web = self.socket()
            web.say(op="req", n=5, topic=f"{self.topic}/rpc", payload="status", timeout=10)
            wait_until(lambda: device.messages, "the question")
            asked = device.messages[0]
            self.assertEqual(asked.payload, b"status")
            properties = type(asked.properties)(3)  # of PUBLISH
            properties.CorrelationData = asked.properties.CorrelationData
            device.client.publish(asked.properties.ResponseTopic, "fine", 1, properties=properties)
            answer = web.hear()
            self.assertEqual((answer["op"], answer["n"], answer["payload"]), ("res", 5, "fine"))
            web.say(op="req", n=6, topic=f"{self.topic}/rpc", timeout=0.2)
            late = web.hear()
            self.assertEqual((late["n"], late["problem"]["type"]), (6, "/problems/reply-timeout"))
        nobody = web.ask(op="req", n=7, topic=f"{self.topic}/nobody", timeout=10)
        self.assertEqual((nobody["n"], nobody["problem"]["type"]), (7, "/problems/no-subscribers"))

    def test_with_manual_ack_no_more_comes_than_may_be_open(self):
        web = self.socket()
        most = web.ready["limits"]["inflight"]
        web.ask(op="sub", filters=[{"f": self.topic, "qos": 1}], manual_ack=True)
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(most + 10):
                writer.publish(self.topic, str(number), 1)
        first = [web.hear() for _ in range(most)]
        self.assertEqual(web.ask(op="ping", n=1)["op"], "pong", "the others wait")
        web.say(op="ack", id=first[0]["id"])
        self.assertEqual(web.hear()["payload"], str(most))
        for each in first[1:10]:
            web.say(op="ack", id=each["id"])
        self.assertEqual([web.hear()["payload"] for _ in range(9)], [str(most + number) for number in range(1, 10)])

    def test_a_paced_filter_tells_the_newest(self):
        web = self.socket()
        web.ask(op="sub", filters=[{"f": f"{self.topic}/slow", "every": 3000}, f"{self.topic}/fast"])
        with PahoClient(self.mqtt_port, "writer") as writer:
            writer.publish(f"{self.topic}/slow", "0", 1)
            self.assertEqual(web.hear()["payload"], "0")  # at once
            for number in range(1, 10):
                writer.publish(f"{self.topic}/slow", str(number), 1)
            writer.publish(f"{self.topic}/fast", "fast", 1)
        seen = []
        while not {"9", "fast"} <= set(seen):
            seen.append(web.hear()["payload"])
        self.assertLess(len(seen), 6, seen)  # two, unless the machine is very slow

    def test_mistakes_are_answered_and_cost_nothing(self):
        web = self.socket()
        for text, problem in (("no json", "body-not-readable"), ("[]", "body-not-readable"), ('{"op":"x"}', "body-not-readable"),
                              ('{"op":"pub","topic":"a/+"}', "wildcard-in-topic-name"),
                              ('{"op":"sub","filters":["a/#/b"]}', "topic-filter-invalid"),
                              ('{"op":"auth","token":"late"}', "body-not-readable")):
            web.send(frame(TEXT, text.encode()))
            self.assertEqual(web.hear()["problem"]["type"], f"/problems/{problem}", text)
        many = web.ask(op="sub", n=1, filters=[f"f{number}" for number in range(100)])
        self.assertEqual(many["rc"], [1] * 100)
        self.assertEqual(web.ask(op="sub", n=2, filters=["one more"])["problem"]["type"], "/problems/too-many-filters")
        self.assertEqual(web.ask(op="sub", n=3, filters=["f0"])["rc"], [1])
        denied = web.ask(op="pub", n=4, topic="$SYS/x", payload="1")
        self.assertEqual((denied["n"], denied["problem"]["status"]), (4, 403))

    def test_frames_that_break_the_rules_close_with_their_status(self):
        for bad, status in ((frame(BINARY, b"x"), 1003), (frame(TEXT, b"\xff"), 1007), (frame(TEXT, b"x", masked=False), 1002),
                            (frame(TEXT, b"", length=2**40), 1009), (frame(TEXT, b"x" * 1_048_577), 1009)):
            with self.subTest(status=status):
                web = self.socket()
                web.send(bad)
                self.assertEqual(web.expect_close(), status)

    def test_pings_goodbyes_and_fragments(self):
        web = self.socket()
        web.send(frame(PING, b"hello"))
        self.assertEqual(web.read_frame(), (PONG, b"hello"))
        web.send(frame(TEXT, b'{"op":', final=False) + frame(PING, b"") + frame(0, b'"ping"}'))
        self.assertEqual(web.read_frame(), (PONG, b""))
        self.assertEqual(web.hear()["op"], "pong")
        opcode, _ = web.read_frame()  # the heartbeat
        self.assertEqual(opcode, PING)
        web.send(frame(CLOSE, (4000).to_bytes(2, "big")))
        self.assertEqual(web.expect_close(), 4000)
        wait_until(lambda: get(f"{self.web}/api/v1/streams/{web.ready['stream']}").status == 404, "it is forgotten")

    def test_a_reader_that_is_slow_keeps_the_newest_of_each_topic(self):
        web = self.socket()
        web.ask(op="sub", filters=[{"f": f"{self.topic}/#", "qos": 0}])
        payload = "x" * 50_000  # together more than the sockets hold
        with PahoClient(self.mqtt_port, "writer") as writer:
            for number in range(600):
                writer.publish(f"{self.topic}/{number % 2}", f"{number} {payload}", 1)
        numbers, dropped = [], 0
        while not {598, 599} <= set(numbers):
            message = web.hear()
            if message["op"] == "dropped":
                dropped += message["count"]
            else:
                numbers.append(int(message["payload"].split(" ")[0]))
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len(numbers) + dropped, 600)
        self.assertGreater(dropped, 0)

    def test_a_thousand_publishes_are_pipelined(self):
        reader = self.socket()
        reader.ask(op="sub", filters=[{"f": self.topic, "qos": 1}])
        writer = self.socket()
        sender = threading.Thread(target=lambda: [writer.say(op="pub", n=number, topic=self.topic, payload=str(number))
                                                  for number in range(1000)])
        sender.start()
        self.assertEqual([reader.hear()["payload"] for _ in range(1000)], [str(number) for number in range(1000)])
        self.assertEqual([writer.hear()["n"] for _ in range(1000)], list(range(1000)))
        sender.join()

    def test_subscribing_again_and_again_adds_nothing(self):
        web = self.socket()
        for _ in range(50):
            web.ask(op="sub", filters=[f"{self.topic}/{number}" for number in range(50)])
        row = get(f"{self.web}/api/v1/streams/{web.ready['stream']}").json
        self.assertEqual(len(row["filters"]), 50)


class JsonWebSocketOnThreeShardsTest(JsonWebSocketTest):
    lines = ("io_threads 3",)


class JsonWebSocketUsersTest(SocketCase):
    """Who a socket is: by the header field, or by its first frame."""

    listeners = {"mqtt": (), "http": ()}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-socket-")
        cls.addClassCleanup(folder.cleanup)
        passwords = pathlib.Path(folder.name) / "passwords"
        run_to_end("passwd", "-b", "-c", str(passwords), "anna", "a secret")
        acl = pathlib.Path(folder.name) / "acl"
        acl.write_text("user anna\ntopic readwrite test/#\n", encoding="utf-8")
        cls.lines = (f"password_file {passwords}", f"acl_file {acl}", "allow_anonymous false")
        super().setUpClass()

    def test_the_first_frame_may_say_who_one_is(self):
        web = self.socket(ready=False)
        ready = web.ask(op="auth", username="anna", password="a secret")
        self.assertEqual((ready["op"], ready["user"]), ("ready", "anna"))
        self.assertEqual(web.ask(op="sub", n=1, filters=["test/x", "secret"])["rc"], [1, 0x87])
        self.assertEqual(web.ask(op="get", n=2, filter="secret/#")["problem"]["status"], 403)

    def test_the_header_field_may(self):
        web = self.socket(Authorization="Basic " + base64.b64encode(b"anna:a secret").decode())
        self.assertEqual(web.ready["user"], "anna")
        with JsonSocket(self.sluice.port("http"), Authorization="Basic " + base64.b64encode(b"anna:wrong").decode()) as refused:
            self.assertEqual(refused.status, 401)

    def test_nobody_else_gets_in(self):
        for first in ({"op": "auth", "username": "anna", "password": "guessed"}, {"op": "auth", "token": "x.y.z"},
                      {"op": "sub", "filters": ["test/x"]}):
            with self.subTest(first=first):
                web = self.socket(ready=False)
                self.assertEqual(web.ask(**first)["problem"]["type"], "/problems/not-authenticated")
                self.assertEqual(web.expect_close(), 1008)
        self.assertNotIn("guessed", self.sluice.log())


if __name__ == "__main__":
    unittest.main()
