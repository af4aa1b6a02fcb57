"""What protects a broker at home from web pages of strangers: Host, Origin, CORS."""

import unittest

from sluice_case import SluiceCase
from web_client import curl, delete, get, post, put


class BrowserGuardTest(SluiceCase):
    listeners = {"mqtt": (), "http": (),
                 "http_cors": ("http_cors_origin https://dash.example", "http_host broker.local"),
                 "http_open": ("http_cors_origin *",)}

    def url(self, name="http"):
        return f"{self.sluice.base(name)}/topics/{self.topic}"

    def test_a_foreign_page_changes_nothing(self):
        own = self.sluice.base("http")
        for origin in ("https://evil.example", "null", "http://localhost", own + "0", "http://127.0.0.1.evil.example"):
            for send in (put, post):
                with self.subTest(origin=origin, send=send.__name__):
                    answer = send(self.url(), "x", "-H", f"Origin: {origin}")
                    self.assertEqual((answer.status, answer.json["reason_code"]), (403, 0x87))
                    self.assertIsNone(answer.field("Access-Control-Allow-Origin"))
        self.assertEqual(delete(self.url(), "-H", "Origin: null").status, 403)
        self.assertEqual(get(self.url()).status, 404, "nothing was published")

    def test_the_own_page_may(self):
        for base in (self.sluice.base("http"), f"http://localhost:{self.sluice.port('http')}",
                     f"http://[::1]:{self.sluice.port('http')}"):
            with self.subTest(base=base):
                host = base.removeprefix("http://")
                answer = put(self.url(), "x", "-H", f"Origin: {base}", "-H", f"Host: {host}")
                self.assertIn(answer.status, (200, 201))

    def test_a_name_that_is_not_ours_is_not_served(self):
        for host, status in (("evil.example", 421), ("evil.example:8080", 421), ("localhost", 404),
                             ("LOCALHOST:1", 404),
                             ("localhost.", 404), ("127.0.0.1", 404), ("192.168.1.7:80", 404), ("[::1]", 404),
                             ("localhost.evil.example", 421), ("broker.local", 421), ("127.0.0.1.evil.example", 421)):
            with self.subTest(host=host):
                self.assertEqual(get(self.url(), "-H", f"Host: {host}").status, status)
        self.assertEqual(get(self.url("http_cors"), "-H", "Host: Broker.Local:80").status, 404)

    def test_without_configuration_no_page_may_read(self):
        put(self.url(), "secret")
        answer = get(self.url(), "-H", "Origin: https://evil.example")
        self.assertIsNone(answer.field("Access-Control-Allow-Origin"))
        preflight = curl(self.url(), "-X", "OPTIONS", "-H", "Origin: https://evil.example",
                         "-H", "Access-Control-Request-Method: PUT")
        self.assertIsNone(preflight.field("Access-Control-Allow-Origin"))
        self.assertIsNone(preflight.field("Access-Control-Allow-Methods"))

    def test_a_listed_origin_may_read_and_change(self):
        origin = ("-H", "Origin: https://dash.example")
        self.assertEqual(put(self.url("http_cors"), "x", *origin).status, 201)
        answer = get(self.url("http_cors"), *origin)
        self.assertEqual(answer.field("Access-Control-Allow-Origin"), "https://dash.example")
        self.assertEqual(answer.field("Access-Control-Allow-Credentials"), "true")
        self.assertIn("Origin", answer.field("Vary"))
        self.assertIn("Mqtt-Topic", answer.field("Access-Control-Expose-Headers"))
        preflight = curl(self.url("http_cors"), "-X", "OPTIONS", *origin, "-H", "Access-Control-Request-Method: PUT")
        self.assertEqual(preflight.status, 204)
        self.assertIn("PUT", preflight.field("Access-Control-Allow-Methods"))
        self.assertIn("If-Match", preflight.field("Access-Control-Allow-Headers"))
        self.assertEqual(preflight.field("Access-Control-Max-Age"), "600")

    def test_an_origin_that_is_not_listed_stays_out(self):
        for origin in ("https://other.example", "http://dash.example", "https://dash.example.evil.example"):
            with self.subTest(origin=origin):
                answer = put(self.url("http_cors"), "x", "-H", f"Origin: {origin}")
                self.assertEqual((answer.status, answer.field("Access-Control-Allow-Origin")), (403, None))

    def test_the_star_lets_any_page_in_but_without_credentials(self):
        origin = ("-H", "Origin: https://any.example")
        answer = put(self.url("http_open"), "x", *origin)
        self.assertEqual((answer.status, answer.field("Access-Control-Allow-Origin")), (201, "*"))
        self.assertIsNone(answer.field("Access-Control-Allow-Credentials"))
        self.assertEqual(put(self.url("http_open"), "x", *origin, "-H", "Cookie: a=b").status, 403)

    def test_a_page_may_read_what_an_error_says(self):
        answer = get(self.url("http_cors"), "-H", "Origin: https://dash.example")
        self.assertEqual((answer.status, answer.field("Access-Control-Allow-Origin")), (404, "https://dash.example"))


if __name__ == "__main__":
    unittest.main()
