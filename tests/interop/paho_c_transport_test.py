"""Paho for C, synchronous and asynchronous, in all versions of the protocol: round trips over TCP and WebSocket."""

import contextlib
import unittest

from paho_c_case import PahoCCase, missing  # first: it says where the next ones are

from conditions import PATIENCE_SECONDS
from paho_c import PROGRAMS
from raw_mqtt import RawClient


class RoundTrips:
    """Over any transport, by both programs; the topics tell which. The first one that fails ends its test, as it has
    cost the whole patience already. requires: PahoCCase"""

    def test_messages_of_every_quality_come_back(self):
        for version, topic in self.each_version():
            for kind in PROGRAMS:
                with self.client(version, kind, kind) as client:
                    client.connect()
                    for qos in (0, 1, 2):
                        self.assertEqual(client.ask(f"subscribe {qos} {topic}/{kind}/{qos}"), f"granted {qos}")
                        self.assertEqual(client.ask(f"stream {qos} {topic}/{kind}/{qos} 3"), "published")
                    expected = [f"{qos} 0 {topic}/{kind}/{qos} {number}" for qos in (0, 1, 2) for number in range(3)]
                    self.assertEqual(sorted(client.wait_for(9)), expected)
                    self.assertEqual(client.ask("disconnect"), "left")

    def test_many_messages_in_flight_arrive_once_and_in_order(self):
        for version, topic in self.each_version():
            for kind in PROGRAMS:
                with self.client(version, kind, kind) as client:
                    client.connect()
                    for qos in (1, 2):
                        where = f"{topic}/{kind}/{qos}"
                        client.ask(f"subscribe {qos} {where}")
                        before = len(client.messages())
                        self.assertEqual(client.ask(f"stream {qos} {where} 100", 2 * PATIENCE_SECONDS), "published")
                        found = client.wait_for(before + 100)[before:]
                        self.assertEqual(found, [f"{qos} 0 {where} {number}" for number in range(100)])

    def test_clients_that_were_cut_come_back_by_themselves_and_lose_nothing(self):
        """The cut is a take-over by a connection that closes soon; the session is kept."""
        with contextlib.ExitStack() as stack:
            clients = [(version, topic, stack.enter_context(self.client(version, "", "asynchronous")))
                       for version, topic in self.each_version()]
            for version, topic, client in clients:
                client.connect("0 reconnect=1" + (" session_expiry_interval=300" if version == 5 else ""))
                client.ask(f"subscribe 1 {topic}")
            for version, topic, client in clients:
                # Session Expiry Interval 300, so that the session outlives this connection too.
                properties = b"\x11\x00\x00\x01\x2c" if version == 5 else b""
                stack.enter_context(RawClient.online(self.mqtt_port, self.identifier(version), version, clean=False,
                                                     properties=properties))
                client.wait_for_event("disconnected_by_server 142" if version == 5 else "lost")
                client.say(f"stream 1 {topic} 100")  # kept until it is back
            for _, topic, client in clients:
                client.wait_for_event("online", 2)
                self.assertEqual(client.wait_for_answer(), "published")
                self.assertEqual(client.wait_for(100), [f"1 0 {topic} {number}" for number in range(100)])


@unittest.skipIf(missing(), missing())
class TcpTest(RoundTrips, PahoCCase):
    pass


@unittest.skipIf(missing(), missing())
class WebSocketTest(RoundTrips, PahoCCase):
    transport = "ws"


if __name__ == "__main__":
    unittest.main()
