"""Debian's mosquitto_sub, mosquitto_pub and mosquitto_rr with the options that tests/integration does not use: shared
subscriptions, $SYS, properties of every packet, requests with responses."""

import subprocess
import unittest

from interop_case import InteropCase  # first: it says where the next ones are

from conditions import PATIENCE_SECONDS, Stopwatch, wait_until
from mosquitto_client import Subscriber, publish
from web_client import get

VERSIONS = ("mqttv31", "mqttv311", "mqttv5")


def prop(packet, name, *values):
    """The arguments that give a packet a property of version 5."""
    return ("-D", packet, name, *values)


def publish_lines(port, topic, lines, *extra, version="mqttv311", qos=0):
    """One connection of mosquitto_pub, one message a line."""
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-V", version, "-t", topic, "-q", str(qos), "-l",
               *extra]
    text = "".join(line + "\n" for line in lines)
    subprocess.run(command, input=text, text=True, timeout=4 * PATIENCE_SECONDS, check=True)


class EveryVersionTest(InteropCase):
    def test_the_port_for_everything_serves_every_version(self):
        port = self.sluice.port("auto")
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/{version}"
                with Subscriber(port, topic, version=version, qos=2, form="%q %p") as subscriber:
                    for qos in (0, 1, 2):
                        publish(port, topic, f"qos {qos}", version=version, qos=qos)
                    self.assertEqual(subscriber.wait_for(3), ["0 qos 0", "1 qos 1", "2 qos 2"])

    def test_a_thousand_lines_of_one_client_arrive_in_order(self):
        lines = [str(number) for number in range(1000)]
        for version in VERSIONS:
            for qos in (0, 1, 2):
                with self.subTest(version=version, qos=qos):
                    topic = f"{self.topic}/{version}/{qos}"
                    with Subscriber(self.mqtt_port, topic, version=version, qos=qos, form="%p") as subscriber:
                        publish_lines(self.mqtt_port, topic, lines, version=version, qos=qos)
                        wait_until(lambda subscriber=subscriber: len(subscriber.messages()) >= len(lines),
                                   "all lines came", 4 * PATIENCE_SECONDS)
                        self.assertEqual(subscriber.messages(), lines)

    def test_a_shared_subscription_gives_each_message_to_one_member(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/{version}"
                shared = f"$share/pair/{topic}"
                with Subscriber(self.mqtt_port, shared, version=version, qos=1, form="%t %p") as first, \
                        Subscriber(self.mqtt_port, shared, version=version, qos=1, form="%t %p") as second, \
                        Subscriber(self.mqtt_port, topic, version=version, qos=1, form="%t %p") as alone:
                    sent = [f"{topic} {number}" for number in range(20)]
                    publish_lines(self.mqtt_port, topic, range_lines(20), version=version, qos=1)
                    wait_until(lambda pair=(first, second): sum(len(each.messages()) for each in pair) >= 20,
                               "the members got what was sent")
                    self.assertEqual(alone.wait_for(20), sent)
                    self.assertEqual(sorted(first.messages() + second.messages()), sorted(sent))

    def test_the_members_that_stay_get_what_is_sent_after_one_left(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/{version}"
                shared = f"$share/rest/{topic}"
                with Subscriber(self.mqtt_port, shared, version=version, qos=1, form="%p") as stays:
                    with Subscriber(self.mqtt_port, shared, version=version, qos=1) as leaves:
                        leaves.leave()
                    publish_lines(self.mqtt_port, topic, range_lines(10), version=version, qos=1)
                    self.assertEqual(stays.wait_for(10), range_lines(10))

    def test_a_will_may_be_of_any_quality_and_retained(self):
        for version in VERSIONS:
            for qos in (0, 1, 2):
                with self.subTest(version=version, qos=qos):
                    topic = f"{self.topic}/{version}/{qos}"
                    will = ("--will-topic", topic, "--will-payload", "gone", "--will-qos", str(qos), "--will-retain")
                    with Subscriber(self.mqtt_port, topic, version=version, qos=2, form="%q %r %p") as heir:
                        with Subscriber(self.mqtt_port, self.topic, version=version, extra=will) as mortal:
                            mortal.kill()
                            self.assertEqual(heir.wait_for(1), [f"{qos} 0 gone"])
                    with Subscriber(self.mqtt_port, topic, version=version, qos=2, form="%q %r %p") as late:
                        self.assertEqual(late.wait_for(1), [f"{qos} 1 gone"])

    def test_an_unsubscribe_of_a_kept_session_lasts(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                gone, kept = f"{self.topic}/{version}/gone", f"{self.topic}/{version}/kept"
                extra = ("--disable-clean-session", "-i", f"{self.name()}{version}")
                with Subscriber(self.mqtt_port, gone, kept, version=version, qos=1, extra=extra) as subscriber:
                    subscriber.leave()
                again = (*extra, "-U", gone, "-E")  # -E: it leaves once the answers are there
                with Subscriber(self.mqtt_port, kept, version=version, qos=1, extra=again) as subscriber:
                    self.assertEqual(subscriber.process.wait(PATIENCE_SECONDS), 0)
                publish(self.mqtt_port, gone, "unwanted", version=version, qos=1)
                publish(self.mqtt_port, kept, "wanted", version=version, qos=1)
                with Subscriber(self.mqtt_port, kept, version=version, qos=1, extra=extra) as subscriber:
                    self.assertEqual(subscriber.wait_for(1), [f"{kept} wanted"])

    def test_retained_messages_are_removed_as_they_are_received(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/{version}"
                for each in "abc":
                    publish(self.mqtt_port, f"{topic}/{each}", each, "-r", version=version, qos=1)
                with Subscriber(self.mqtt_port, f"{topic}/#", version=version, qos=1, extra=("--remove-retained",),
                                form="%r %t %p") as broom:
                    # Each removal comes back to it as an empty message that is not retained.
                    found = [line for line in broom.wait_for(6) if line.startswith("1 ")]
                    self.assertEqual(sorted(found), [f"1 {topic}/{each} {each}" for each in "abc"])
                for each in "abc":
                    url = f"{self.web}/topics/{topic}/{each}"
                    self.assertEqual(get(url).status, 404)

    def test_the_place_of_the_broker_may_be_given_as_a_url(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                topic = f"{self.topic}/{version}"
                with Subscriber(self.mqtt_port, topic, version=version) as subscriber:
                    url = f"mqtt://127.0.0.1:{self.mqtt_port}/{topic}"
                    subprocess.run(["mosquitto_pub", "-V", version, "-L", url, "-m", "by url"], check=True,
                                   timeout=PATIENCE_SECONDS)
                    self.assertEqual(subscriber.wait_for(1), [f"{topic} by url"])


def range_lines(count):
    return [str(number) for number in range(count)]


class SystemTopicsTest(InteropCase):
    lines = ("sys_interval 1",)

    def test_the_numbers_of_the_broker_can_be_read(self):
        """The names are those of the manual page mosquitto(8)."""
        for version in VERSIONS:
            with self.subTest(version=version), \
                    Subscriber(self.mqtt_port, "$SYS/broker/#", version=version, form="%t=%p") as subscriber:
                def value(name, subscriber=subscriber):
                    begin = f"$SYS/broker/{name}="
                    found = [line[len(begin):] for line in subscriber.messages() if line.startswith(begin)]
                    return found[-1] if found else None
                for name in ("version", "uptime", "clients/total", "messages/received", "messages/sent",
                             "bytes/received", "bytes/sent", "retained messages/count", "subscriptions/count",
                             "publish/messages/received", "load/messages/received/1min"):
                    wait_until(lambda name=name: value(name) is not None, f"$SYS/broker/{name} came")
                wait_until(lambda: value("clients/connected") == "1", lambda: f"1 client: {value('clients/connected')}")
                with Subscriber(self.mqtt_port, self.topic, version=version):
                    wait_until(lambda: value("clients/connected") == "2", "the second client was counted")
                self.assertGreater(int(value("bytes/sent")), 0)
                self.assertRegex(value("uptime"), r"^\d+ seconds$")

    def test_a_wildcard_at_the_beginning_does_not_select_them(self):
        with Subscriber(self.mqtt_port, "#", "+/broker/uptime", form="%t") as everything, \
                Subscriber(self.mqtt_port, "$SYS/broker/uptime", form="%p") as clock:
            before = clock.wait_for(1)[-1]
            wait_until(lambda: clock.messages()[-1] != before, "the time went on")
            publish(self.mqtt_port, self.topic, "marker")
            self.assertEqual(everything.wait_for(1), [self.topic])  # [MQTT-4.7.2-1]


class Version5Test(InteropCase):
    def test_a_subscription_identifier_comes_with_each_message(self):
        extra = prop("subscribe", "subscription-identifier", "268435455")
        with Subscriber(self.mqtt_port, f"{self.topic}/+", version="mqttv5", extra=extra, form="%S %p") as subscriber:
            publish(self.mqtt_port, f"{self.topic}/a", "x", version="mqttv311")
            self.assertEqual(subscriber.wait_for(1), ["268435455 x"])

    def test_a_topic_alias_stands_for_its_topic(self):
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=1, form="%t %A|%p") as subscriber:
            # From the second line on mosquitto_pub sends the alias alone.
            publish_lines(self.mqtt_port, self.topic, ["a", "b", "c"], *prop("publish", "topic-alias", "3"),
                          version="mqttv5", qos=1)
            # The alias belongs to the sender's connection and is not handed on [MQTT-3.3.2-7].
            self.assertEqual(subscriber.wait_for(3), [f"{self.topic} |{each}" for each in "abc"])

    def test_a_receive_maximum_of_one_is_enough_for_many(self):
        extra = prop("connect", "receive-maximum", "1")
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=2, extra=extra, form="%p") as subscriber:
            publish_lines(self.mqtt_port, self.topic, range_lines(200), version="mqttv5", qos=2)
            self.assertEqual(subscriber.wait_for(200), range_lines(200))

    def test_a_message_beyond_the_maximum_packet_size_is_left_out(self):
        extra = prop("connect", "maximum-packet-size", "100")
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=1, extra=extra, form="%p") as subscriber:
            publish(self.mqtt_port, self.topic, "x" * 200, qos=1)
            publish(self.mqtt_port, self.topic, "small", qos=1)
            self.assertEqual(subscriber.wait_for(1), ["small"])  # [MQTT-3.1.2-24], [MQTT-3.1.2-25]

    def test_a_request_gets_its_response(self):
        """The server of the request takes topic and correlation from it, as section 4.10.1 says."""
        for version in ("mqttv5", "mqttv311"):
            with self.subTest(version=version):
                topic, response = f"{self.topic}/{version}/ask", f"{self.topic}/{version}/answer"
                with Subscriber(self.mqtt_port, topic, version=version, qos=1, form="%R|%D|%p") as server:
                    command = ["mosquitto_rr", "-h", "127.0.0.1", "-p", str(self.mqtt_port), "-V", version, "-q", "1",
                               "-t", topic, "-e", response, "-m", "how warm?", "-W", str(PATIENCE_SECONDS)]
                    correlation = prop("publish", "correlation-data", "c7") if version == "mqttv5" else ()
                    client = subprocess.Popen([*command, *correlation], stdout=subprocess.PIPE, text=True)
                    try:
                        where, what, question = server.wait_for(1)[0].split("|")
                        self.assertEqual(question, "how warm?")
                        if version == "mqttv5":
                            self.assertEqual((where, what), (response, "c7"))
                        publish(self.mqtt_port, response, "21.5", *correlation, version=version, qos=1)
                        self.assertEqual(client.communicate(timeout=PATIENCE_SECONDS)[0], "21.5\n")
                        self.assertEqual(client.returncode, 0)
                    finally:
                        client.kill()
                        client.wait()

    def test_a_will_carries_its_properties(self):
        will = ("--will-topic", self.topic, "--will-payload", "gone", "--will-qos", "1",
                *prop("will", "user-property", "why", "b"), *prop("will", "user-property", "why", "a"),
                *prop("will", "content-type", "text/plain"), *prop("will", "response-topic", "r/1"),
                *prop("will", "correlation-data", "c1"), *prop("will", "payload-format-indicator", "1"),
                *prop("will", "message-expiry-interval", "600"))
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=1, form="%C|%R|%D|%F|%P|%E|%p") as heir, \
                Subscriber(self.mqtt_port, f"{self.topic}/other", version="mqttv5", extra=will) as mortal:
            mortal.kill()
            found = heir.wait_for(1)[0].split("|")
        self.assertIn(found.pop(5), ("600", "599", "598"))
        self.assertEqual(found, ["text/plain", "r/1", "c1", "1", "why:b why:a", "gone"])

    def test_a_will_waits_for_its_delay_and_is_dropped_when_its_client_comes_back(self):
        will = ("--will-topic", self.topic, "--will-payload", "gone", "-c", "-x", "60",
                *prop("will", "will-delay-interval", "2"))
        other = f"{self.topic}/other"
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", form="%p") as heir:
            with Subscriber(self.mqtt_port, other, version="mqttv5", extra=(*will, "-i", self.name("-back"))) as mortal:
                mortal.kill()
            with Subscriber(self.mqtt_port, other, version="mqttv5", extra=("-c", "-i", self.name("-back"))):
                with Subscriber(self.mqtt_port, other, version="mqttv5", extra=(*will, "-i", self.name())) as mortal:
                    watch = Stopwatch()
                    mortal.kill()
                self.assertEqual(heir.wait_for(1), ["gone"])
                self.assertGreaterEqual(watch.seconds(), 1.9)
                publish(self.mqtt_port, self.topic, "marker")
                # The first will was due before the second; it did not come [MQTT-3.1.3-9].
                self.assertEqual(heir.wait_for(2), ["gone", "marker"])

    def test_a_session_ends_with_its_expiry(self):
        extra = ("-c", "-x", "1", "-i", self.name())
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=1, extra=extra) as subscriber:
            subscriber.leave()
        publish(self.mqtt_port, self.topic, "missed", qos=1)
        watch = Stopwatch()  # time itself is the condition
        wait_until(lambda: watch.seconds() > 2, "the second of the session passed")
        with Subscriber(self.mqtt_port, self.topic, version="mqttv5", qos=1, extra=extra, form="%p") as subscriber:
            publish(self.mqtt_port, self.topic, "new", qos=1)
            self.assertEqual(subscriber.wait_for(1), ["new"])


if __name__ == "__main__":
    unittest.main()
