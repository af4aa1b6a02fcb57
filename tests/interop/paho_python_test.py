"""Paho for Python beyond tests/integration: shared subscriptions and retained messages in all versions, and what
version 5 adds."""

import unittest

from interop_case import InteropCase  # first: it says where the next ones are

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCodes
from paho.mqtt.subscribeoptions import SubscribeOptions

from conditions import Stopwatch, wait_until
from paho_client import V5, V31, V311, PahoClient

VERSIONS = {"3.1": V31, "3.1.1": V311, "5": V5}
TRANSPORTS = {"tcp": "mqtt", "websockets": "http"}  # and the listener that serves it


def properties(packet, **values):
    made = Properties(packet)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Client(PahoClient):
    """Keeps the properties of CONNACK too."""

    connack = None

    def on_connect(self, client, userdata, flags, code, *rest):
        self.connack = rest[0] if rest else None
        super().on_connect(client, userdata, flags, code, *rest)

    def subscribe_with(self, topic, options, **values):
        """The reason codes of a SUBSCRIBE with options and properties of version 5."""
        _, mid = self.client.subscribe(topic, options=options,
                                       properties=properties(PacketTypes.SUBSCRIBE, **values) if values else None)
        self.wait_for(lambda: mid in self.granted, "SUBACK came")
        return self.granted[mid]

    def payloads(self, count):
        return [payload for _, payload in self.wait_for_messages(count)]


class PahoCase(InteropCase):
    def client(self, suffix="", transport="tcp", **options):
        port = self.sluice.port(TRANSPORTS[transport])
        return Client(port, client_id=self.name(suffix), transport=transport, **options)

    def session(self, suffix="", expiry=300, **options):
        """A client of version 5 whose session outlives its connection."""
        given = properties(PacketTypes.CONNECT, SessionExpiryInterval=expiry)
        return self.client(suffix, version=V5, clean=False, properties=given, **options)


class EveryVersionTest(PahoCase):
    def each(self):
        return [(transport, version, f"{self.topic}/{transport}/{name}")
                for transport in TRANSPORTS for name, version in VERSIONS.items()]

    def test_a_retained_message_waits_until_it_is_cleared(self):
        for transport, version, topic in self.each():
            with self.subTest(topic=topic), self.client("-w", transport, version=version) as writer, \
                    self.client("-early", transport, version=version) as early, \
                    self.client("-late", transport, version=version) as late:
                writer.publish(topic, "kept", 2, retain=True)
                early.subscribe(topic, 1)
                early.wait_for_messages(1)
                writer.publish(topic, "new", 1, retain=True)
                writer.publish(topic, "", 1, retain=True)
                self.assertEqual(early.payloads(3), ["kept", "new", ""])
                self.assertEqual([message.retain for message in early.messages], [True, False, False])
                late.subscribe(topic, 1)
                writer.publish(topic, "marker", 1)
                self.assertEqual(late.payloads(1), ["marker"])

    def test_a_shared_subscription_gives_each_message_to_one_member(self):
        for transport, version, topic in self.each():
            with self.subTest(topic=topic), self.client("-w", transport, version=version) as writer, \
                    self.client("-a", transport, version=version) as first, \
                    self.client("-b", transport, version=version) as second:
                for member in (first, second):
                    self.assertEqual(member.subscribe(f"$share/pair/{topic}", 2), [2])
                for number in range(20):
                    writer.publish(topic, str(number), number % 3)
                wait_until(lambda pair=(first, second): sum(len(each.messages) for each in pair) >= 20,
                           "the members got what was sent")
                found = [message.payload.decode() for member in (first, second) for message in member.messages]
                self.assertEqual(sorted(found), sorted(str(number) for number in range(20)))

    def test_a_megabyte_arrives_whole(self):
        payload = bytes(range(256)) * 4096
        for transport, version, topic in self.each():
            with self.subTest(topic=topic), self.client("", transport, version=version) as client:
                client.subscribe(topic, 2)
                for qos in (0, 1, 2):
                    client.publish(topic, payload, qos)
                client.wait_for(lambda client=client: len(client.messages) >= 3, "three messages came")
                self.assertEqual([message.payload == payload for message in client.messages], [True] * 3)

    def test_an_unsubscribe_is_obeyed(self):
        for transport, version, topic in self.each():
            with self.subTest(topic=topic), self.client("", transport, version=version) as client:
                for each in ("gone", "kept"):
                    client.subscribe(f"{topic}/{each}", 1)
                client.client.unsubscribe(f"{topic}/gone")
                client.publish(f"{topic}/gone", "unwanted", 1)
                client.publish(f"{topic}/kept", "wanted", 1)
                self.assertEqual(client.payloads(1), ["wanted"])


