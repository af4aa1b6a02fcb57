"""What outlives the process: with `persistence true`, what a client was told is true after SIGKILL, too."""

import struct
import subprocess

import mosquitto_client
import raw_mqtt
from conditions import wait_until
from durable_sluice import DurableSluice
from raw_mqtt import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, RawClient
from running_sluice import binary, sanitizer_environment
from web_client import delete, get, put

EXPIRY = b"\x11" + struct.pack("!I", 3600)  # Session Expiry Interval
DUP, QOS_1, QOS_2 = 8, 2, 4


def acknowledgement(kind, packet_id):
    return raw_mqtt.packet(kind, 2 if kind == PUBREL else 0, struct.pack("!H", packet_id))


def packet_id_of(body):
    """Of a PUBLISH of version 3.1.1 with QoS 1 or 2."""
    topic_bytes = struct.unpack("!H", body[:2])[0]
    return struct.unpack("!H", body[2 + topic_bytes:4 + topic_bytes])[0]


class StoreCases:
    """The tests; a test case of its own adds unittest.TestCase, and options."""
    lines = ()

    def setUp(self):
        self.sluice = DurableSluice(self.lines).start()
        self.addCleanup(lambda: self.sluice.stop())  # pylint: disable=unnecessary-lambda; it is read late
        self.port = self.sluice.port()
        self.web = self.sluice.base()

    def kept(self, client_id, topic=None, qos=2):
        """A session that outlives its connection, and where there is a topic a subscription."""
        client = RawClient.online(self.port, client_id, clean=False)
        if topic:
            client.send(raw_mqtt.subscribe(topic, qos))
            client.expect(SUBACK)
        return client

    def publish(self, topic, payload, qos=1, **options):
        with RawClient.online(self.port, "") as client:
            client.send(raw_mqtt.publish(topic, payload, qos, **options))
            client.expect(PUBACK if qos == 1 else PUBREC)

    def test_a_session_its_subscription_and_its_messages_are_there_after_a_crash(self):
        self.kept("away", "home/#").close()
        for number in range(5):
            mosquitto_client.publish(self.port, "home/lamp", str(number), qos=1 + number % 2)
        self.sluice.crash()
        mosquitto_client.publish(self.port, "home/lamp", "after", qos=1)
        with mosquitto_client.Subscriber(self.port, "home/#", qos=2, extra=("-i", "away", "-c")) as client:
            client.wait_for(6)
            came = [line.split()[1] for line in client.messages()]
            self.assertEqual([each for each in came if each not in "13"], ["0", "2", "4", "after"])
            self.assertEqual([each for each in came if each in "13"], ["1", "3"])  # QoS 2 has an order of its own

    def test_what_was_in_flight_is_sent_again_with_its_identifier(self):
        with self.kept("reader", "t") as client:
            self.publish("t", b"one")
            first, body = client.read_packet()
            self.assertEqual(first >> 4, PUBLISH)
            self.assertFalse(first & DUP)
            packet_id = packet_id_of(body)
        self.sluice.crash()
        with self.kept("reader") as client:
            first, body = client.read_packet()
            self.assertEqual((first & DUP, packet_id_of(body), body[-3:]), (DUP, packet_id, b"one"))
            client.send(acknowledgement(PUBACK, packet_id))
            client.ping()
        self.sluice.crash()
        with self.kept("reader") as client:
            client.ping()  # nothing before it: what was acknowledged is gone

    def test_a_released_message_is_not_sent_again(self):
        with self.kept("reader", "t") as client:
            self.publish("t", b"one", qos=2)
            packet_id = packet_id_of(client.expect(PUBLISH))
            client.send(acknowledgement(PUBREC, packet_id))
            client.expect(PUBREL)
        self.sluice.crash()
        with self.kept("reader") as client:
            self.assertEqual(client.expect(PUBREL), struct.pack("!H", packet_id))
            client.send(acknowledgement(PUBCOMP, packet_id))
            client.ping()

    def test_a_message_that_comes_again_after_the_crash_is_delivered_once(self):
        self.kept("away", "t").close()
        with self.kept("sender") as client:
            client.send(raw_mqtt.publish("t", b"once", 2, packet_id=9))
            client.expect(PUBREC)
        self.sluice.crash()
        with self.kept("sender") as client:
            again = bytearray(raw_mqtt.publish("t", b"once", 2, packet_id=9))
            again[0] |= DUP
            client.send(bytes(again))
            client.expect(PUBREC)
            client.send(acknowledgement(PUBREL, 9))
            client.expect(PUBCOMP)
            client.send(raw_mqtt.publish("t", b"another", 2, packet_id=9))  # the identifier is free again
            client.expect(PUBREC)
        self.sluice.crash()
        with self.kept("away") as client:
            self.assertTrue(client.expect(PUBLISH).endswith(b"once"))
            self.assertTrue(client.expect(PUBLISH).endswith(b"another"))
            client.ping()

    def test_retained_values_keep_their_tags_and_stay_cleared(self):
        put(f"{self.web}/topics/a", "1")
        put(f"{self.web}/topics/a", "2")
        put(f"{self.web}/topics/b", "3")
        self.assertEqual(delete(f"{self.web}/topics/b").status, 204)
        tag = get(f"{self.web}/topics/a").field("ETag")
        self.sluice.crash()
        answer = get(f"{self.web}/topics/a")
        self.assertEqual((answer.text, answer.field("ETag")), ("2", tag))
        self.assertEqual(get(f"{self.web}/topics/b").status, 404)
        self.assertEqual(get(f"{self.web}/topics/a", "-H", f"If-None-Match: {tag}").status, 304)
        fresh = put(f"{self.web}/topics/a", "4", "-H", f"If-Match: {tag}")
        self.assertEqual(fresh.status, 200)
        self.assertNotEqual(fresh.field("ETag"), tag)

    def test_a_subscription_that_was_given_up_stays_so(self):
        with self.kept("away", "t") as client:
            client.send(raw_mqtt.packet(raw_mqtt.UNSUBSCRIBE, 2, struct.pack("!H", 2) + raw_mqtt.text("t")))
            client.expect(raw_mqtt.UNSUBACK)
        self.sluice.crash()
        self.publish("t", b"x")
        with self.kept("away") as client:
            client.ping()

    def test_a_clean_start_forgets_for_good(self):
        self.kept("c", "t").close()
        self.publish("t", b"old")
        RawClient.online(self.port, "c", clean=True).close()
        self.sluice.crash()
        with RawClient(self.port, raw_mqtt.connect("c", clean=False)) as client:
            self.assertEqual(client.expect(raw_mqtt.CONNACK), b"\0\0")
            client.ping()

    def test_a_delayed_will_is_published_by_the_next_run(self):
        will = ["--will-topic", "gone", "--will-payload", "yes", "--will-qos", "1", "-x", "3600",
                "-D", "will", "will-delay-interval", "1"]
        self.kept("heir", "gone", 1).close()
        with mosquitto_client.Subscriber(self.port, "x", version="5", extra=("-i", "mortal", "-c", *will)) as client:
            client.kill()
            self.sluice.wait_for_log("Client mortal closed its connection.")
            self.sluice.crash()
        with self.kept("heir") as client:
            self.assertTrue(client.expect(PUBLISH).endswith(b"yes"))

    def test_another_process_is_refused(self):
        second = subprocess.run([binary(), "-c", str(self.other_config())], capture_output=True, text=True, timeout=30,
                                check=False, env=sanitizer_environment())
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"is in use by another process (process {self.sluice.process.pid})", second.stderr)

    def other_config(self):
        path = self.sluice.store / "other.conf"
        path.write_text(f"listener 0 {self.sluice.store}/socket\npersistence true\n"
                        f"persistence_location {self.sluice.store}\nuser root\n", encoding="utf-8")
        return path

    def test_a_damaged_file_is_refused_with_the_way_out(self):
        put(f"{self.web}/topics/a", "1")
        self.sluice.kill()
        file = self.sluice.store / "sluice.db"
        for name in ("sluice.db-wal", "sluice.db-shm"):
            (self.sluice.store / name).unlink(missing_ok=True)
        file.write_bytes(b"SQLite format 3\0" + b"\xa5" * 8192)
        with self.assertRaises(AssertionError) as failure:
            self.sluice.start_again()
        self.assertIn("sluice store check --location", str(failure.exception))
        self.assertIn("sluice store export --location", str(failure.exception))
        for path in self.sluice.store.glob("sluice.db*"):
            path.unlink()
        self.sluice.start_again()

    def test_a_session_that_ended_meanwhile_is_not_there(self):
        properties = b"\x11" + struct.pack("!I", 1)
        with RawClient.online(self.port, "brief", 5, clean=False, properties=properties) as client:
            client.send(raw_mqtt.subscribe("t", 1, version=5))
            client.expect(SUBACK)
        self.sluice.wait_for_log("Client brief closed its connection.")
        self.sluice.kill()
        self.sluice.start_again()
        def present():
            with RawClient(self.port, raw_mqtt.connect("brief", 5, clean=False)) as client:
                return client.expect(raw_mqtt.CONNACK)[0] == 1
        wait_until(lambda: not present(), "the session of one second is gone")
