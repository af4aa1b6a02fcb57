"""/api/v1/cost: the computed table against bytes counted on real connections, and the measured one."""

import json
import unittest

import raw_mqtt
from conditions import wait_until
from observed_case import ObservedCase
from raw_mqtt import RawClient, varint
from raw_websocket import BINARY, RawWebSocket, frame
from web_client import RawWeb, get, put

HEADER = "Host: localhost\r\nUser-Agent: test/1\r\nAccept: */*\r\n"
PAYLOAD = b"x" * 200


class CountedSocket(RawWeb):
    """Counts the bytes of an exchange."""

    def exchange(self, request):
        self.send(request)
        before = len(self.unread)
        while b"\r\n\r\n" not in self.unread:
            self.fill()
        head, _, body = self.unread.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            self.fill()
            body = self.unread.partition(b"\r\n\r\n")[2]
        self.answer = body
        size, self.unread = len(self.unread) - before, b""
        return len(request), size


class ComputedTest(ObservedCase):
    def setUp(self):
        super().setUp()
        self.web_socket = CountedSocket(self.sluice.port("http"))
        self.addCleanup(self.web_socket.close)

    def table(self, kind, n=1, receivers=1, size=len(PAYLOAD)):
        self.web_socket.exchange(f"GET /api/v1/cost?topic={self.topic}&size={size}&n={n}&receivers={receivers} HTTP/1.1\r\n"
                                 f"{HEADER}\r\n".encode())
        table = json.loads(self.web_socket.answer)
        return {row["way"]: (row["to_server"], row["to_client"], row["packets"]) for row in table[kind]}

    def test_mqtt_costs_what_the_packets_have(self):
        table = self.table("publish")
        with RawClient.online(self.mqtt_port, "publisher") as client:
            for qos, answers in ((0, ()), (1, (raw_mqtt.PUBACK,)), (2, (raw_mqtt.PUBREC, raw_mqtt.PUBCOMP))):
                packet = raw_mqtt.publish(self.topic, PAYLOAD, qos=qos)
                client.send(packet)
                sent, received = len(packet), 0
                for answer in answers:
                    received += 2 + len(client.expect(answer))
                    if answer == raw_mqtt.PUBREC:
                        release = raw_mqtt.packet(raw_mqtt.PUBREL, 2, b"\x00\x01")
                        client.send(release)
                        sent += len(release)
                self.assertEqual(table[f"mqtt-qos{qos}"], (sent, received, 1 + 2 * len(answers) - (qos > 0)), qos)

    def test_receivers_cost_what_comes_to_them(self):
        table = self.table("receive")
        with RawClient.online(self.mqtt_port, "receiver") as client:
            client.send(raw_mqtt.subscribe(self.topic, qos=1))
            client.expect(raw_mqtt.SUBACK)
            client.send(raw_mqtt.publish(self.topic, PAYLOAD, qos=1))
            first, body = client.read_packet()
            if first >> 4 == raw_mqtt.PUBACK:
                first, body = client.read_packet()
            self.assertEqual(first >> 4, raw_mqtt.PUBLISH)
            self.assertEqual(table["mqtt-qos1"][:2], (4, 1 + len(varint(len(body))) + len(body)))

    def test_a_topic_alias_saves_the_topic_after_the_first_message(self):
        named, alias = b"\x03\x23\x00\x01", len(self.topic)
        first = raw_mqtt.packet(raw_mqtt.PUBLISH, 0, raw_mqtt.text(self.topic) + named + PAYLOAD)
        later = raw_mqtt.packet(raw_mqtt.PUBLISH, 0, raw_mqtt.text("") + named + PAYLOAD)
        self.assertEqual(len(first) - len(later), alias)
        self.assertEqual(self.table("publish", n=10)["mqtt5-qos0-alias"], (len(first) + 9 * len(later), 0, 10))

    def test_websocket_adds_its_frames(self):
        packet = raw_mqtt.publish(self.topic, PAYLOAD, qos=1)
        web = RawWebSocket(self.sluice.port("http"))
        self.addCleanup(web.socket.close)
        web.socket.sendall(frame(BINARY, raw_mqtt.connect("framed")))
        wait_until(lambda: len(web.unread) >= 6 or web.fill(), "CONNACK came")
        web.unread = b""
        web.socket.sendall(frame(BINARY, packet))
        wait_until(lambda: len(web.unread) >= 6 or web.fill(), "PUBACK came")
        self.assertEqual(self.table("publish")["websocket-qos1"], (len(frame(BINARY, packet)), len(web.unread), 2))

    def test_http_costs_what_an_exchange_has(self):
        table = self.table("publish", receivers=0)
        request = f"POST /topics/{self.topic} HTTP/1.1\r\n{HEADER}Content-Length: {len(PAYLOAD)}\r\n\r\n".encode() + PAYLOAD
        sent, received = self.web_socket.exchange(request)
        self.assertEqual(table["post"][:1], (sent,))
        self.assertAlmostEqual(table["post"][1], received, delta=2)  # ids grow

    def test_polling_costs_what_a_look_has(self):
        put(f"{self.web}/topics/{self.topic}", PAYLOAD)
        tag = get(f"{self.web}/topics/{self.topic}").field("ETag")
        table = self.table("receive")
        request = f"GET /topics/{self.topic} HTTP/1.1\r\n{HEADER}If-None-Match: %s\r\n\r\n"
        for way, shown in (("poll-unchanged", tag), ("poll-changed", '"' + "y" * (len(tag) - 2) + '"')):
            sent, received = self.web_socket.exchange((request % shown).encode())
            self.assertAlmostEqual(table[way][0], sent, delta=2)
            self.assertAlmostEqual(table[way][1], received, delta=4)

    def test_streams_cost_what_comes_of_a_message(self):
        table = self.table("receive", receivers=3)
        for form in ("sse", "ndjson"):
            with RawWeb(self.sluice.port("http")) as web:
                web.open_stream(f"/topics/{self.topic}?stream&as={form}")
                if form == "sse":
                    web.event()
                web.unread = b""
                with RawClient.online(self.mqtt_port, form) as client:
                    client.send(raw_mqtt.publish(self.topic, PAYLOAD, qos=1))
                    client.expect(raw_mqtt.PUBACK)
                while not web.unread.endswith(b"\n\r\n"):
                    web.fill()
                self.assertAlmostEqual(table[form][1] / 3, len(web.unread), delta=4)

    def test_the_table_is_text_for_people_and_only_for_administrators(self):
        text = get(f"{self.web}/api/v1/cost?topic=home/lamp&as=text").text
        self.assertRegex(text, r"(?m)^mqtt-qos0 +17000 +0 +17\.0 +1000$")
        self.assertIn("text/plain", get(f"{self.web}/api/v1/cost", "-H", "Accept: text/plain").field("Content-Type"))
        self.check_right("/api/v1/cost")
        for wrong in ("size=-1", "n=0", "n=1000001", "receivers=x"):
            self.assertEqual(get(f"{self.web}/api/v1/cost?topic=a&{wrong}").json["type"], "/problems/invalid-parameter", wrong)
        self.assertEqual(get(f"{self.web}/api/v1/cost?topic=a/%23").json["type"], "/problems/wildcard-in-topic-name")


class MeasuredTest(ObservedCase):
    def rows(self):
        return {row["transport"]: row for row in get(f"{self.web}/api/v1/cost").json["data"]}

    def test_what_was_done_is_what_is_shown(self):
        packet = raw_mqtt.publish(self.topic, b"1234", qos=1)
        with RawClient.online(self.mqtt_port, "m") as client:
            for _ in range(10):
                client.send(packet)
                client.expect(raw_mqtt.PUBACK)
        row = self.rows()["mqtt"]
        wire = len(raw_mqtt.connect("m")) + 4 + 10 * (len(packet) + 4)
        self.assertEqual((row["messages"], row["payload_bytes"], row["wire_bytes"], row["packets"]), (10, 40, wire, 22))
        self.assertAlmostEqual(row["bytes_per_message"], wire / 10, delta=0.05)


if __name__ == "__main__":
    unittest.main()
