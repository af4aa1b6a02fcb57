"""Paho for C in all versions of the protocol: sessions, wills, shared subscriptions, and what version 5 adds."""

import unittest

from paho_c_case import PahoCCase, missing  # first: it says where the next ones are

from conditions import Stopwatch, wait_until
from paho_c import PROGRAMS, connect_all, PahoC


@unittest.skipIf(missing(), missing())
class EveryVersionTest(PahoCCase):
    def test_a_subscribe_packet_may_have_several_filters(self):
        for version, topic in self.each_version():
            with self.client(version) as client:
                client.connect()
                answer = client.ask(f"subscribe 0 {topic}/a 1 {topic}/b 2 {topic}/c")
                self.assertEqual(answer, "granted 0 1 2")
                for each in "abc":
                    client.ask(f"publish 2 0 {topic}/{each} x")
                expected = [f"0 0 {topic}/a x", f"1 0 {topic}/b x", f"2 0 {topic}/c x"]
                self.assertEqual(sorted(client.wait_for(3)), expected)

    def test_wildcards_select_topics_of_three_levels(self):
        for version, topic in self.each_version():
            with self.client(version) as client:
                client.connect()
                client.ask(f"subscribe 1 {topic}/+/floor/+")
                client.ask(f"subscribe 1 {topic}/cellar/#")
                for tail in ("house/floor/temp", "house/roof/temp", "house/floor/temp/now", "house/floor", "cellar",
                             "cellar/a/b", "end/floor/x"):
                    client.ask(f"publish 1 0 {topic}/{tail} x")
                expected = [f"1 0 {topic}/{tail} x"
                            for tail in ("house/floor/temp", "cellar", "cellar/a/b", "end/floor/x")]
                self.assertEqual(client.wait_for(4), expected)
                answer = client.ask(f"unsubscribe {topic}/cellar/#")
                self.assertEqual(answer, "unsubscribed 0")
                client.ask(f"publish 1 0 {topic}/cellar/a unwanted")
                client.ask(f"publish 1 0 {topic}/end/floor/y wanted")
                self.assertEqual(client.wait_for(5), [*expected, f"1 0 {topic}/end/floor/y wanted"])

    def test_a_retained_message_is_there_until_it_is_cleared(self):
        for version, topic in self.each_version():
            with self.client(version) as writer, self.client(version, "-early") as early, \
                    self.client(version, "-late") as late:
                connect_all(writer, early, late)
                writer.ask(f"publish 2 1 {topic} kept")
                early.ask(f"subscribe 1 {topic}")
                self.assertEqual(early.wait_for(1), [f"1 1 {topic} kept"])
                writer.ask(f"publish 1 1 {topic} -")
                self.assertEqual(early.wait_for(2)[1], f"1 0 {topic} ")
                late.ask(f"subscribe 1 {topic}")
                writer.ask(f"publish 1 0 {topic} marker")
                self.assertEqual(late.wait_for(1), [f"1 0 {topic} marker"])

    def test_a_session_is_resumed_with_what_was_missed(self):
        for version, topic in self.each_version():
            kept = "0 session_expiry_interval=300" if version == 5 else "0"
            for kind in PROGRAMS:
                with self.subTest(version=version, kind=kind), self.client(version, "-writer") as writer:
                    with self.client(version, kind, kind) as reader:
                        connect_all(writer, reader, options=kept)
                        reader.ask(f"subscribe 2 {topic}")
                        reader.ask("disconnect")
                    for qos in (1, 2):
                        writer.ask(f"publish {qos} 0 {topic} missed-{qos}")
                    with self.client(version, kind, kind) as reader:
                        present = reader.connect(kept)[0]
                        if (version, kind) != (5, "synchronous"):  # which has no place for the flag in version 5
                            self.assertEqual(present, 0 if version == 3 else 1)  # CONNACK of 3.1 has no such flag
                        self.assertEqual(reader.wait_for(2), [f"{qos} 0 {topic} missed-{qos}" for qos in (1, 2)])
                        reader.ask("disconnect")
                    with self.client(version, kind, kind) as reader:
                        self.assertEqual(reader.connect("1")[0], 0)  # [MQTT-3.1.2-4] [MQTT3-3.1.2-6]
                        writer.ask(f"publish 1 0 {topic} unwanted")
                        reader.ask(f"subscribe 1 {topic}/end")
                        writer.ask(f"publish 1 0 {topic}/end marker")
                        self.assertEqual(reader.wait_for(1), [f"1 0 {topic}/end marker"])

    def test_the_will_comes_when_the_client_is_killed_and_not_when_it_leaves(self):
        for version, topic in self.each_version():
            for qos in (0, 1, 2):
                with self.client(version, "-heir") as heir, self.client(version, "-polite") as polite, \
                        self.client(version, "-mortal") as mortal:
                    heir.say("connect 1")
                    connect_all(polite, mortal, options=f"1 will={topic}/{qos} will_payload=gone will_qos={qos}")
                    heir.wait_for_connack()
                    heir.ask(f"subscribe 2 {topic}/{qos}")
                    polite.ask("disconnect")
                    mortal.kill()
                    heir.wait_for(1)
                    heir.ask(f"publish {qos} 0 {topic}/{qos} marker")
                    self.assertEqual(heir.wait_for(2), [f"{qos} 0 {topic}/{qos} {end}" for end in ("gone", "marker")])

    def test_a_shared_subscription_gives_each_message_to_one_client(self):
        for version, topic in self.each_version():
            with self.client(version, "-a") as first, self.client(version, "-b") as second, \
                    self.client(version, "-w") as writer:
                connect_all(first, second, writer)
                for client in (first, second):
                    self.assertEqual(client.ask(f"subscribe 1 $share/group/{topic}/+"), "granted 1")
                writer.ask(f"stream 1 {topic}/x 40")
                wait_until(lambda pair=(first, second): sum(len(each.messages()) for each in pair) >= 40,
                           "the messages came")
                expected = sorted(f"1 0 {topic}/x {number}" for number in range(40))
                self.assertEqual(sorted(first.messages() + second.messages()), expected)
                first.ask("disconnect")
                before = len(second.messages())
                writer.ask(f"stream 1 {topic}/y 10")
                self.assertEqual(second.wait_for(before + 10)[before:], [f"1 0 {topic}/y {at}" for at in range(10)])

    def test_a_take_over_cuts_the_old_connection(self):
        for version, topic in self.each_version():
            with self.client(version) as old, self.client(version) as new:
                old.connect()
                new.connect()
                if version == 5:
                    old.wait_for_event("disconnected_by_server 142")  # 0x8E, session taken over [MQTT-3.1.4-3]
                else:
                    old.wait_for_event("lost")
                new.ask(f"subscribe 1 {topic}")
                new.ask(f"publish 1 0 {topic} mine")
                self.assertEqual(new.wait_for(1), [f"1 0 {topic} mine"])

    def test_a_quiet_client_is_kept_by_its_pings(self):
        with self.client(4) as client:
            client.connect("1 keep_alive=4")
            client.ask(f"subscribe 1 {self.topic}")
            watch = Stopwatch()  # time itself is the condition
            wait_until(lambda: watch.seconds() > 7, "one and a half times the keep alive passed")
            client.ask(f"publish 1 0 {self.topic} alive")
            self.assertEqual(client.wait_for(1), [f"1 0 {self.topic} alive"])
            self.assertNotIn("lost", client.lines)


