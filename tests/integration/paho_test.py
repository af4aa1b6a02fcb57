"""Paho for Python, over TCP and WebSocket, on every kind of listener."""

import threading
import unittest

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from conditions import Stopwatch, wait_until
from paho_client import V5, V31, V311, PahoClient
from sluice_case import SluiceCase

VERSIONS = {"3.1": V31, "3.1.1": V311, "5": V5}
DOORS = [("mqtt", "tcp", None), ("auto", "tcp", None), ("websockets", "websockets", "/mqtt"),
         ("websockets", "websockets", "/any/path"), ("http", "websockets", "/mqtt"), ("auto", "websockets", "/mqtt")]


def session_expiry(seconds):
    made = Properties(PacketTypes.CONNECT)
    made.SessionExpiryInterval = seconds
    return made


class PahoTest(SluiceCase):
    """A client that knows the standard and nothing of Sluice is served. [MQTT3-7.0.0-2]"""

    listeners = {"mqtt": (), "http": (), "websockets": (), "auto": ()}

    def client(self, name="mqtt", transport="tcp", path="/mqtt", **options):
        return PahoClient(self.sluice.port(name), transport=transport, path=path, **options)

    def name(self, suffix=""):
        return self.topic.replace("/", "-") + suffix

    def test_every_version_works_through_every_door(self):
        for listener, transport, path in DOORS:
            for version_name, version in VERSIONS.items():
                with self.subTest(listener=listener, transport=transport, path=path, version=version_name):
                    topic = f"{self.topic}/{listener}/{transport}/{version_name}{path}"
                    with self.client(listener, transport, path, version=version,
                                     client_id=self.name("-door")) as client:
                        self.assertEqual(client.connected, 0)
                        self.assertEqual(client.subscribe(topic, 2), [2])
                        for qos in (0, 1, 2):
                            client.publish(topic, f"qos {qos}", qos)
                        self.assertEqual(client.wait_for_messages(3), [(topic, f"qos {qos}") for qos in (0, 1, 2)])
                        self.assertEqual([message.qos for message in client.messages], [0, 1, 2])

    def test_all_transports_meet_on_the_same_topics(self):
        clients = [self.client(*door, client_id=self.name(f"-{at}")).connect() for at, door in enumerate(DOORS)]
        try:
            for client in clients:
                client.subscribe(self.topic, 1)
            for at, client in enumerate(clients):
                client.publish(self.topic, str(at), 1)
            expected = sorted((self.topic, str(at)) for at in range(len(clients)))
            for client in clients:
                self.assertEqual(sorted(client.wait_for_messages(len(clients))), expected)
        finally:
            for client in clients:
                client.close()

    def test_a_thousand_messages_arrive_complete_and_in_order(self):
        count = 1000
        for listener, transport, path in (DOORS[0], DOORS[4]):
            for qos in (0, 1, 2):
                with self.subTest(transport=transport, qos=qos):
                    topic = f"{self.topic}/{transport}/{qos}"
                    with self.client(listener, transport, path, client_id=self.name("-reader")) as reader, \
                            self.client(listener, transport, path, client_id=self.name("-writer")) as writer:
                        reader.subscribe(topic, qos)
                        writer.client.max_inflight_messages_set(100)
                        for number in range(count):
                            writer.client.publish(topic, str(number), qos)
                        found = [int(payload) for _, payload in reader.wait_for_messages(count, 60)]
                        self.assertEqual(found, list(range(count)))

    def test_a_session_survives_its_connection(self):
        for version_name, version in VERSIONS.items():
            with self.subTest(version=version_name):
                topic, name = f"{self.topic}/{version_name}", self.name(version_name)
                options = {"client_id": name, "version": version, "clean": False}
                if version == V5:
                    options["properties"] = session_expiry(300)
                with self.client(**options) as client:
                    self.assertFalse(client.session_present)
                    client.subscribe(topic, 2)
                with self.client(client_id=self.name("-writer")) as writer:
                    for qos in (1, 2):
                        writer.publish(topic, f"qos {qos}", qos)
                with self.client(**options) as client:
                    self.assertEqual(client.wait_for_messages(2), [(topic, "qos 1"), (topic, "qos 2")])
                    if version != V31:  # CONNACK of 3.1 has no such flag
                        self.assertTrue(client.session_present)
                with self.client(client_id=name, version=version) as client:
                    self.assertFalse(client.session_present)

    def test_a_session_moves_from_tcp_to_websocket(self):
        options = {"client_id": self.name(), "clean": False}
        with self.client(**options) as client:
            client.subscribe(self.topic, 1)
        with self.client(client_id=self.name("-writer")) as writer:
            writer.publish(self.topic, "while away", 1)
        with self.client("http", "websockets", **options) as client:
            self.assertEqual(client.wait_for_messages(1), [(self.topic, "while away")])

    def test_a_dropped_connection_publishes_the_will(self):
        for listener, transport, path in (DOORS[0], DOORS[4]):
            with self.subTest(transport=transport):
                topic = f"{self.topic}/{transport}"
                will = {"topic": topic, "payload": "gone", "qos": 1, "retain": False}
                with self.client(client_id=self.name("-heir")) as heir:
                    heir.subscribe(topic, 1)
                    mortal = self.client(listener, transport, path, client_id=self.name("-mortal"), will=will).connect()
                    mortal.drop()
                    self.assertEqual(heir.wait_for_messages(1), [(topic, "gone")])

    def test_a_silent_client_is_cut_off_after_one_and_a_half_keep_alives(self):
        will = {"topic": self.topic, "payload": "gone", "qos": 1, "retain": False}
        with self.client(client_id=self.name("-heir")) as heir:
            heir.subscribe(self.topic, 1)
            silent = self.client(client_id=self.name("-silent"), will=will, keep_alive=1).connect()
            silent.client.loop_stop()  # sends nothing any more, and keeps the socket
            watch = Stopwatch()
            self.assertEqual(heir.wait_for_messages(1), [(self.topic, "gone")])
            self.assertLess(watch.seconds(), 1.5 * 1 + 1)

    def test_a_take_over_ends_the_old_connection(self):
        old = self.client(client_id=self.name(), version=V5).connect()
        old.client.reconnect_delay_set(60, 60)  # it must not come back and take over again
        with self.client(client_id=self.name(), version=V5) as new:
            self.assertNotEqual(old.wait_for_disconnect(), 0)  # Paho 1.6 does not read a reason without properties
            new.subscribe(self.topic)
            new.publish(self.topic, "still here", 1)
            self.assertEqual(new.wait_for_messages(1), [(self.topic, "still here")])
        old.close()

    def test_of_many_with_the_same_id_exactly_one_survives(self):
        doors = [DOORS[at % len(DOORS)] for at in range(24)]
        clients = [self.client(*door, client_id=self.name(), version=V5) for door in doors]
        for client in clients:
            client.client.reconnect_delay_set(60, 60)
        threads = [threading.Thread(target=self.connect_in_a_race, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self.client(client_id=self.name("-judge")) as judge:
            for client in clients:
                client.client.subscribe(self.topic, 1)  # only the survivor's gets through
            self.wait_until_one_is_left(clients)
            survivor = next(client for client in clients if client.disconnected is None)
            self.assertEqual(survivor.subscribe(self.topic, 1), [1])
            judge.publish(self.topic, "one copy", 1)
            self.assertEqual(survivor.wait_for_messages(1), [(self.topic, "one copy")])
            self.assertEqual(sum(len(client.messages) for client in clients), 1)
        for client in clients:
            client.close()

    @staticmethod
    def connect_in_a_race(client):
        try:
            client.connect()
        except (AssertionError, OSError, ValueError):
            client.disconnected = 0x8E  # taken over before its CONNACK came

    def wait_until_one_is_left(self, clients):
        wait_until(lambda: sum(client.disconnected is None for client in clients) == 1,
                   lambda: f"one client was left of {[client.disconnected for client in clients]}")

    def test_a_message_with_expiry_is_gone_when_its_time_is_over(self):
        short = Properties(PacketTypes.PUBLISH)
        short.MessageExpiryInterval = 1
        options = {"client_id": self.name(), "version": V5, "clean": False, "properties": session_expiry(300)}
        with self.client(**options) as client:
            client.subscribe(self.topic, 1)
        with self.client(client_id=self.name("-writer"), version=V5) as writer:
            writer.publish(self.topic, "short", 1, properties=short)
            writer.publish(self.topic, "long", 1)
        watch = Stopwatch()  # time itself is the condition: nothing tells of the end of a message
        wait_until(lambda: watch.seconds() > 1.3, "the message's second passed")
        with self.client(**options) as client:
            self.assertEqual(client.wait_for_messages(1)[0], (self.topic, "long"))


if __name__ == "__main__":
    unittest.main()
