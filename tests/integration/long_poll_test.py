"""?wait=: the answer is the next message, or 204 at the deadline."""

import unittest

from conditions import Stopwatch, wait_until
from mosquitto_client import publish
from paho_client import PahoClient
from sluice_case import SluiceCase
from web_client import RawWeb, get, post, put


class LongPollTest(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_long_poll_max 30",)}
    lines = ("log_type all",)

    def request(self, target, extra=""):
        web = RawWeb(self.sluice.port("http"), f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n")
        self.addCleanup(web.close)
        return web

    def publish_until_taken(self, topic, payload):
        """A poll has no sign that it began; the receipt tells whether somebody waited."""
        wait_until(lambda: post(f"{self.web}/topics/{topic}", payload).json["matched"], "somebody waited")

    def test_a_message_ends_the_wait(self):
        web = self.request(f"/topics/{self.topic}?wait=30")
        self.publish_until_taken(self.topic, "rang")
        answer = web.read_answer()
        self.assertEqual((answer.status, answer.text), (200, "rang"))
        for name, value in (("Mqtt-Topic", self.topic), ("Mqtt-Retain", "0"), ("Cache-Control", "no-store")):
            self.assertEqual(answer.field(name), value)

    def test_a_message_of_mqtt_ends_the_wait_of_a_filter(self):
        web = self.request(f"/topics/{self.topic}/%2B/bell?wait=30&as=json")
        with PahoClient(self.mqtt_port, self.topic.replace("/", "-")) as client:
            def rang():
                client.publish(f"{self.topic}/door/bell", "1", 1)
                web.socket.settimeout(0.05)
                try:
                    return web.read_answer()
                except TimeoutError:
                    return None
            answer = wait_until(rang, "the poll was answered")
        self.assertEqual((answer.json["topic"], answer.json["payload"]), (f"{self.topic}/door/bell", "1"))

    def test_the_deadline_is_204(self):
        for target, extra in (("?wait=1", ""), ("", "Prefer: wait=1\r\n")):
            with self.subTest(target=target):
                watch = Stopwatch()
                answer = self.request(f"/topics/{self.topic}{target}", extra).read_answer()
                self.assertEqual((answer.status, answer.body), (204, b""))
                self.assertTrue(0.9 < watch.seconds() < 3, watch.seconds())
        self.assertEqual(answer.field("Preference-Applied"), "wait=1")

    def test_a_retained_value_does_not_end_the_wait(self):
        put(f"{self.web}/topics/{self.topic}", "old")
        self.assertEqual(get(f"{self.web}/topics/{self.topic}?wait=0").status, 204)
        web = self.request(f"/topics/{self.topic}?wait=30")
        self.publish_until_taken(self.topic, "new")
        self.assertEqual(web.read_answer().text, "new")

    def test_a_retained_publish_ends_the_wait(self):
        web = self.request(f"/topics/{self.topic}?wait=30")
        wait_until(lambda: put(f"{self.web}/topics/{self.topic}", "state").json["matched"], "somebody waited")
        self.assertEqual(web.read_answer().text, "state")

    def test_the_connection_serves_on_after_a_wait(self):
        web = self.request(f"/topics/{self.topic}?wait=0")
        self.assertEqual(web.read_answer().status, 204)
        web.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(web.read_answer().text, "live\n")

    def test_a_request_behind_a_waiting_one_is_answered_after_it(self):
        web = self.request(f"/topics/{self.topic}?wait=30")
        web.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.publish_until_taken(self.topic, "first")
        self.assertEqual(web.read_answer().text, "first")
        self.assertEqual(web.read_answer().text, "live\n")

    def test_a_wait_that_is_no_number_is_refused(self):
        for value in ("x", "-1", "", "1.5", "99999999"):
            with self.subTest(value=value):
                self.assertEqual(get(f"{self.web}/topics/{self.topic}?wait={value}").status, 400)

    def test_a_caller_that_goes_away_is_forgotten(self):
        before = self.sluice.descriptors()
        pollers = [self.request(f"/topics/{self.topic}?wait=30") for _ in range(20)]
        wait_until(lambda: post(f"{self.web}/topics/{self.topic}/x", "x") and self.sluice.descriptors() >= before + 20,
                   "the polls were taken")
        for poller in pollers:
            poller.close()
        wait_until(lambda: self.sluice.descriptors() <= before, "their descriptors were closed", 5)
        self.assertEqual(post(f"{self.web}/topics/{self.topic}", "x").json["matched"], 0)

    def test_many_waiters_get_the_same_message(self):
        waiters = [self.request(f"/topics/{self.topic}?wait=30") for _ in range(30)]
        waiting = wait_until(lambda: post(f"{self.web}/topics/{self.topic}/no", "x").json, "an answer")
        self.assertEqual(waiting["matched"], 0)
        for waiter in waiters:
            self.publish_until_answered(waiter)

    def publish_until_answered(self, waiter):
        def answered():
            waiter.socket.settimeout(0.05)
            try:
                return waiter.read_answer()
            except TimeoutError:
                publish(self.mqtt_port, self.topic, "all")
                return None
        self.assertEqual(wait_until(answered, "the poll was answered").text, "all")


if __name__ == "__main__":
    unittest.main()
