"""/api/v1/events and /api/v1/log: what happens, told while it happens."""

import json
import unittest

import raw_mqtt
from conditions import wait_until
from mosquitto_client import publish
from observed_case import GUEST, ObservedCase
from raw_mqtt import RawClient
from web_client import RawWeb, delete, get, post, put


class EventsCase(ObservedCase):
    def watch(self, target):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        answer = web.open_stream(target)
        self.assertEqual(answer.status, 200, answer)
        return web


class EventsTest(EventsCase):
    def test_clients_come_subscribe_and_go(self):
        watch = self.watch("/api/v1/events?event=client.,subscribed,unsubscribed")
        with RawClient.online(self.mqtt_port, self.topic, version=5) as client:
            came = watch.message()
            self.assertEqual((came["event"], came["client"], came["transport"], came["version"]),
                             ("client.connected", self.topic, "mqtt", "5.0"))
            self.assertRegex(came["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            client.send(raw_mqtt.subscribe("a/#", qos=1, version=5))
            client.expect(raw_mqtt.SUBACK)
            told = watch.message()
            self.assertEqual((told["event"], told["client"], told["filter"], told["qos"]), ("subscribed", self.topic, "a/#", 1))
            client.send(raw_mqtt.packet(raw_mqtt.UNSUBSCRIBE, 2, b"\x00\x02\x00" + raw_mqtt.text("a/#") + raw_mqtt.text("none")))
            self.assertEqual(watch.message()["event"], "unsubscribed")
        gone = watch.message()
        self.assertEqual((gone["event"], gone["client"], gone["how"]), ("client.disconnected", self.topic, "lost"))

    def test_the_packets_of_one_client_are_shown_with_their_bytes(self):
        watch = self.watch(f"/api/v1/clients/{self.topic.replace('/', '%2F')}/trace?max=9")
        with RawClient.online(self.mqtt_port, self.topic, version=5) as client, \
                RawClient.online(self.mqtt_port, self.topic + "-other", version=5):
            client.send(raw_mqtt.subscribe("a/#", qos=1, version=5))
            client.expect(raw_mqtt.SUBACK)
            client.send(raw_mqtt.PINGREQ_PACKET)
            client.expect(raw_mqtt.PINGRESP)
            self.assertEqual(post(f"{self.web}/topics/a/b", "12345").status, 200)
            client.expect(raw_mqtt.PUBLISH)
            told = [watch.message() for _ in range(7)]
        self.assertEqual({each["client"] for each in told}, {self.topic})
        self.assertEqual([(each["direction"], each["packet"]) for each in told],
                         [("received", "CONNECT"), ("sent", "CONNACK"), ("received", "SUBSCRIBE"), ("sent", "SUBACK"),
                          ("received", "PINGREQ"), ("sent", "PINGRESP"), ("sent", "PUBLISH")])
        self.assertEqual((told[4]["bytes"], told[5]["bytes"]), (2, 2))
        self.assertEqual(told[2]["filters"], "a/# (QoS 1)")
        # section 3.3: a header of 2, the topic of 2 + 3, the identifier of 2, no properties, and the payload
        self.assertEqual(told[6]["bytes"], 2 + 5 + 2 + 1 + 5)
        self.assertIn("'a/b', ... (5 bytes)", told[6]["details"])
        self.assertNotIn("12345", str(told))
        self.assertEqual(get(f"{self.web}/api/v1/clients/x/trace", *GUEST).status, 403)

    def test_retained_values_are_set_and_cleared(self):
        watch = self.watch("/api/v1/events?event=retained.&max=2")
        made = put(f"{self.web}/topics/{self.topic}", "1234")
        told = watch.message()
        self.assertEqual((told["event"], told["topic"], told["bytes"]), ("retained.set", self.topic, 4))
        self.assertEqual('"' + told["id"] + '"', made.field("ETag"))
        delete(f"{self.web}/topics/{self.topic}")
        self.assertEqual(watch.message()["event"], "retained.cleared")
        with self.assertRaises(ConnectionError):
            watch.line()  # max=2 ends the stream

    def test_who_is_not_let_in_is_told_without_the_password(self):
        watch = self.watch("/api/v1/events?event=auth.failed")
        publish(self.mqtt_port, self.topic, "1", "-u", "guest", "-P", "Wr0ng", "-i", "intruder", expect=5)
        told = watch.message()
        self.assertEqual((told["client"], told["transport"]), ("intruder", "mqtt"))
        self.assertNotIn("Wr0ng", json.dumps(told))
        get(f"{self.web}/topics/{self.topic}", "-u", "guest:Wr0ng")
        told = watch.message()
        self.assertEqual((told["username"], told["transport"]), ("guest", "http"))
        self.assertNotIn("Wr0ng", json.dumps(told))

    def test_server_sent_events_have_the_name_of_what_happened(self):
        watch = self.watch("/api/v1/events?as=sse&event=retained.set")
        self.assertEqual(watch.event()["event"], "open")
        put(f"{self.web}/topics/{self.topic}", "1")
        told = watch.event()
        self.assertEqual(told["event"], "retained.set")
        self.assertEqual(json.loads(told["data"])["topic"], self.topic)

    def test_an_administrator_watches_and_nobody_else(self):
        self.check_right("/api/v1/events")
        self.check_right("/api/v1/log")
        wrong = get(f"{self.web}/api/v1/events?event=client.conected")
        self.assertEqual((wrong.status, wrong.json["type"]), (400, "/problems/invalid-parameter"))
        self.assertEqual(get(f"{self.web}/api/v1/events?level=error").json["type"], "/problems/unknown-parameter")

    def test_a_reader_that_never_reads_loses_events_and_no_memory_is_kept_for_it(self):
        stuck = self.watch("/api/v1/events?event=retained.set")
        topic = self.topic + "/" + "x" * 20_000

        def dropped():
            with RawClient.online(self.mqtt_port, "busy") as client:
                client.send(b"".join(raw_mqtt.publish(topic, b"1", retain=True) for _ in range(500)))
                client.ping()
            return self.metrics()["process_resident_memory_bytes"]
        for _ in range(6):
            used = dropped()
        self.assertLess(used, 400_000_000)
        while True:  # what waited comes, then how much did not
            told = stuck.message()
            if told["event"] == "dropped":
                break
        self.assertGreater(told["count"], 0)
        self.assertGreater(self.value("events_dropped_total"), 0)


class LogTest(EventsCase):
    def test_lines_come_as_they_are_written_and_the_watcher_makes_none(self):
        watch = self.watch("/api/v1/log?level=notice")
        with RawClient.online(self.mqtt_port, self.topic):
            line = watch.message()
        self.assertEqual((line["event"], line["level"]), ("log", "notice"))
        self.assertIn(f"as {self.topic} ", line["line"])
        before = self.sluice.log().count("\n")
        wait_until(lambda: watch.message()["line"].startswith(f"Client {self.topic} "), "the line of its end")
        self.assertLessEqual(self.sluice.log().count("\n") - before, 2)

    def test_only_lines_of_the_level_come(self):
        watch = self.watch("/api/v1/log?level=error&as=sse")
        other = self.watch("/api/v1/log?max=1")
        self.assertEqual(watch.event()["event"], "open")
        get(f"{self.web}/topics/{self.topic}", GUEST[0], "guest:wrong")
        self.assertEqual(other.message()["level"], "notice")
        self.assertEqual(watch.text, b"")
        wrong = get(f"{self.web}/api/v1/log?level=loud")
        self.assertEqual((wrong.status, wrong.json["type"]), (400, "/problems/invalid-parameter"))


class ThreeThreadsTest(EventsTest):
    threads = 3


if __name__ == "__main__":
    unittest.main()
