"""Packets that no client should send: each ends its own connection, and nobody else's."""

import struct
import unittest

import raw_mqtt
from conditions import Stopwatch, wait_until
from raw_mqtt import LARGEST_LENGTH, RawClient, connect, packet, publish, subscribe, text
from sluice_case import SluiceCase

CONNECT_DEADLINE_SECONDS = 10

# Instead of CONNECT, or as a CONNECT that is none.
FIRST_PACKETS = {
    "PUBLISH before CONNECT": publish("a", b"x"),
    "PINGREQ before CONNECT": raw_mqtt.PINGREQ_PACKET,
    "a beginning of a PUBLISH before CONNECT": b"\x30\xff\xff\x7f",
    "CONNACK from a client": b"\x20\x02\x00\x00",
    "reserved type 0": b"\x00\x00",
    "type 15 before CONNECT": b"\xf0\x00",
    "CONNECT with flags": b"\x11" + connect("x")[1:],
    "Remaining Length of five bytes": b"\x10\xff\xff\xff\xff\x01",
    "CONNECT of 256 MB": b"\x10" + LARGEST_LENGTH,
    "CONNECT without body": b"\x10\x00",
    "CONNECT with a wrong protocol name": packet(1, 0, text("MQTX") + b"\x04\x02\x00\x3c" + text("x")),
    "CONNECT with its reserved flag": packet(1, 0, text("MQTT") + b"\x04\x03\x00\x3c" + text("x")),
    "CONNECT with a will of QoS 3":
        packet(1, 0, text("MQTT") + b"\x04\x1e\x00\x3c" + text("x") + text("w") + text("p")),
    "CONNECT with a will topic that has a wildcard":
        packet(1, 0, text("MQTT") + b"\x04\x06\x00\x3c" + text("x") + text("w/#") + text("p")),
    "CONNECT with a client id that is not UTF-8":
        packet(1, 0, text("MQTT") + b"\x04\x02\x00\x3c" + text(b"\xff\xfe")),
    "CONNECT with bytes behind its end": packet(1, 0, connect("x")[2:] + b"more"),
    "CONNECT that promises a user name": packet(1, 0, text("MQTT") + b"\x04\x82\x00\x3c" + text("x")),
    "CONNECT 5 with an unknown property": connect("x", 5, properties=b"\x7f\x00"),
    "CONNECT 5 with a property twice": connect("x", 5, properties=b"\x21\x00\x05\x21\x00\x05"),
    "CONNECT 5 with Receive Maximum 0": connect("x", 5, properties=b"\x21\x00\x00"),
    "CONNECT 5 whose properties are longer than it": packet(1, 0, text("MQTT") + b"\x05\x02\x00\x3c\x7f" + text("x")),
}

