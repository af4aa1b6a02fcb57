"""Mosquitto's own clients against the broker, in all versions of the protocol and all qualities of service."""

import subprocess
import unittest

import raw_mqtt
from conditions import PATIENCE_SECONDS, Stopwatch, wait_until
from mosquitto_client import VERSIONS, Subscriber, publish
from raw_mqtt import RawClient
from sluice_case import SluiceCase
from web_client import get, put

COMBINATIONS = [(version, qos) for version in VERSIONS for qos in (0, 1, 2)]


class MosquittoTest(SluiceCase):
    def test_a_message_arrives_in_every_version_and_quality(self):
        for version, qos in COMBINATIONS:
            with self.subTest(version=version, qos=qos):
                topic = f"{self.topic}/{version}/{qos}"
                with Subscriber(self.mqtt_port, topic, version=version, qos=qos, form="%t %q %r %p") as subscriber:
                    publish(self.mqtt_port, topic, "hello", version=version, qos=qos)
                    self.assertEqual(subscriber.wait_for(1), [f"{topic} {qos} 0 hello"])

    def test_versions_talk_to_each_other(self):
        topic = f"{self.topic}/mixed"
        subscribers = [Subscriber(self.mqtt_port, topic, version=version, qos=2) for version in VERSIONS]
        try:
            for version in VERSIONS:
                publish(self.mqtt_port, topic, f"from {version}", version=version, qos=2)
            for subscriber in subscribers:
                self.assertEqual(subscriber.wait_for(3), [f"{topic} from {version}" for version in VERSIONS])
        finally:
            for subscriber in subscribers:
                subscriber.close()

    def test_the_delivery_has_the_lower_of_both_qualities(self):
        topic = f"{self.topic}/lower"
        with Subscriber(self.mqtt_port, topic, qos=1, form="%q") as subscriber:
            for qos in (0, 1, 2):
                publish(self.mqtt_port, topic, "x", qos=qos)
            self.assertEqual(subscriber.wait_for(3), ["0", "1", "1"])

    def test_a_retained_message_waits_for_subscribers_until_it_is_cleared(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/retained/{version}"
                publish(self.mqtt_port, topic, "first", "-r", version=version, qos=1)
                publish(self.mqtt_port, topic, "second", "-r", version=version, qos=1)
                with Subscriber(self.mqtt_port, topic, version=version, qos=1, form="%r %p") as subscriber:
                    self.assertEqual(subscriber.wait_for(1), ["1 second"])
                    publish(self.mqtt_port, topic, "third", "-r", version=version, qos=1)
                    self.assertEqual(subscriber.wait_for(2)[1], "0 third")
                publish(self.mqtt_port, topic, None, "-r", version=version, qos=1)
                self.assertEqual(get(f"{self.web}/topics/{topic}").status, 404)

    def test_wildcards_select_topics(self):
        with Subscriber(self.mqtt_port, f"{self.topic}/+/temp", f"{self.topic}/cellar/#", form="%t") as subscriber:
            for topic in ("kitchen/temp", "kitchen/humidity", "cellar/a/b", "cellar", "kitchen/temp/now"):
                publish(self.mqtt_port, f"{self.topic}/{topic}", "x")
            publish(self.mqtt_port, f"{self.topic}/end/temp", "x")
            found = [topic.removeprefix(self.topic + "/") for topic in subscriber.wait_for(4)]
            self.assertEqual(found, ["kitchen/temp", "cellar/a/b", "cellar", "end/temp"])

    def test_the_will_of_a_killed_client_is_published(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/will/{version}"
                will = ("--will-topic", topic, "--will-payload", "gone", "--will-qos", "1", "--will-retain")
                with Subscriber(self.mqtt_port, topic, qos=1, form="%q %p") as heir, \
                        Subscriber(self.mqtt_port, f"{topic}/other", version=version, extra=will) as mortal:
                    mortal.kill()
                    self.assertEqual(heir.wait_for(1), ["1 gone"])
                self.assertEqual(get(f"{self.web}/topics/{topic}").text, "gone")

    def test_a_client_that_takes_leave_has_no_will(self):
        topic = f"{self.topic}/will"
        will = ("--will-topic", topic, "--will-payload", "gone")
        with Subscriber(self.mqtt_port, topic) as heir:
            with Subscriber(self.mqtt_port, f"{topic}/other", extra=(*will, "-C", "1")) as mortal:
                publish(self.mqtt_port, f"{topic}/other", "last")  # -C 1: it leaves with DISCONNECT now
                mortal.process.wait(PATIENCE_SECONDS)
            publish(self.mqtt_port, topic, "marker")
            self.assertEqual(heir.wait_for(1), [f"{topic} marker"])

    def test_a_persistent_session_gets_what_it_missed(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic, name = f"{self.topic}/away/{version}", f"away-{version}-{self.topic.replace('/', '-')}"
                extra = ("-c", "-i", name) + (("-x", "300") if version == "5" else ())
                with Subscriber(self.mqtt_port, topic, version=version, qos=2, extra=extra) as subscriber:
                    subscriber.leave()
                for qos in (1, 2):
                    publish(self.mqtt_port, topic, f"qos {qos}", qos=qos)
                with Subscriber(self.mqtt_port, topic, version=version, qos=2, extra=extra) as subscriber:
                    self.assertEqual(subscriber.wait_for(2), [f"{topic} qos 1", f"{topic} qos 2"])

    def test_properties_of_version_5_reach_subscribers_and_http(self):
        topic = f"{self.topic}/properties"
        given = ("-D", "publish", "user-property", "unit", "C", "-D", "publish", "user-property", "unit", "F",
                 "-D", "publish", "content-type", "text/plain", "-D", "publish", "response-topic", "r/1",
                 "-D", "publish", "correlation-data", "c1", "-D", "publish", "payload-format-indicator", "1",
                 "-D", "publish", "message-expiry-interval", "600", "-r")
        with Subscriber(self.mqtt_port, topic, version="5", qos=1, form="%C|%R|%D|%F|%E|%P|%p") as subscriber:
            publish(self.mqtt_port, topic, "21.5", *given, version="5", qos=1)
            kind, response, correlation, indicator, expiry, user, payload = subscriber.wait_for(1)[0].split("|")
        self.assertEqual((kind, response, correlation, indicator, payload), ("text/plain", "r/1", "c1", "1", "21.5"))
        self.assertIn(expiry, ("600", "599", "598"))
        self.assertEqual(user, "unit:C unit:F")
        answer = get(f"{self.web}/topics/{topic}")
        self.assertEqual(answer.field("Content-Type"), "text/plain")
        self.assertEqual(answer.field("Mqtt-Response-Topic"), "r/1")
        self.assertEqual(answer.field("Mqtt-Correlation-Data"), "YzE=")
        self.assertEqual(answer.field("Mqtt-User-Property"), "unit=C, unit=F")
        self.assertTrue(590 <= int(answer.field("Mqtt-Expiry")) <= 600, answer)

    def test_properties_given_over_http_reach_a_subscriber(self):
        topic = f"{self.topic}/properties"
        with Subscriber(self.mqtt_port, topic, version="5", qos=2, form="%C|%R|%D|%F|%E|%P|%q|%p") as subscriber:
            put(f"{self.web}/topics/{topic}?qos=2&expiry=600&pfi=1", "warm", "-H", "Content-Type: text/plain",
                "-H", "Mqtt-User-Property: unit=%C2%B0C", "-H", "Mqtt-Response-Topic: r/2",
                "-H", "Mqtt-Correlation-Data: YzI=")
            found = subscriber.wait_for(1)[0].split("|")
        self.assertIn(found.pop(4), ("600", "599", "598"))
        self.assertEqual(found, ["text/plain", "r/2", "c2", "1", "unit:°C", "2", "warm"])

    def test_a_second_client_with_the_same_id_takes_over(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic, name = f"{self.topic}/{version}", f"twin-{version}-{self.topic.replace('/', '-')}"
                with Subscriber(self.mqtt_port, topic, version=version, extra=("-i", name)) as first:
                    before = len(self.sluice.log())
                    with Subscriber(self.mqtt_port, topic, version=version, extra=("-i", name)) as second:
                        wait_until(lambda at=before: "already connected, closing the old" in self.sluice.log()[at:],
                                   "the log told of the take-over")
                        first.kill()  # mosquitto_sub would come back and take over again
                        publish(self.mqtt_port, topic, "to whom?")
                        self.assertEqual(second.wait_for(1), [f"{topic} to whom?"])

    def test_a_stopped_client_is_noticed_by_its_keep_alive(self):
        topic = f"{self.topic}/will"
        will = ("--will-topic", topic, "--will-payload", "gone", "-k", "5")
        with Subscriber(self.mqtt_port, topic) as heir, \
                Subscriber(self.mqtt_port, f"{topic}/other", extra=will) as mortal:
            watch = Stopwatch()
            subprocess.run(["kill", "-STOP", str(mortal.process.pid)], check=True)
            self.assertEqual(heir.wait_for(1), [f"{topic} gone"])
            self.assertLess(watch.seconds(), 1.5 * 5 + 1)
            self.assertGreater(watch.seconds(), 5)

    def test_a_large_payload_arrives_whole(self):
        topic = f"{self.topic}/large"
        payload = bytes(range(256)) * 4000  # a megabyte
        with Subscriber(self.mqtt_port, topic, qos=1, form="%l") as subscriber:
            command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt_port), "-t", topic, "-q", "1", "-s",
                       "-r"]
            subprocess.run(command, input=payload, timeout=PATIENCE_SECONDS, check=True)
            self.assertEqual(subscriber.wait_for(1), [str(len(payload))])
        self.assertEqual(get(f"{self.web}/topics/{topic}").body, payload)


class VerboseTest(SluiceCase):
    arguments = ("-v",)

    def test_each_packet_in_and_out_is_one_readable_line(self):
        name = "reader"
        with Subscriber(self.mqtt_port, "a/b", qos=2, version="5", extra=("-i", name)) as subscriber:
            publish(self.mqtt_port, "a/b", "12345", "-i", "writer", version="5", qos=2)
            subscriber.wait_for(1)
            self.sluice.wait_for_log("Received PUBCOMP from reader")
        for line in ("Received CONNECT from reader (p5, c1, k60)", "Sending CONNACK to reader",
                     "Received SUBSCRIBE from reader", "Sending SUBACK to reader",
                     "Received PUBLISH from writer (d0, q2, r0, m1, 'a/b', ... (5 bytes))",
                     "Sending PUBREC to writer (m1, rc0)",
                     "Received PUBREL from writer", "Sending PUBCOMP to writer", "Received DISCONNECT from writer",
                     "Sending PUBLISH to reader (d0, q2, r0, m1, 'a/b', ... (5 bytes))", "Received PUBREC from reader",
                     "Sending PUBREL to reader"):
            with self.subTest(line=line):
                self.assertEqual(sum(each.startswith(line) for each in self.sluice.log().splitlines()), 1,
                                 self.sluice.log())

    def test_a_topic_with_a_line_break_does_not_break_the_line(self):
        with RawClient.online(self.mqtt_port, "forger") as forger:
            forger.send(raw_mqtt.publish("evil\nReceived PINGREQ from nobody", b"x"))
            forger.send(raw_mqtt.packet(raw_mqtt.DISCONNECT, 0, b""))
            self.sluice.wait_for_log("Received DISCONNECT from forger")
        self.assertFalse([line for line in self.sluice.log().splitlines() if line.startswith("Received PINGREQ")])


if __name__ == "__main__":
    unittest.main()
