"""MQTT over WebSocket, frame by frame: what has to work and what has to be refused."""

import unittest

import raw_mqtt
import raw_websocket
from raw_mqtt import RawClient, connect, disconnect_reason, publish, subscribe, text
from raw_websocket import ACCEPT, BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWebSocket, frame
from sluice_case import SluiceCase
from web_client import RawWeb, get

CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x00"
PINGRESP = b"\xd0\x00"
DOORS = [("websockets", "/mqtt"), ("websockets", "/"), ("websockets", "/elsewhere?x=1"), ("http", "/mqtt"),
         ("auto", "/mqtt")]


class WebSocketTest(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_cors_origin https://dash.example",),
                 "websockets": ("http_cors_origin https://dash.example",), "auto": ()}

    def open(self, name="http", **options):
        socket = RawWebSocket(self.sluice.port(name), **options)
        self.addCleanup(socket.close)
        return socket

    def online(self, name="http", **options):
        socket = self.open(name, **options)
        socket.send_binary(connect(self.topic))
        self.assertEqual(socket.read_binary(4), CONNACK)
        return socket

    def test_the_handshake_chooses_the_subprotocol_of_the_client(self):
        for listener, path in DOORS:
            for offered, chosen in (("mqtt", "mqtt"), ("mqttv3.1", "mqttv3.1"), ("chat, mqtt", "mqtt"),
                                    ("mqttv3.1, mqtt", "mqtt"), ("mqtt,mqttv3.1", "mqtt")):
                with self.subTest(listener=listener, path=path, offered=offered):
                    socket = self.open(listener, path=path, protocol=offered)
                    self.assertEqual(socket.status, 101, socket.head)
                    self.assertEqual(socket.field("Sec-WebSocket-Protocol"), chosen)
                    self.assertEqual(socket.field("Sec-WebSocket-Accept"), ACCEPT)
                    self.assertIsNone(socket.field("Sec-WebSocket-Extensions"))

    def test_a_handshake_without_a_known_subprotocol_gets_400(self):
        for listener in ("http", "websockets", "auto"):
            for offered in (None, "chat", "MQTTX", "mqtt5"):
                with self.subTest(listener=listener, offered=offered):
                    socket = self.open(listener, protocol=offered)
                    self.assertEqual(socket.status, 400, socket.head)
                    self.assertIn("problem+json", socket.field("Content-Type"))

    def test_a_bad_handshake_is_refused(self):
        for fields, status in (({"Sec_WebSocket_Key": "short"}, 400), ({"Sec_WebSocket_Key": None}, 400),
                               ({"Sec_WebSocket_Version": "8"}, 426), ({"Sec_WebSocket_Version": None}, 426),
                               ({"Host": None}, 400), ({"Host": "evil.example"}, 421)):
            for listener in ("http", "websockets"):
                with self.subTest(fields=fields, listener=listener):
                    socket = self.open(listener, **fields)
                    self.assertEqual(socket.status, status, socket.head)
                    if status == 426:
                        self.assertEqual(socket.field("Sec-WebSocket-Version"), "13")

    def test_a_foreign_origin_is_refused_and_a_listed_one_let_in(self):
        for listener in ("http", "websockets", "auto"):
            own = f"http://127.0.0.1:{self.sluice.port(listener)}"
            listed = 403 if listener == "auto" else 101  # listed on the two others only
            for origin, status in (("https://evil.example", 403), ("null", 403), (own + "1", 403), (own, 101),
                                   ("https://dash.example", listed), (None, 101)):
                with self.subTest(listener=listener, origin=origin):
                    self.assertEqual(self.open(listener, Origin=origin).status, status)

    def test_a_plain_request_is_told_to_upgrade(self):
        for listener, paths in (("http", ["/mqtt"]), ("auto", ["/mqtt"]), ("websockets", ["/mqtt", "/", "/topics/a"])):
            for path in paths:
                with self.subTest(listener=listener, path=path):
                    answer = get(self.sluice.base(listener) + path)
                    self.assertEqual(answer.status, 426, answer)
                    self.assertEqual(answer.field("Upgrade"), "websocket")
                    self.assertEqual(answer.json["type"], "/problems/upgrade-required")

    def test_mqtt_is_spoken_at_any_path_of_an_http_listener_and_nothing_else(self):
        self.assertEqual(self.open("http", path="/topics/a").status, 101)
        self.assertEqual(self.open("http", path="/topics/a", protocol="chat").status, 400)
        self.assertEqual(self.open("http", path="/topics/a", protocol=None).status, 400)

    def test_packets_may_cross_frames_and_share_them(self):
        socket = self.open()
        said = connect(self.topic) + subscribe("frames")
        for at in range(len(said)):
            socket.send_binary(said[at:at + 1])
        self.assertEqual(socket.read_binary(9), CONNACK + SUBACK)
        one = publish("frames", b"one") + publish("frames", b"two") + publish("frames", b"three")
        socket.send_binary(one)
        self.assertEqual(socket.read_binary(len(one)), one)

    def test_a_fragmented_message_is_put_together_and_control_frames_may_stand_between(self):
        socket = self.open()
        said = connect(self.topic)
        socket.send(frame(BINARY, said[:3], final=False))
        socket.send(frame(PING, b"between"))
        socket.send(frame(CONTINUATION, b"", final=False))
        socket.send(frame(CONTINUATION, said[3:]))
        self.assertEqual(socket.read_frame(), (PONG, b"between"))
        self.assertEqual(socket.read_binary(4), CONNACK)

    def test_the_connect_may_come_with_the_handshake(self):
        for listener in ("http", "websockets", "auto"):
            with self.subTest(listener=listener), RawWeb(self.sluice.port(listener)) as web:
                web.send(raw_websocket.handshake(self.sluice.port(listener)) + frame(BINARY, connect("early")))
                self.assertEqual(web.read_head()[0], 101)
                while len(web.unread) < 6:
                    web.fill()
                self.assertEqual(web.unread, b"\x82\x04" + CONNACK)

    def test_pings_of_both_layers_are_answered(self):
        socket = self.online()
        socket.send(frame(PING, b"x" * 125))
        self.assertEqual(socket.read_frame(), (PONG, b"x" * 125))
        socket.send(frame(PONG, b"unasked"))
        socket.send(frame(PING, b""))
        self.assertEqual(socket.read_frame(), (PONG, b""))
        socket.send_binary(raw_mqtt.PINGREQ_PACKET)
        self.assertEqual(socket.read_binary(2), PINGRESP)

    def test_a_close_is_answered_with_the_same_status(self):
        socket = self.online()
        socket.send(frame(CLOSE, b"\x03\xe8bye"))
        self.assertEqual(socket.expect_close(), 1000)
        socket = self.online()
        socket.send(frame(CLOSE, b""))
        self.assertIsNone(socket.expect_close())

    def test_a_disconnect_ends_with_a_close_frame(self):
        socket = self.online()
        socket.send_binary(b"\xe0\x00")
        self.assertEqual(socket.expect_close(), 1000)

    def test_frames_that_break_the_rules_end_the_connection_with_1002(self):
        ping = raw_mqtt.PINGREQ_PACKET
        wrong = {"unmasked": frame(BINARY, ping, masked=False), "reserved bit": b"\xc2" + frame(BINARY, ping)[1:],
                 "continuation of nothing": frame(CONTINUATION, ping), "unknown opcode": frame(3, ping),
                 "unknown control opcode": frame(11, b""), "fragmented ping": frame(PING, b"", final=False),
                 "ping of 126 bytes": frame(PING, b"x" * 126),
                 "a message inside another": frame(BINARY, b"\xc0", final=False) + frame(BINARY, b"\x00"),
                 "length with its highest bit": b"\x82\xff" + b"\xff" * 8 + b"mask"}
        for what, data in wrong.items():
            with self.subTest(what=what):
                socket = self.online()
                socket.send(data)
                self.assertEqual(socket.expect_close(), 1002)
                self.check_others()

    def test_a_text_frame_ends_the_connection(self):
        socket = self.online()
        socket.send(frame(TEXT, raw_mqtt.PINGREQ_PACKET))
        self.assertIn(socket.expect_close(), (1002, 1003))
        self.check_others()

    def check_others(self):
        with RawClient.online(self.mqtt_port, "other") as other:
            other.ping()

    def test_a_malformed_packet_in_a_good_frame_ends_the_connection(self):
        socket = self.online()
        socket.send_binary(b"\x36\x00")
        socket.expect_close()
        socket = self.open()
        socket.send_binary(publish("before/connect"))
        socket.expect_close()

    def test_the_reason_of_the_end_comes_before_the_close_frame(self):
        def online():
            socket = self.open()
            socket.send_binary(connect(self.topic, 5))
            self.assertEqual(socket.read_frame()[1][0], 0x20)
            return socket
        socket = online()
        socket.send_binary(b"\x36\x00")
        kind, said = socket.read_frame()
        self.assertEqual((kind, disconnect_reason(said)), (BINARY, 0x81))
        self.assertEqual(socket.read_frame()[0], CLOSE)
        old = online()
        with RawClient.online(self.mqtt_port, self.topic, 5) as new:  # the same id over TCP
            kind, said = old.read_frame()
            self.assertEqual((kind, disconnect_reason(said)), (BINARY, 0x8E))
            self.assertEqual(old.read_frame()[0], CLOSE)
            online()
            self.assertEqual(disconnect_reason(new.read_to_end(5)), 0x8E)

    def test_messages_of_every_frame_size_arrive_whole(self):
        socket = self.online()
        socket.send_binary(subscribe("sizes"))
        self.assertEqual(socket.read_binary(5), SUBACK)
        for size in (0, 100, 115, 116, 117, 118, 65_500, 65_524, 65_525, 65_526, 65_540, 300_000):
            with self.subTest(size=size):
                packet = publish("sizes", b"x" * size)
                socket.send_binary(packet)
                self.assertEqual(socket.read_binary(len(packet)), packet)

    def test_a_frame_that_pretends_to_be_huge_costs_no_memory(self):
        before = self.sluice.resident_kib()
        socket = self.online()
        socket.send(frame(BINARY, publish("huge", b"x" * 1000), length=2**62))
        with RawClient.online(self.mqtt_port, "other") as other:
            other.ping()
        self.assertLess(self.sluice.resident_kib() - before, 16 * 1024)

    def test_what_mqtt_publishes_reaches_the_websocket(self):
        socket = self.online("auto")
        socket.send_binary(subscribe(self.topic + "/#"))
        self.assertEqual(socket.read_binary(5), SUBACK)
        with RawClient.online(self.mqtt_port, "writer") as writer:
            writer.send(publish(self.topic + "/a", b"over tcp"))
            self.assertEqual(socket.read_binary(4 + len(self.topic + "/a" + "over tcp")),
                             raw_mqtt.packet(3, 0, text(self.topic + "/a") + b"over tcp"))


if __name__ == "__main__":
    unittest.main()