@unittest.skipIf(missing(), missing())
class Version5Test(PahoCCase):
    def test_properties_arrive_as_they_were_sent_and_in_order(self):
        given = ("payload_format_indicator=1 content_type=text/plain response_topic=r/1 correlation_data=c-1 "
                 "user=unit:F user=place:roof user=unit:C").split(" ")
        with self.client(5) as client:
            client.connect()
            client.ask(f"subscribe 2 {self.topic}")
            for qos in (0, 1, 2):
                client.ask(f"publish {qos} 0 {self.topic} x {' '.join(given)} message_expiry_interval=600")
                qos_found, retained, topic, payload, *properties = client.wait_for(qos + 1)[qos].split(" ")
                self.assertEqual((qos_found, retained, topic, payload), (str(qos), "0", self.topic, "x"))
                expiry = [each for each in properties if each.startswith("message_expiry_interval=")]
                self.assertIn(expiry, [[f"message_expiry_interval={left}"] for left in (600, 599, 598)])
                others = [each for each in properties if each not in expiry]
                self.assertEqual(sorted(others), sorted(given))
                # The order of user properties means something [MQTT-3.3.2-18], that of the others does not.
                users = [each for each in others if each.startswith("user=")]
                self.assertEqual(users, ["user=unit:F", "user=place:roof", "user=unit:C"])

    def test_a_will_has_its_properties_and_its_delay(self):
        with self.client(5, "-heir") as heir, self.client(5, "-mortal") as mortal:
            heir.connect()
            heir.ask(f"subscribe 1 {self.topic}")
            mortal.connect(f"1 session_expiry_interval=60 will={self.topic} will_payload=gone will_qos=1 "
                           "will.will_delay_interval=1 will.content_type=text/plain will.user=b:1 will.user=a:2")
            watch = Stopwatch()
            mortal.kill()
            qos, retained, topic, payload, *properties = heir.wait_for(1)[0].split(" ")
            self.assertGreaterEqual(watch.seconds(), 0.9)
        self.assertEqual((qos, retained, topic, payload), ("1", "0", self.topic, "gone"))
        self.assertEqual(sorted(properties), ["content_type=text/plain", "user=a:2", "user=b:1"])
        self.assertLess(properties.index("user=b:1"), properties.index("user=a:2"))

    def test_options_of_a_subscription_are_kept(self):
        with self.client(5, "-writer") as writer, self.client(5) as reader:
            connect_all(writer, reader)
            writer.ask(f"publish 1 1 {self.topic}/a old")
            answer = reader.ask(f"subscribe 1 {self.topic}/a no_local=1 retain_as_published=1 retain_handling=2 "
                                "subscription_identifier=7")
            self.assertEqual(answer, "granted 1")
            reader.ask(f"publish 1 0 {self.topic}/a own")
            writer.ask(f"publish 1 1 {self.topic}/a new")
            self.assertEqual(reader.wait_for(1), [f"1 1 {self.topic}/a new subscription_identifier=7"])

    def test_a_message_that_expired_is_not_delivered(self):
        kept = "0 session_expiry_interval=300"
        with self.client(5, "-writer") as writer:
            with self.client(5) as reader:
                connect_all(writer, reader, options=kept)
                reader.ask(f"subscribe 1 {self.topic}")
                reader.ask("disconnect")
            writer.ask(f"publish 1 0 {self.topic} short message_expiry_interval=1")
            writer.ask(f"publish 1 0 {self.topic} long message_expiry_interval=600")
            watch = Stopwatch()  # time itself is the condition
            wait_until(lambda: watch.seconds() > 2, "the message's second passed")
            with self.client(5) as reader:
                reader.connect(kept)
                found = reader.wait_for(1)[0]
        self.assertTrue(found.startswith(f"1 0 {self.topic} long message_expiry_interval="), found)
        self.assertTrue(580 <= int(found.rpartition("=")[2]) <= 598, found)  # [MQTT-3.3.2-6]

    def test_a_client_without_an_identifier_is_told_the_one_it_got(self):
        with PahoC(self.url(), 5, "") as client:
            _, properties = client.connect()
            names = [each.partition("=")[0] for each in properties]
            self.assertIn("assigned_client_identifier", names)  # [MQTT-3.2.2-16]

    def test_a_session_expiry_given_with_disconnect_counts(self):
        kept = "0 session_expiry_interval=300"
        with self.client(5, "-writer") as writer:
            writer.connect()
            for expiry, found in ((100, ["missed-100", "marker-100"]), (0, ["marker-0"])):
                with self.client(5) as reader:
                    reader.connect(kept)
                    reader.ask(f"subscribe 1 {self.topic}/{expiry}")
                    reader.ask(f"disconnect session_expiry_interval={expiry}")
                writer.ask(f"publish 1 0 {self.topic}/{expiry} missed-{expiry}")
                with self.client(5) as reader:
                    reader.connect(kept)
                    reader.ask(f"subscribe 1 {self.topic}/{expiry}")
                    writer.ask(f"publish 1 0 {self.topic}/{expiry} marker-{expiry}")
                    self.assertEqual(reader.wait_for(len(found)),
                                     [f"1 0 {self.topic}/{expiry} {payload}" for payload in found])


if __name__ == "__main__":
    unittest.main()