# After a CONNECT: version, bytes, and the reason of the DISCONNECT in version 5.
LATER_PACKETS = {
    "a second CONNECT": (connect("again"), connect("again", 5), 0x82),
    "CONNACK from a client": (b"\x20\x02\x00\x00", b"\x20\x03\x00\x00\x00", None),
    "SUBACK from a client": (b"\x90\x03\x00\x01\x00", b"\x90\x04\x00\x01\x00\x00", None),
    "reserved type 0": (b"\x00\x00", b"\x00\x00", None),
    "QoS 3": (b"\x36\x06\x00\x01a\x00\x01x", b"\x36\x07\x00\x01a\x00\x01\x00x", 0x81),
    "PUBLISH with QoS 1 and packet identifier 0": (publish("a", b"x", 1, 0), publish("a", b"x", 1, 0, 5), None),
    "PUBLISH to a wildcard": (publish("a/#"), publish("a/#", version=5), None),
    "PUBLISH to no topic": (publish(""), publish("", version=5), None),
    "PUBLISH to a topic with U+0000": (publish(b"a\0b"), publish(b"a\0b", version=5), None),
    "PUBLISH to a topic that is not UTF-8": (publish(b"\xc3\x28"), publish(b"\xc3\x28", version=5), None),
    "PUBLISH with a surrogate": (publish(b"\xed\xa0\x80"), publish(b"\xed\xa0\x80", version=5), None),
    "PUBLISH whose topic is longer than it": (b"\x30\x03\x00\x09a", b"\x30\x03\x00\x09a", 0x81),
    "SUBSCRIBE with wrong flags": (b"\x80" + subscribe("a")[1:], b"\x80" + subscribe("a", version=5)[1:], 0x81),
    "SUBSCRIBE without a filter": (packet(8, 2, b"\x00\x01"), packet(8, 2, b"\x00\x01\x00"), None),
    "SUBSCRIBE with packet identifier 0": (subscribe("a", 0, 0), subscribe("a", 0, 0, 5), None),
    "SUBSCRIBE with QoS 3": (subscribe("a", 3), subscribe("a", 3, 1, 5), None),
    "UNSUBSCRIBE without a filter": (packet(10, 2, b"\x00\x01"), packet(10, 2, b"\x00\x01\x00"), None),
    "PUBREL with wrong flags": (b"\x60\x02\x00\x01", b"\x60\x02\x00\x01", 0x81),
    "PINGREQ with a body": (b"\xc0\x01x", b"\xc0\x01x", 0x81),
    "Remaining Length of five bytes": (b"\x30\x80\x80\x80\x80\x01", b"\x30\x80\x80\x80\x80\x01", 0x81),
    "PUBLISH of 256 MB": (b"\x30" + LARGEST_LENGTH, b"\x30" + LARGEST_LENGTH, 0x95),
    "a topic alias that was never set": (None, packet(3, 0, text("") + b"\x03\x23\x00\x05"), 0x82),
    "topic alias 0": (None, packet(3, 0, text("a") + b"\x03\x23\x00\x00"), 0x94),
    "topic alias above the maximum": (None, packet(3, 0, text("a") + b"\x03\x23\xff\xff"), 0x94),
    "AUTH without a method": (b"\xf0\x00", b"\xf0\x00", 0x82),
    "a subscription identifier from a client": (None, packet(3, 0, text("a") + b"\x02\x0b\x01"), None),
}


