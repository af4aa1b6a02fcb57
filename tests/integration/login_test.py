"""A login with a browser: its cookie, what it can do, and when it ends."""

import json
import unittest

from certificate_folder import CertificateFolder
from named_users import ALICE, BOB, NamedUsersCase
from web_client import RawWeb, curl, get, post, put


class LoginCase(NamedUsersCase):
    def log_in(self, *words, body='{"username":"alice","password":"alicepw"}'):
        return post(f"{self.web}/api/v1/login", body, "-H", "Content-Type: application/json", *words)

    def cookie(self):
        return "-H", "Cookie: theme=dark; " + self.log_in().field("Set-Cookie").split(";")[0]

    def url(self):
        return f"{self.web}/topics/{self.topic}"

    @property
    def own(self):
        return "-H", f"Origin: {self.web}"


class LoginTest(LoginCase):
    def test_the_cookie_is_for_this_server_and_no_script(self):
        answer = self.log_in()
        self.assertEqual((answer.status, answer.json["username"], answer.json["idle"]), (200, "alice", 43200))
        value, *rest = answer.field("Set-Cookie").split("; ")
        self.assertRegex(value, "^sluice=[A-Za-z0-9_-]{43}$")
        self.assertEqual(rest, ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=604800"])
        self.assertEqual(answer.field("Cache-Control"), "no-store")

    def test_it_may_be_a_form_or_basic(self):
        form = curl(f"{self.web}/api/v1/login", "-d", "username=alice&password=alicepw")
        basic = curl(f"{self.web}/api/v1/login", "-X", "POST", *BOB)
        typed = curl(f"{self.web}/api/v1/login", "-d", '{"username":"alice","password":"alicepw"}')
        self.assertEqual([each.json["username"] for each in (form, basic, typed)], ["alice", "bob", "alice"])

    def test_who_is_not_known_gets_none(self):
        for body, status in (('{"username":"alice","password":"wrong"}', 401), ('{"username":"nobody","password":"x"}', 401),
                             ('{"username":"","password":""}', 400), ("{}", 400), ("", 400), ("[]", 400), ("a=b", 400),
                             ('{"username":"alice","password":"alicepw","more":1}', 400), ("username=%ZZ&password=", 400)):
            with self.subTest(body=body):
                answer = self.log_in(body=body)
                self.assertEqual((answer.status, answer.field("Set-Cookie")), (status, None))
                self.assertNotIn("wrong", answer.text)

    def test_the_cookie_reads_and_the_own_page_writes(self):
        cookie = self.cookie()
        self.assertEqual(put(self.url(), "1", *cookie, *self.own).status, 201)
        self.assertEqual(put(self.url(), "2", *cookie, "-H", "Sec-Fetch-Site: same-origin").status, 200)
        self.assertEqual(get(self.url(), *cookie).text, "2")
        self.assertEqual(get(f"{self.web}/topics/other", *cookie).status, 403, "it is alice, and no more")

    def test_what_another_page_makes_the_browser_send_changes_nothing(self):
        cookie = self.cookie()
        for more in ((), ("-H", "Origin: https://evil.example"), ("-H", "Origin: null"), ("-H", "Sec-Fetch-Site: cross-site"),
                     ("-H", "Sec-Fetch-Site: same-site"), ("-H", "Sec-Fetch-Site: none")):
            with self.subTest(more=more):
                answer = put(self.url(), "x", *cookie, *more)
                self.assertEqual((answer.status, answer.json["type"]), (403, "/problems/origin-not-allowed"))
        self.assertEqual(get(self.url(), *cookie).status, 404)

    def test_a_password_needs_no_page(self):
        self.assertEqual(put(self.url(), "x", *self.cookie(), *ALICE).status, 201)

    def test_logging_out_ends_it_with_its_streams(self):
        cookie = self.cookie()
        with RawWeb(self.sluice.port("http")) as web:
            answer = web.open_stream(f"/topics/{self.topic}", Accept="text/event-stream", Cookie=cookie[1].removeprefix("Cookie: "))
            self.assertEqual(answer.status, 200)
            out = post(f"{self.web}/api/v1/logout", "", *cookie, *self.own)
            self.assertEqual((out.status, out.field("Set-Cookie")), (204, "sluice=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"))
            self.assertEqual(get(self.url(), *cookie).status, 401)
            web.read_to_end()
        self.assertEqual(post(f"{self.web}/api/v1/logout", "").status, 204)

    def test_it_ends_with_the_password(self):
        cookie = self.cookie()
        self.assertEqual(get(self.url(), *cookie).status, 404)
        self.set_password("alice", "another")
        self.addCleanup(self.reload)
        self.addCleanup(self.set_password, "alice", "alicepw")
        self.reload()
        self.assertEqual(get(self.url(), *cookie).status, 401)

    def test_a_made_up_cookie_is_nobody(self):
        for value in ("sluice=", "sluice=x", "sluice=" + "A" * 43, "__Host-sluice=" + "A" * 43, "sluice=" + "A" * 4000):
            with self.subTest(value=value[:30]):
                self.assertEqual(get(self.url(), "-H", f"Cookie: {value}").status, 401)

    def test_zz_guessing_is_bounded(self):
        # The last test of this process by its name: the address is turned away afterwards.
        self.assertIn(429, [self.log_in(body=json.dumps({"username": "bob", "password": str(each)})).status for each in range(12)])


class LoginShardsTest(LoginCase):
    more_lines = ("io_threads 3",)

    def test_every_shard_knows_it(self):
        cookie = self.cookie()
        for number in range(9):  # each on a connection of its own, and so on any shard
            self.assertEqual(put(self.url(), str(number), *cookie, *self.own).status, 200 if number else 201)


class LoginTlsTest(LoginCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = CertificateFolder()
        cls.addClassCleanup(cls.certificates.close)
        cls.listeners = {"http": ("http_trusted_proxy 127.0.0.0/8",), "http_tls": cls.certificates.server_lines()}
        super().setUpClass()

    def test_over_tls_no_other_host_can_set_it(self):
        base = f"https://127.0.0.1:{self.sluice.port('http_tls')}"
        answer = post(base + "/api/v1/login", '{"username":"alice","password":"alicepw"}', "-k")
        value, *rest = answer.field("Set-Cookie").split("; ")
        self.assertTrue(value.startswith("__Host-sluice="))
        self.assertEqual(rest, ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=604800", "Secure"])
        self.assertEqual(get(f"{base}/topics/{self.topic}", "-k", "-H", f"Cookie: {value}").status, 404)

    def test_a_proxy_may_speak_tls_for_us(self):
        answer = self.log_in("-H", "X-Forwarded-Proto: https")
        self.assertTrue(answer.field("Set-Cookie").startswith("__Host-sluice="))


del LoginCase

if __name__ == "__main__":
    unittest.main()
