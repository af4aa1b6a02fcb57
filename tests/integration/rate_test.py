"""How much one may publish: one bucket for a user, whether MQTT or HTTP; and how often one may guess a password."""

import json
import unittest

from conditions import Stopwatch
from mosquitto_client import Subscriber
from named_users import ALICE, NamedUsersCase
from raw_mqtt import PUBACK, RawClient, publish
from sluice_case import SluiceCase
from web_client import RawWeb, get, post, put

SUSTAINED, BURST = 4, 6


class RateCase(SluiceCase):
    # Each address is somebody of its own: the tests don't share what they may publish.
    listeners = {"mqtt": (), "mqtt_free": ("http_rate 0",),
                 "http": (f"http_rate {SUSTAINED} {BURST}", "http_trusted_proxy 127.0.0.0/8", "http_cors_origin https://dash.example"),
                 "http_free": ("http_rate 0",), "http_strange": ("http_cors_origin https://dash.example",)}

    def url(self, name="http"):
        return f"{self.sluice.base(name)}/topics/{self.topic}"


    def at_once(self, *asked, name="http"):
        """Answers to requests that are there together, (method, address) each: no time passes between them."""
        port = self.sluice.port(name)
        with RawWeb(port) as web:
            web.send("".join(f"{method} /topics/{self.topic} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-For: {address}\r\n"
                             + "Origin: https://dash.example\r\nContent-Length: 1\r\n\r\nx" for method, address in asked))
            return [web.read_answer(method) for method, _ in asked]


class HttpRateTest(RateCase):
    def test_answers_tell_how_much_is_left(self):
        said = self.at_once(("POST", "203.0.113.1"), ("GET", "203.0.113.1"), ("PUT", "203.0.113.1"), ("DELETE", "203.0.113.1"))
        self.assertEqual([each.status for each in said], [200, 404, 201, 204])
        self.assertEqual(said[0].field("RateLimit-Policy"), f'"publish";q={BURST};w=2')
        self.assertEqual([each.field("RateLimit") for each in said],
                         [f'"publish";r={BURST - 1};t=1', None, f'"publish";r={BURST - 2};t=1', f'"publish";r={BURST - 3};t=1'])
        self.assertIn("RateLimit, RateLimit-Policy", said[0].field("Access-Control-Expose-Headers"))
        self.assertIsNone(post(self.url("http_free"), "x").field("RateLimit"))

    def test_the_receipt_counts_what_it_tells_of_the_rate(self):
        with RawWeb(self.sluice.port("http")) as web:
            asked = f"POST /topics/{self.topic} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 1\r\n\r\nx"
            web.send(asked)
            status, fields = web.read_head()
            head = sum(len(name) + len(value) + 4 for name, value in fields) + len("HTTP/1.1 200 OK\r\n\r\n")
            size = int(dict(fields)["Content-Length"])
            while len(web.unread) < size:
                web.fill()
            self.assertEqual((status, json.loads(web.unread)["bytes"]["http"]), (200, len(asked) + head + size))

    def test_too_much_is_refused_and_nothing_else(self):
        said = self.at_once(*[("POST", "203.0.113.2")] * 3 * BURST, ("GET", "203.0.113.2"), ("POST", "203.0.113.3"))
        self.assertEqual([each.status for each in said[:BURST]], [200] * BURST)
        refused = next(each for each in said[BURST:] if each.status == 429)
        self.assertEqual((refused.json["type"], refused.json["reason_code"]), ("/problems/rate-limited", 150))
        self.assertEqual((refused.field("Retry-After"), refused.field("RateLimit")), ("1", '"publish";r=0;t=2'))
        self.assertEqual([each.status for each in said[-2:]], [404, 200], "reading goes on, and so do others")
        self.assertEqual(put(self.url("http_free"), "x").status, 201)

    def test_an_ipv6_household_is_one(self):
        said = self.at_once(("POST", "2001:db8:1:2::1"), ("POST", "2001:db8:1:2:ffff::9"), ("POST", "2001:db8:1:3::1"))
        left = [each.field("RateLimit").split(";")[1] for each in said]
        self.assertEqual(left, [f"r={BURST - 1}", f"r={BURST - 2}", f"r={BURST - 1}"])

    def test_a_proxy_that_is_not_trusted_names_nobody(self):
        said = self.at_once(*[("POST", f"203.0.114.{each}") for each in range(2 * BURST)], name="http_strange")
        self.assertIn(429, [each.status for each in said])
        self.assertNotIn("203.0.114.", self.sluice.log())


class MqttRateTest(RateCase):
    def test_who_publishes_too_much_waits_and_loses_nothing(self):
        count = BURST + SUSTAINED
        with Subscriber(self.sluice.port("mqtt_free"), self.topic) as ear, RawClient.online(self.mqtt_port, "loud") as loud:
            watch = Stopwatch()
            loud.send(b"".join(publish(self.topic, str(each).encode(), 1, each) for each in range(1, count + 1)))
            for each in range(1, count + 1):
                kind, body = loud.read_packet()
                self.assertEqual((kind >> 4, body[:2]), (PUBACK, each.to_bytes(2, "big")))
            self.assertGreater(watch.seconds(), 0.7, "what is beyond the burst took its time")
            self.assertEqual(ear.wait_for(count), [f"{self.topic} {each}" for each in range(1, count + 1)])

    def test_what_mqtt_has_spent_is_spent_for_http(self):
        with RawClient.online(self.mqtt_port, "both") as device:
            device.send(b"".join(publish(self.topic, b"x", 1, each) for each in range(1, 2 * BURST + 1)))
            for _ in range(2 * BURST):
                device.read_packet()
            said = self.at_once(*[("POST", "127.0.0.1")] * BURST)
            self.assertIn(429, [each.status for each in said])

    def test_a_listener_may_be_free(self):
        with RawClient.online(self.sluice.port("mqtt_free"), "free") as device:
            watch = Stopwatch()
            device.send(b"".join(publish(self.topic, b"x", 1, each) for each in range(1, 201)))
            for _ in range(200):
                device.read_packet()
            self.assertLess(watch.seconds(), 200 / SUSTAINED / 2)


class TwoShardsRateTest(MqttRateTest):
    lines = ("io_threads 3",)


class WrongPasswordTest(NamedUsersCase):
    listeners = {"mqtt": (), "http": ("http_trusted_proxy 127.0.0.0/8",)}

    def ask(self, address, *who):
        return get(f"{self.web}/topics/{self.topic}", "-H", f"X-Forwarded-For: {address}", *who)

    def test_who_guesses_is_turned_away(self):
        for number in range(10):
            self.assertEqual(self.ask("203.0.113.5", "-u", f"alice:guess{number}").status, 401)
        refused = self.ask("203.0.113.5", *ALICE)
        self.assertEqual((refused.status, refused.json["type"]), (429, "/problems/too-many-logins"), "the password isn't looked at")
        self.assertIn(int(refused.field("Retry-After")), range(1, 7))
        self.assertEqual(self.ask("203.0.113.6", *ALICE).status, 404, "others may go on")
        self.assertEqual(self.ask("203.0.113.5").status, 401, "who shows no password guesses none")

    def test_good_passwords_are_not_counted(self):
        for _ in range(25):
            self.assertEqual(self.ask("203.0.113.7", *ALICE).status, 404)


del RateCase

if __name__ == "__main__":
    unittest.main()
