"""One decision for all: a generated matrix of users, topics and actions is asked by MQTT and by HTTP, and both have to
answer alike, and as a model of the rules, written anew here, says."""

import itertools
import pathlib
import struct
import tempfile

from raw_mqtt import CONNACK, PUBACK, SUBACK, RawClient, packet, publish, subscribe, text, varint
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import curl

# (user or None for everybody, access, filter); the order is that of the file
RULES = (
    ("", "read", "open/#"), ("", "readwrite", "anon/+"),
    ("alice", "readwrite", "a/#"), ("alice", "deny", "a/secret/#"), ("alice", "read", "shared/+/state"),
    ("alice", "write", "shared/+/set"), ("alice", "read", "$SYS/#"),
    ("bob", "read", "a/x"), ("bob", "write", "b/only"), ("bob", "readwrite", "#"), ("bob", "deny", "b/never"),
    ("carol", "write", "a/+"),
    (None, "readwrite", "own/%u/#"), (None, "read", "news"),
)
USERS = ("", "alice", "bob", "carol")
TOPICS = ("open/x", "anon/1", "anon/1/2", "a", "a/x", "a/x/y", "a/secret", "a/secret/1", "shared/k/state", "shared/k/set",
          "b/only", "b/never", "own/alice/1", "own/bob/1", "own//1", "news", "news/x", "other")
READ, WRITE = 1, 2
ACCESS = {"read": READ, "write": WRITE, "readwrite": READ | WRITE}


def matches(pattern, topic):
    filters, levels = pattern.split("/"), topic.split("/")
    for number, level in enumerate(filters):
        if level == "#":
            return True
        if number >= len(levels) or level not in ("+", levels[number]):
            return False
    return len(filters) == len(levels)


def expected(user, topic, wanted):
    granted = False
    for holder, access, pattern in RULES:
        if holder is None:
            if "%u" in pattern and not user:
                continue
            pattern = pattern.replace("%u", user)
        elif holder != user:
            continue
        if topic.startswith("$") != pattern.startswith("$") or not matches(pattern, topic):
            continue
        if access == "deny":
            return False
        granted = granted or bool(ACCESS[access] & wanted)
    return granted


def rules_text():
    lines, holder = [], ""
    for user, access, pattern in RULES:
        if user is None:
            lines.append(f"pattern {access} {pattern}")
            continue
        if user != holder:
            lines.append(f"user {user}")
            holder = user
        lines.append(f"topic {access} {pattern}")
    return "\n".join(lines) + "\n"


class Mqtt5(RawClient):
    """One client of MQTT 5 that asks for one thing after the other."""

    def __init__(self, port, user):
        credentials = (text(user) + text(user + "pw")) if user else b""
        body = text("MQTT") + bytes([5, 2 | (0xC0 if user else 0)]) + struct.pack("!H", 60) + varint(0) + text("") + credentials
        super().__init__(port, packet(1, 0, body))
        if self.expect(CONNACK)[1] != 0:
            raise AssertionError(f"{user} was not let in")

    def may_publish(self, topic):
        self.send(publish(topic, b"1", qos=1, version=5))
        body = self.expect(PUBACK)
        return len(body) < 3 or body[2] != 0x87

    def may_subscribe(self, topic):
        self.send(subscribe(topic, version=5))
        return self.expect(SUBACK)[-1] < 0x80


