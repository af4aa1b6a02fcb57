"""HTTP/1 on the wire: framing, limits, pipelining, versions, and what must be refused."""

import unittest

from conditions import Stopwatch
from sluice_case import SluiceCase
from web_client import RawWeb, curl, get, post, put

HOST = "Host: localhost\r\n"


class HttpMessageTest(SluiceCase):
    listeners = {"mqtt": (), "http": ("http_max_body 100000",), "auto": ("http_max_body 100000",)}

    def send(self, request, name="http"):
        web = RawWeb(self.sluice.port(name), request)
        self.addCleanup(web.close)
        return web

    def ask(self, request, method="GET"):
        return self.send(request).read_answer(method)

    def test_pipelined_requests_are_answered_in_order(self):
        count = 200
        for name in ("http", "auto"):
            with self.subTest(listener=name):
                requests = "".join(f"PUT /topics/{self.topic}/{number} HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\n"
                                   f"{number:03}GET /topics/{self.topic}/{number} HTTP/1.1\r\n{HOST}\r\n"
                                   for number in range(count))
                web = self.send(requests, name)
                for number in range(count):
                    self.assertIn(web.read_answer().status, (200, 201))
                    self.assertEqual(web.read_answer().text, f"{number:03}")

    def test_a_request_may_come_byte_by_byte(self):
        for name in ("http", "auto"):
            with self.subTest(listener=name):
                web = self.send(b"", name)
                for byte in f"PUT /topics/{self.topic} HTTP/1.1\r\n{HOST}Content-Length: 4\r\n\r\nslow".encode():
                    web.send(bytes([byte]))
                self.assertIn(web.read_answer().status, (200, 201))

    def test_http_1_0_is_answered_and_closed_unless_it_asks_to_stay(self):
        put(f"{self.web}/topics/{self.topic}", "old")
        web = self.send(f"GET /topics/{self.topic} HTTP/1.0\r\n\r\n")
        answer = web.read_answer()
        self.assertEqual((answer.status, answer.text, answer.field("Connection")), (200, "old", "close"))
        self.assertEqual(web.read_to_end(), b"")
        web = self.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        self.assertEqual(web.read_answer().field("Connection"), "keep-alive")
        web.send("GET /healthz HTTP/1.0\r\n\r\n")
        self.assertEqual(web.read_answer().text, "live\n")

    def test_connection_close_is_obeyed(self):
        web = self.send(f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
        self.assertEqual(web.read_answer().field("Connection"), "close")
        self.assertEqual(web.read_to_end(), b"")

    def test_an_expected_100_continue_is_sent_before_the_body(self):
        web = self.send(f"PUT /topics/{self.topic} HTTP/1.1\r\n{HOST}Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(web.read_head()[0], 100)
        web.send("body")
        self.assertEqual(web.read_answer().status, 201)
        refused = self.ask(f"PUT /nowhere HTTP/1.1\r\n{HOST}Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(refused.status, 404)
        other = self.ask(f"PUT /topics/a HTTP/1.1\r\n{HOST}Content-Length: 4\r\nExpect: tea\r\n\r\n")
        self.assertEqual(other.status, 417)

    def test_a_chunked_body_is_put_together(self):
        web = self.send(f"PUT /topics/{self.topic} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n"
                        "5\r\nhello\r\n7;x=1\r\n chunks\r\n0\r\nTrailer: x\r\n\r\n"
                        f"GET /topics/{self.topic} HTTP/1.1\r\n{HOST}\r\n")
        self.assertEqual(web.read_answer().status, 201)
        self.assertEqual(web.read_answer().text, "hello chunks")

    def test_the_largest_body_fits_and_one_byte_more_does_not(self):
        url = f"{self.web}/topics/{self.topic}"
        self.assertEqual(put(url, b"x" * 100_000).status, 201)
        for arguments in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect:")):
            with self.subTest(arguments=arguments):
                answer = put(url, b"x" * 100_001, *arguments)
                self.assertEqual((answer.status, answer.json["type"], answer.json["reason_code"]),
                                 (413, "/problems/payload-too-large", 0x95))
        answer = self.ask(f"PUT /topics/a HTTP/1.1\r\n{HOST}Content-Length: 99999999999999\r\n\r\n")
        self.assertEqual(answer.status, 413)

    def test_a_body_that_is_refused_late_is_still_answered(self):
        """The answer must not be lost in a reset while the client still sends."""
        answer = curl(f"{self.web}/topics/{self.topic}", "-H", "Expect:", "-T", "-", stdin=b"x" * 5_000_000)
        self.assertEqual(answer.status, 413)

    def test_long_headers_are_refused(self):
        self.assertEqual(get(f"{self.web}/topics/{'x' * 10_000}").status, 404)
        for request, status in ((f"GET /topics/{'x' * 20_000} HTTP/1.1\r\n{HOST}\r\n", 414),
                                (f"GET / HTTP/1.1\r\n{HOST}X: {'x' * 20_000}\r\n\r\n", 431),
                                (f"GET / HTTP/1.1\r\n{HOST}" + "X: y\r\n" * 5_000 + "\r\n", 431)):
            with self.subTest(status=status):
                answer = self.ask(request)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.json["reason_code"], 0x95)

    def test_an_endless_header_costs_no_memory(self):
        before, watch = self.sluice.resident_kib(), Stopwatch()
        web = self.send(f"GET / HTTP/1.1\r\n{HOST}X: ")
        try:
            for _ in range(1000):
                web.send(b"x" * 65536)
        except OSError:
            pass
        self.assertLess(watch.seconds(), 10)
        self.assertLess(self.sluice.resident_kib() - before, 24 * 1024)

    def test_messages_that_nobody_can_read_are_refused_and_closed(self):
        post_line = f"POST /topics/a HTTP/1.1\r\n{HOST}"
        for what, request, status in (
                ("no version", "GET /\r\n\r\n", 400),
                ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
                ("HTTP/3.0", f"GET / HTTP/3.0\r\n{HOST}\r\n", 505),
                ("a space before the colon", f"GET / HTTP/1.1\r\n{HOST}X : y\r\n\r\n", 400),
                ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
                ("two hosts", f"GET / HTTP/1.1\r\n{HOST}{HOST}\r\n", 400),
                ("a malformed host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
                ("two lengths", post_line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
                ("a negative length", post_line + "Content-Length: -1\r\n\r\n", 400),
                ("a length that is no number", post_line + "Content-Length: 1x\r\n\r\nx", 400),
                ("a length with a sign", post_line + "Content-Length: +1\r\n\r\nx", 400),
                ("a chunk size that is no number", post_line + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
                ("a chunk size beyond all numbers",
                 post_line + "Transfer-Encoding: chunked\r\n\r\n" + "f" * 17 + "\r\n", 400),
                ("an unknown coding", post_line + "Transfer-Encoding: gzip\r\n\r\n", 501),
                ("a relative target", f"GET topics HTTP/1.1\r\n{HOST}\r\n", 400)):
            with self.subTest(what=what):
                answer = self.ask(request)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.json["status"], status)

    def test_length_and_chunks_together_smuggle_nothing(self):
        web = self.send(f"POST /topics/{self.topic} HTTP/1.1\r\n{HOST}Content-Length: 6\r\n"
                        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n{HOST}\r\n")
        self.assertIn(web.read_answer().status, (400, 501))
        self.assertEqual(web.read_to_end(), b"", "nothing behind it may be answered")

    def test_unknown_methods_and_paths_are_refused(self):
        answer = curl(f"{self.web}/healthz", "-X", "PATCH", "-d", "{}")
        self.assertEqual((answer.status, answer.field("Allow")), (405, "GET, HEAD, OPTIONS"), answer)
        answer = curl(f"{self.web}/topics/a", "-X", "BREW")
        self.assertEqual((answer.status, answer.json["type"]), (501, "/problems/method-not-implemented"))
        for path, allow in (("/healthz", "GET, HEAD, OPTIONS"), ("/api/v1/version", "GET, HEAD, OPTIONS"),
                            ("/problems/bad-qos", "GET, HEAD, OPTIONS"), ("/mqtt", "GET, HEAD, OPTIONS")):
            with self.subTest(path=path):
                answer = curl(f"{self.web}{path}", "-X", "DELETE")
                self.assertEqual((answer.status, answer.field("Allow")), (405, allow))
                self.assertEqual(answer.json["reason_code"], 0x82)
        self.assertEqual(get(f"{self.web}/nothing/here").json["type"], "/problems/no-such-resource")

    def test_a_compressed_body_is_refused_not_published(self):
        answer = post(f"{self.web}/topics/{self.topic}", b"\x1f\x8b", "-H", "Content-Encoding: gzip")
        self.assertEqual((answer.status, answer.json["reason_code"]), (415, 0x99))

    def test_an_absolute_target_names_the_host(self):
        self.assertEqual(self.ask(f"GET http://localhost/healthz HTTP/1.1\r\n{HOST}\r\n").status, 200)
        self.assertEqual(self.ask(f"GET http://evil.example/healthz HTTP/1.1\r\n{HOST}\r\n").status, 421)

    def test_a_client_that_shuts_its_half_down_is_answered(self):
        web = self.send(f"GET /healthz HTTP/1.1\r\n{HOST}\r\n")
        web.socket.shutdown(1)
        self.assertEqual(web.read_answer().text, "live\n")

    def test_a_client_that_leaves_in_the_middle_of_a_body_publishes_nothing(self):
        web = self.send(f"PUT /topics/{self.topic} HTTP/1.1\r\n{HOST}Content-Length: 10\r\n\r\nhalf")
        web.socket.shutdown(1)
        web.read_to_end()
        self.assertEqual(get(f"{self.web}/topics/{self.topic}").status, 404)


if __name__ == "__main__":
    unittest.main()