class MalformedPacketTest(SluiceCase):
    listeners = {"mqtt": (), "http": (), "auto": ()}

    def setUp(self):
        super().setUp()
        self.bystander = RawClient.online(self.mqtt_port, self.topic + "-bystander")
        self.addCleanup(self.bystander.close)
        self.bystander.send(subscribe(self.topic))
        self.bystander.expect(raw_mqtt.SUBACK)

    def check_bystander(self):
        self.bystander.send(publish(self.topic, b"alive"))
        self.assertEqual(self.bystander.expect(raw_mqtt.PUBLISH), text(self.topic) + b"alive")

    def test_a_connection_that_does_not_begin_with_a_good_connect_is_closed(self):
        for what, data in FIRST_PACKETS.items():
            with self.subTest(what=what), RawClient(self.mqtt_port, data) as client:
                said = client.read_to_end(5)
                if said:  # a refusal, which is never a success
                    self.assertEqual(said[0], 0x20, said)
                    self.assertNotEqual(said[3], 0, said)
                self.check_bystander()

    def test_a_malformed_packet_closes_only_its_own_connection(self):
        for what, (data, _, _) in LATER_PACKETS.items():
            if data is None:
                continue
            with self.subTest(what=what), RawClient.online(self.mqtt_port, "victim") as client:
                client.send(data)
                self.assertEqual(client.read_to_end(5), b"", "3.1.1 has no DISCONNECT from the server")
                self.check_bystander()

    def test_version_5_is_told_the_reason(self):
        for what, (_, data, reason) in LATER_PACKETS.items():
            with self.subTest(what=what), RawClient.online(self.mqtt_port, "victim", 5) as client:
                client.send(data)
                said = client.read_to_end(5)
                self.assertEqual(said[:1], b"\xe0", said)
                if reason is not None:
                    self.assertEqual(said[2], reason, said)
                self.assertGreaterEqual(said[2], 0x80, said)
                self.check_bystander()

    def test_an_unknown_version_is_refused_with_its_code(self):
        with RawClient(self.mqtt_port, packet(1, 0, text("MQTT") + b"\x09\x02\x00\x3c" + text("x"))) as client:
            said = client.read_to_end(5)
            self.assertEqual((said[0], said[3]), (0x20, 0x84))
        with RawClient(self.mqtt_port, packet(1, 0, text("MQTT") + b"\x02\x02\x00\x3c" + text("x"))) as client:
            self.assertEqual(client.read_to_end(5), b"\x20\x02\x00\x01")

    def test_a_huge_packet_costs_no_memory(self):
        before = self.sluice.resident_kib()
        part = bytes(65536)
        for version in (4, 5):
            for _ in range(4):
                with RawClient.online(self.mqtt_port, "huge", version) as client:
                    client.socket.settimeout(5)
                    watch = Stopwatch()
                    client.send(b"\x30" + LARGEST_LENGTH)
                    try:
                        for _ in range(1024):  # 64 MB, unless it is cut off
                            client.send(part)
                    except OSError:
                        pass
                    client.read_to_end(5)
                    self.assertLess(watch.seconds(), 5)
        self.assertLess(self.sluice.resident_kib() - before, 32 * 1024)
        self.check_bystander()

    def test_a_will_is_published_when_the_broker_closes_for_a_malformed_packet(self):
        will = packet(1, 0, text("MQTT") + b"\x04\x06\x00\x3c" + text("mortal") + text(self.topic) + text("gone"))
        with RawClient(self.mqtt_port, will) as client:
            client.expect(raw_mqtt.CONNACK)
            client.send(b"\x36\x00")
            self.assertEqual(self.bystander.expect(raw_mqtt.PUBLISH), text(self.topic) + b"gone")

    def test_what_never_becomes_a_connect_is_closed_in_time(self):
        """Every kind of unfinished beginning, all at once; one of them sends a byte now and then."""
        begin = connect("slow", 5)
        port = self.sluice.port
        waiting = {"MQTT, silent": RawClient(port()), "MQTT, a part of CONNECT": RawClient(port(), begin[:7]),
                   "auto, silent": RawClient(port("auto")),
                   "auto, a part of CONNECT": RawClient(port("auto"), begin[:7]),
                   "HTTP, silent": RawClient(port("http")), "HTTP, a part of a header":
                   RawClient(port("http"), b"GET / HTTP/1.1\r\nHost: localhost\r\n")}
        drip = RawClient(port(), begin[:1])
        watch, sent = Stopwatch(), [1]

        def is_cut_off():
            try:
                if watch.seconds() > sent[0] and sent[0] < len(begin) - 1:
                    drip.send(begin[sent[0]:sent[0] + 1])
                    sent[0] += 1
                drip.socket.setblocking(False)
                return drip.socket.recv(1) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True
            finally:
                drip.socket.setblocking(True)
        wait_until(is_cut_off, "the client that sends a byte a second was cut off", CONNECT_DEADLINE_SECONDS + 3)
        for what, client in waiting.items():
            with self.subTest(what=what):
                client.read_to_end(CONNECT_DEADLINE_SECONDS + 4 - watch.seconds())
            client.close()
        drip.close()
        self.assertGreater(watch.seconds(), CONNECT_DEADLINE_SECONDS - 1)
        self.check_bystander()

    def test_a_client_that_sends_byte_by_byte_is_served(self):
        for name in ("mqtt", "auto"):
            with self.subTest(listener=name), RawClient(self.sluice.port(name)) as client:
                said = connect("byte-by-byte") + subscribe("byte/#", 1) + publish("byte/a", b"payload", 1, 7)
                for at in range(len(said)):
                    client.send(said[at:at + 1])
                self.assertEqual(client.expect(raw_mqtt.CONNACK), b"\x00\x00")
                self.assertEqual(client.expect(raw_mqtt.SUBACK), b"\x00\x01\x01")
                answers = sorted([client.read_packet(), client.read_packet()])
                self.assertEqual(answers[0][1], text("byte/a") + struct.pack("!H", 1) + b"payload")
                self.assertEqual(answers[1], (0x40, b"\x00\x07"))

    def test_many_packets_in_one_segment_are_served(self):
        count = 200
        said = connect("one-segment") + subscribe("segment") + publish("segment", b"x") * count
        with RawClient(self.mqtt_port, said) as client:
            client.expect(raw_mqtt.CONNACK)
            client.expect(raw_mqtt.SUBACK)
            for _ in range(count):
                self.assertEqual(client.expect(raw_mqtt.PUBLISH), text("segment") + b"x")

    def test_bytes_that_are_neither_mqtt_nor_http_are_refused_on_an_auto_port(self):
        for data in (b"\x00", b"\x16\x03\x01", b"\xff" * 100, b"\x30\x00"):
            with self.subTest(data=data), RawClient(self.sluice.port("auto"), data) as client:
                self.assertEqual(client.read_to_end(5), b"")


if __name__ == "__main__":
    unittest.main()
