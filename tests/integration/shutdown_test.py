"""SIGTERM and SIGINT: everybody is told, nothing is left, and it is prompt."""

import json
import signal
import unittest
import warnings

import raw_mqtt
from raw_mqtt import RawClient, connect, disconnect_reason, packet, subscribe, text
from raw_websocket import BINARY, CLOSE, RawWebSocket
from running_sluice import SluiceProcess
from web_client import RawWeb, get, put

SIGNALS = (signal.SIGTERM, signal.SIGINT)

PROMPT_SECONDS = 1.5  # 0.7 of them for clients that do not read; the rest is the sanitizers' last look


class ShutdownTest(unittest.TestCase):
    lines = ()

    def setUp(self):
        """Sockets are many here, and all of them outlive the process: the collector may close them."""
        warnings.simplefilter("ignore", ResourceWarning)

    def started(self):
        sluice = SluiceProcess({"mqtt": (), "http": (), "websockets": (), "auto": ()}, self.lines).start()
        self.addCleanup(sluice.clean_up)
        return sluice

    def test_clients_of_version_5_are_told_the_reason_and_older_ones_see_the_end(self):
        for how in SIGNALS:
            with self.subTest(how=how):
                sluice = self.started()
                fives = [RawClient.online(sluice.port(name), f"five-{at}", 5)
                         for at, name in enumerate(("mqtt", "auto") * 5)]
                four = RawClient.online(sluice.port(), "four", 4)
                socket = RawWebSocket(sluice.port("http"))
                socket.send_binary(connect("web", 5))
                self.assertEqual(socket.read_frame()[0], BINARY)
                sluice.stop(how, within=PROMPT_SECONDS)
                for five in fives:
                    self.assertEqual(disconnect_reason(five.read_to_end(1)), 0x8B)
                self.assertEqual(four.read_to_end(1), b"")
                kind, said = socket.read_frame()
                self.assertEqual((kind, disconnect_reason(said)), (BINARY, 0x8B))
                self.assertEqual(socket.read_frame()[0], CLOSE)

    def test_streams_say_bye_and_end(self):
        for how in SIGNALS:
            with self.subTest(how=how):
                sluice = self.started()
                events, lines, raw = (RawWeb(sluice.port("http")) for _ in range(3))
                events.open_stream("/topics/a?stream&as=sse")
                lines.open_stream("/topics/a?stream")
                raw.open_stream("/topics/a?stream&as=raw")
                self.assertEqual(events.event()["event"], "open")
                sluice.stop(how, within=PROMPT_SECONDS)
                bye = events.event()
                self.assertEqual(bye["event"], "bye")
                self.assertGreaterEqual(int(bye["retry"]), 1000)
                self.assertEqual(json.loads(bye["data"])["reason_code"], 0x8B)
                bye = lines.message()
                self.assertEqual((bye["event"], bye["reason_code"]), ("bye", 0x8B))
                for stream in (events, lines, raw):
                    with self.assertRaisesRegex(ConnectionError, "the stream ended"):
                        stream.read_until(b"never")

    def test_a_long_poll_is_told_503(self):
        sluice = self.started()
        web = RawWeb(sluice.port("http"), b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                     b"GET /topics/a?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(web.read_answer().status, 200)
        sluice.stop()
        answer = web.read_answer()
        self.assertEqual((answer.status, answer.json["reason_code"]), (503, 0x8B))
        self.assertIsNotNone(answer.field("Retry-After"))

    def test_a_will_is_not_published_by_the_shutdown(self):
        sluice = self.started()
        heir = RawClient.online(sluice.port(), "heir", 5)
        heir.send(subscribe("will", version=5))
        heir.expect(raw_mqtt.SUBACK)
        mortal = RawClient(sluice.port(), packet(1, 0, text("MQTT") + b"\x04\x06\x00\x3c" + text("mortal") +
                                                 text("will") + text("gone")))
        mortal.expect(raw_mqtt.CONNACK)
        sluice.stop()
        self.assertEqual(disconnect_reason(heir.read_to_end(1)), 0x8B)

    def test_clients_that_do_not_read_and_connections_that_say_nothing_do_not_hold_it_up(self):
        for how in SIGNALS:
            with self.subTest(how=how):
                sluice = self.started()
                silent = [RawClient(sluice.port(name)) for name in ("mqtt", "http", "websockets", "auto")]
                half = RawClient(sluice.port(), connect("half", 5)[:5])
                begun = RawWeb(sluice.port("http"), b"POST /topics/a HTTP/1.1\r\nHost: localhost\r\n"
                                                    b"Content-Length: 9\r\n\r\nx")
                deaf = RawWeb(sluice.port("http"), b"GET /topics/a?stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                deaf.read_head()
                stuck = RawClient.online(sluice.port(), "stuck", 4)
                stuck.send(subscribe("a"))
                stuck.expect(raw_mqtt.SUBACK)
                for _ in range(20):
                    put(f"{sluice.base()}/topics/a", b"x" * 900_000)  # more than the sockets hold
                sluice.stop(how, within=PROMPT_SECONDS)  # fails when it takes a second
                for each in (*silent, half, begun, deaf, stuck):
                    each.close()

    def test_it_ends_soon_after_much_work(self):
        sluice = self.started()
        for number in range(30):
            put(f"{sluice.base()}/topics/many/{number}", b"x" * 100_000)
        clients = [RawClient.online(sluice.port(), f"client-{number}", 5) for number in range(200)]
        self.assertEqual(get(f"{sluice.base()}/readyz").status, 200)
        sluice.stop()
        for client in clients:
            self.assertEqual(disconnect_reason(client.read_to_end(1)), 0x8B)

    def test_the_log_tells_of_it(self):
        sluice = self.started()
        sluice.process.send_signal(signal.SIGINT)
        sluice.process.wait(10)
        self.assertIn("SIGINT received", sluice.log())
        sluice.stop()


if __name__ == "__main__":
    unittest.main()