class Version5Test(PahoCase):
    def test_properties_arrive_as_they_were_sent_and_in_order(self):
        users = [("unit", "F"), ("place", "roof ☂"), ("unit", "C"), ("", "")]
        given = properties(PacketTypes.PUBLISH, PayloadFormatIndicator=1, ContentType="text/plain",
                           ResponseTopic="r/1", CorrelationData=b"\x00\xff", UserProperty=users,
                           MessageExpiryInterval=600)
        for transport in TRANSPORTS:
            with self.subTest(transport=transport), self.client("", transport, version=V5) as client:
                client.subscribe(self.topic, 2)
                for qos in (0, 1, 2):
                    client.publish(self.topic, "x", qos, properties=given)
                client.wait_for_messages(3)
                for message in client.messages:
                    found = message.properties
                    self.assertEqual(found.UserProperty, users)  # [MQTT-3.3.2-18]
                    self.assertEqual((found.PayloadFormatIndicator, found.ContentType, found.ResponseTopic,
                                      found.CorrelationData), (1, "text/plain", "r/1", b"\x00\xff"))
                    self.assertIn(found.MessageExpiryInterval, (600, 599, 598))

    def test_a_request_finds_its_way_back(self):
        """As section 4.10.1 describes it: the server answers to the topic that stands in the request."""
        with self.client("-server", version=V5) as server, self.client("-asks", version=V5) as client:
            server.subscribe(f"{self.topic}/ask", 1)
            client.subscribe(f"{self.topic}/answer", 1)
            client.publish(f"{self.topic}/ask", "how warm?", 1, properties=properties(
                PacketTypes.PUBLISH, ResponseTopic=f"{self.topic}/answer", CorrelationData=b"7"))
            server.wait_for_messages(1)
            asked = server.messages[0].properties
            server.publish(asked.ResponseTopic, "21.5", 1, properties=properties(
                PacketTypes.PUBLISH, CorrelationData=asked.CorrelationData))
            self.assertEqual(client.payloads(1), ["21.5"])
            self.assertEqual(client.messages[0].properties.CorrelationData, b"7")

    def test_a_will_carries_its_properties_after_its_delay(self):
        will = {"topic": self.topic, "payload": "gone", "qos": 1, "properties": properties(
            PacketTypes.WILLMESSAGE, WillDelayInterval=1, ContentType="text/plain",
            UserProperty=[("why", "b"), ("why", "a")])}
        with self.client("-heir", version=V5) as heir:
            heir.subscribe(self.topic, 1)
            mortal = self.session("-mortal", will=will).connect()
            watch = Stopwatch()
            mortal.drop()
            self.assertEqual(heir.payloads(1), ["gone"])
            self.assertGreaterEqual(watch.seconds(), 0.9)
            self.assertEqual(heir.messages[0].properties.ContentType, "text/plain")
            self.assertEqual(heir.messages[0].properties.UserProperty, [("why", "b"), ("why", "a")])

    def test_options_of_a_subscription_are_kept(self):
        with self.client("-w", version=V5) as writer, self.client(version=V5) as reader:
            writer.publish(self.topic, "old", 1, retain=True)
            options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True,
                                       retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
            self.assertEqual(reader.subscribe_with(self.topic, options), [1])
            reader.publish(self.topic, "own", 1)
            writer.publish(self.topic, "new", 1, retain=True)
            self.assertEqual(reader.payloads(1), ["new"])
            self.assertTrue(reader.messages[0].retain)
            options.retainHandling = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            reader.subscribe_with(self.topic, options)
            options.retainHandling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
            reader.subscribe_with(self.topic, options)
            reader.wait_for_messages(2)
            writer.publish(self.topic, "last", 1)
            self.assertEqual(reader.payloads(3), ["new", "new", "last"])

    def test_a_subscription_identifier_comes_with_each_message(self):
        with self.client(version=V5) as client:
            for identifier, topic in ((1, f"{self.topic}/a"), (268_435_455, f"{self.topic}/b/#")):
                client.subscribe_with(topic, SubscribeOptions(qos=1), SubscriptionIdentifier=identifier)
            client.publish(f"{self.topic}/a", "x", 1)
            client.publish(f"{self.topic}/b/c", "y", 1)
            client.wait_for_messages(2)
            found = [message.properties.SubscriptionIdentifier for message in client.messages]
            self.assertEqual(found, [[1], [268_435_455]])

    def test_an_alias_stands_for_its_topic(self):
        with self.client(version=V5) as client:
            client.subscribe(f"{self.topic}/#", 1)
            self.assertGreaterEqual(client.connack.TopicAliasMaximum, 1)
            alias = properties(PacketTypes.PUBLISH, TopicAlias=1)
            for topic, payload in ((f"{self.topic}/a", "1"), ("", "2"), (f"{self.topic}/b", "3"), ("", "4")):
                client.publish(topic, payload, 1, properties=alias)
            expected = [(f"{self.topic}/{topic}", payload) for topic, payload in ("a1", "a2", "b3", "b4")]
            self.assertEqual(client.wait_for_messages(4), expected)

    def test_a_message_larger_than_the_client_takes_is_left_out(self):
        limit = properties(PacketTypes.CONNECT, MaximumPacketSize=100)
        with self.client("-w", version=V5) as writer, self.client(version=V5, properties=limit) as reader:
            reader.subscribe(self.topic, 2)
            for qos in (0, 1, 2):
                writer.publish(self.topic, "x" * 200, qos)  # [MQTT-3.1.2-24] [MQTT-3.1.2-25]
                writer.publish(self.topic, f"small {qos}", qos)
            self.assertEqual(reader.payloads(3), ["small 0", "small 1", "small 2"])

    def test_a_receive_maximum_of_one_is_enough_for_many(self):
        limit = properties(PacketTypes.CONNECT, ReceiveMaximum=1)
        with self.client("-w", version=V5) as writer, self.client(version=V5, properties=limit) as reader:
            for qos in (1, 2):
                reader.subscribe(f"{self.topic}/{qos}", qos)
                before = len(reader.messages)
                for number in range(100):
                    writer.client.publish(f"{self.topic}/{qos}", str(number), qos)
                self.assertEqual(reader.payloads(before + 100)[before:], [str(number) for number in range(100)])

    def test_a_client_without_an_identifier_gets_one(self):
        with Client(self.mqtt_port, version=V5) as client:
            self.assertTrue(client.connack.AssignedClientIdentifier)  # [MQTT-3.2.2-16]

    def test_a_session_lasts_as_long_as_its_expiry_says(self):
        for expiry, present in ((300, True), (0, False)):
            with self.subTest(expiry=expiry):
                with self.session(f"-{expiry}", expiry) as client:
                    self.assertFalse(client.session_present)
                with self.session(f"-{expiry}", expiry) as client:
                    self.assertEqual(client.session_present, present)
        with self.session("-short", 1):
            pass
        watch = Stopwatch()  # time itself is the condition
        wait_until(lambda: watch.seconds() > 2, "the second of the session passed")
        with self.session("-short", 1) as client:
            self.assertFalse(client.session_present)

    def test_a_session_expiry_given_with_disconnect_counts(self):
        with self.session() as client:
            client.client.disconnect(properties=properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
            client.wait_for_disconnect()
        with self.session() as client:
            self.assertFalse(client.session_present)

    def test_a_client_that_wants_its_will_can_leave_with_it(self):
        """DISCONNECT with reason 0x04; with 0x00 the will is dropped."""
        with self.client("-heir", version=V5) as heir:
            heir.subscribe(self.topic, 1)
            for reason in (0x00, 0x04):
                will = {"topic": self.topic, "payload": f"gone {reason}", "qos": 1}
                mortal = self.client(f"-{reason}", version=V5, will=will).connect()
                mortal.client.disconnect(reasoncode=ReasonCodes(PacketTypes.DISCONNECT, identifier=reason))
                mortal.wait_for_disconnect()
                mortal.client.loop_stop()
                heir.publish(self.topic, f"after {reason}", 1)
            self.assertEqual(sorted(heir.payloads(3)), ["after 0", "after 4", "gone 4"])


if __name__ == "__main__":
    unittest.main()