class Matrix(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-matrix-")
        cls.addClassCleanup(folder.cleanup)
        passwords, acl = pathlib.Path(folder.name) / "passwords", pathlib.Path(folder.name) / "acl"
        for number, name in enumerate(USERS[1:] + ("root",)):
            run_to_end("passwd", "-b", *(("-c",) if number == 0 else ()), str(passwords), name, name + "pw")
        acl.write_text(rules_text() + "user root\ntopic readwrite #\n", encoding="utf-8")
        cls.lines = (f"password_file {passwords}", f"acl_file {acl}")
        super().setUpClass()

    def http(self, user, *words):
        return curl(*words, *(("-u", f"{user}:{user}pw") if user else ()))

    def test_publishing_is_decided_alike(self):
        for user in USERS:
            with Mqtt5(self.mqtt_port, user) as client:
                for topic in TOPICS:
                    with self.subTest(user=user, topic=topic):
                        wanted = expected(user, topic, WRITE)
                        self.assertEqual(wanted, client.may_publish(topic))
                        url = f"{self.web}/topics?topic={topic}"
                        self.assertEqual(200 if wanted else 403, self.http(user, url, "-d", "1").status)
                        put = self.http(user, url, "-X", "PUT", "-d", "1").status
                        self.assertIn(put, (200, 201) if wanted else (403,))
                        cleared = self.http(user, url, "-X", "DELETE").status
                        self.assertIn(cleared, (204, 404) if wanted else (403,))

    def test_reading_is_decided_alike(self):
        for topic in TOPICS:
            curl(f"{self.web}/topics?topic={topic}", "-X", "PUT", "-d", "kept", "-u", "root:rootpw")
        for user in USERS:
            listed = {each["topic"] for each in self.http(user, f"{self.web}/topics?filter=%23&limit=1000").json}
            with Mqtt5(self.mqtt_port, user) as client:
                for topic in TOPICS:
                    with self.subTest(user=user, topic=topic):
                        wanted = expected(user, topic, READ)
                        self.assertEqual(wanted, client.may_subscribe(topic))
                        if wanted:
                            first, body = client.read_packet()  # the retained message
                            self.assertEqual(3, first >> 4)
                            self.assertIn(topic.encode(), body)
                        self.assertEqual(200 if wanted else 403,
                                         self.http(user, f"{self.web}/topics?topic={topic}").status)
                        self.assertEqual(wanted, topic in listed)
                        self.assertEqual(200 if wanted else 403,
                                         self.http(user, f"{self.web}/topics?topic={topic}&stream&max=1").status)

    def test_a_wide_subscription_gets_what_may_be_read_and_nothing_else(self):
        for user, shared in itertools.product(USERS, (False, True)):
            with self.subTest(user=user, shared=shared), Mqtt5(self.mqtt_port, user) as client, \
                    Mqtt5(self.mqtt_port, "root") as root:
                if not client.may_subscribe(f"$share/{user}g/#" if shared else "#"):
                    self.fail("a filter that selects something readable was refused")
                while True:  # retained messages of other tests, up to the mark
                    root.send(publish("news", b"mark", version=5))
                    first, body = client.read_packet()
                    if b"mark" in body:
                        break
                for topic in TOPICS:
                    root.send(publish(topic, b"live", version=5))
                root.send(publish("news", b"end", version=5))
                got = []
                while not got or got[-1] != b"end":
                    first, body = client.read_packet()
                    if first >> 4 == 3 and not first & 1 and not body.endswith(b"mark"):
                        length = struct.unpack("!H", body[:2])[0]
                        payload = body[2 + length + 1:]
                        got.append(payload if payload == b"end" else body[2:2 + length].decode())
                self.assertEqual([topic for topic in TOPICS if expected(user, topic, READ)], got[:-1])

    def test_a_will_needs_the_right_too(self):
        with Mqtt5(self.mqtt_port, "root") as root:
            self.assertTrue(root.may_subscribe("#"))
            for topic, wanted in (("b/only", True), ("b/never", False)):
                body = text("MQTT") + bytes([5, 2 | 4 | 0xC0]) + struct.pack("!H", 60) + varint(0) + text("") + varint(0) + \
                    text(topic) + text("will") + text("bob") + text("bobpw")
                with RawClient(self.mqtt_port, packet(1, 0, body)) as bob:
                    bob.expect(CONNACK)
                root.send(publish("news", b"mark", version=5)) if wanted else self.sluice.wait_for_log(f"may not be published to {topic}")
            got = []
            root.send(publish("news", b"end", version=5))
            while not got or not got[-1].endswith(b"end"):
                first, body = root.read_packet()
                if first >> 4 == 3 and not first & 1:
                    got.append(body)
            self.assertFalse([body for body in got if b"b/never" in body])
