"""Errors as RFC 9457 documents, their pages, and the resources that describe the server."""

import json
import pathlib
import re
import shlex
import unittest

from sluice_case import SluiceCase
from web_client import curl, get, post, put

# What goes wrong -> status, name, MQTT reason code.
PROBLEMS = [
    (("/topics/a%zz",), 400, "bad-percent-escape", 0x81),
    (("/topics/a/+/b", "-d", "x"), 400, "wildcard-in-topic-name", 0x90),
    (("/topics/a%0Ab",), 400, "topic-name-invalid", 0x90),
    (("/topics/a%23",), 400, "topic-filter-invalid", 0x8F),
    (("/topics/a?qso=1", "-d", "x"), 400, "unknown-parameter", 0x82),
    (("/topics/a?qos=7", "-d", "x"), 400, "bad-qos", 0x81),
    (("/topics/a?expiry=x", "-d", "x"), 400, "invalid-parameter", 0x82),
    (("/topics/none/kept",), 404, "no-retained-value", None),
    (("/nothing/here",), 404, "no-such-resource", None),
    (("/healthz", "-X", "DELETE"), 405, "method-not-allowed", 0x82),
    (("/topics/none?require=subscriber", "-d", "x"), 409, "no-subscribers", 0x10),
    (("/topics/none", "-X", "PUT", "-H", 'If-Match: "x"', "-d", "x"), 412, "changed-meanwhile", 0x83),
    (("/topics/a", "-d", "x", "-H", "Content-Encoding: br"), 415, "content-coding-not-supported", 0x99),
    (("/topics/a", "-H", "Host: evil.example"), 421, "host-not-served", 0x9C),
    (("/topics/a", "-d", "x", "-H", "Origin: https://evil.example"), 403, "origin-not-allowed", 0x87),
    (("/topics/$SYS/x", "-d", "x"), 403, "not-authorized", 0x87),
    (("/topics/a", "-X", "PUT", "-d", ""), 422, "empty-value", 0x99),
    (("/topics?filter=$share/g/a",), 422, "not-supported", 0x9E),
    (("/mqtt",), 426, "upgrade-required", 0x82),
    (("/topics/?tree", "-X", "DELETE"), 428, "confirm-needed", 0x83),
    (("/topics/a", "-X", "BREW"), 501, "method-not-implemented", 0x83),
]


class ProblemTest(SluiceCase):
    def ask(self, arguments, *more):
        return curl(self.web + arguments[0], *arguments[1:], *more)

    def test_every_refusal_is_a_document_with_its_reason_code(self):
        for arguments, status, name, reason in PROBLEMS:
            with self.subTest(arguments=arguments):
                answer = self.ask(arguments)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.field("Content-Type"), "application/problem+json")
                document = answer.json
                self.assertEqual((document["type"], document["status"]), (f"/problems/{name}", status))
                self.assertTrue(document["title"])
                self.assertEqual(document.get("reason_code"), reason)
                self.assertEqual("reason" in document, reason is not None)
                self.assertIsNotNone(answer.field("Request-Id"))

    def test_every_type_leads_to_its_page(self):
        for arguments, status, name, _ in PROBLEMS:
            with self.subTest(name=name):
                document = self.ask(arguments).json
                page = get(self.web + document["type"])
                self.assertEqual((page.status, page.field("Content-Type")), (200, "text/html; charset=utf-8"))
                self.assertIn(str(status), page.text)
        index = get(f"{self.web}/problems").text
        names = re.findall(r'href="/problems/([a-z0-9-]+)"', index)
        self.assertTrue({name for _, _, name, _ in PROBLEMS} <= set(names))
        for name in names:
            self.assertEqual(get(f"{self.web}/problems/{name}").status, 200, name)
        self.assertEqual(get(f"{self.web}/problems/none-such").status, 404)

    def test_the_same_comes_as_three_lines_of_text(self):
        for arguments, status, _, _ in PROBLEMS:
            with self.subTest(arguments=arguments):
                document = self.ask(arguments).json
                answer = self.ask(arguments, "-H", "Accept: text/plain")
                self.assertEqual((answer.status, answer.field("Content-Type")), (status, "text/plain; charset=utf-8"))
                self.assertEqual(len(answer.text.split("\n")), 4, answer)
                self.assertEqual(answer.lines[0], document["title"])
        answer = post(f"{self.web}/topics/a/+/b?as=text", "x")
        self.assertEqual(answer.field("Content-Type"), "text/plain; charset=utf-8")

    def test_hints_tell_what_to_do(self):
        self.assertIn("'qos'", post(f"{self.web}/topics/a?qso=1", "x").json["hint"])
        self.assertIn("curl '", post(f"{self.web}/topics/a/+/b", "x").json["try"])
        self.assertIn("wait=30", get(f"{self.web}/topics/none/kept").json["try"])
        self.assertIn("#", get(f"{self.web}/topics/").json["hint"])

    def test_every_problem_says_what_to_do_and_its_command_works(self):
        tried = 0
        for arguments, _, name, _ in PROBLEMS:
            with self.subTest(arguments=arguments):
                document = self.ask(arguments).json
                self.assertTrue(document["hint"])
                page = get(f"{self.web}/problems/{name}").text
                self.assertGreaterEqual(page.count("<p>"), 3, page)
                if "try" not in document:
                    continue
                words = shlex.split(document["try"])
                self.assertEqual(words[0], "curl")
                if "DELETE" in words or "stream" in words[-1] or "wait=" in words[-1]:
                    continue  # it would clear values, or go on
                tried += 1
                self.assertLess(curl(words[-1], *words[1:-1]).status, 400, words)
        self.assertGreater(tried, 5)

    def test_commands_are_made_of_the_request(self):
        def line(path, *more):
            return curl(self.web + path, *more).json["try"].replace(self.web, "$B")
        self.assertEqual(line("/topics/a?qso=1&expiry=5", "-d", "x"), "curl -d MESSAGE '$B/topics/a?qos=1&expiry=5'")
        self.assertEqual(line("/topics/a?tre"), "curl '$B/topics/a?tree'")
        self.assertEqual(line("/topics/a?require=subscriber", "-d", "x"), "curl -N '$B/topics/a?stream'")
        put(f"{self.web}/topics/{self.topic}/x", "1")
        self.assertEqual(line(f"/topics/{self.topic}?tree", "-X", "DELETE"),
                         f"curl -X DELETE '$B/topics/{self.topic}?tree&confirm=1'")

    def test_no_address_breaks_out_of_a_command(self):
        for path in ("/topics/it's/$(reboot)", "/topics/'+';reboot;'/x?qso=1", "/healthz'%20;reboot%20'"):
            for arguments in ((), ("-d", "x"), ("-X", "DELETE")):
                command = curl(self.web + path, *arguments).json.get("try", "")
                self.assertLessEqual(command.count("'"), 2, command)
                self.assertTrue(all(word in ("curl", "MESSAGE") or word.startswith(("-", "http"))
                                    or word in ("OPTIONS", "DELETE") for word in shlex.split(command)), command)

    def test_text_in_a_problem_cannot_break_it(self):
        answer = get(f"{self.web}/topics/a?%22%3Cscript%3E%0A=1")
        self.assertEqual(answer.json["type"], "/problems/unknown-parameter")
        answer = get(f"{self.web}/topics/a?%FF%FE=1")
        self.assertEqual(answer.status, 400)
        self.assertIsInstance(answer.json["detail"], str)

    def test_the_server_tells_how_it_is(self):
        for path, body in (("/healthz", "live\n"), ("/readyz", "ready\n")):
            answer = get(self.web + path)
            self.assertEqual((answer.status, answer.text, answer.field("Cache-Control")), (200, body, "no-store"))
            self.assertEqual(curl(self.web + path, "-I").body, b"")
            self.assertEqual(get(f"{self.web}{path}?unknown=1").status, 400)
        version = get(f"{self.web}/api/v1/version")
        self.assertEqual(version.status, 200)
        self.assertRegex(json.dumps(version.json), r"\d+\.\d+\.\d+")

    def test_the_description_is_the_one_of_the_source_tree_and_its_paths_exist(self):
        answer = get(f"{self.web}/api/v1/openapi.json")
        self.assertEqual((answer.status, answer.field("Content-Type")), (200, "application/json"))
        source = pathlib.Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
        described = answer.json
        for path, methods in json.loads(source.read_text(encoding="utf-8"))["paths"].items():
            self.assertEqual(described["paths"][path], methods)
        self.assertTrue(described["openapi"].startswith("3.1"))
        for path, methods in described["paths"].items():
            real = re.sub(r"\{topic\}", "a", path).replace("{name}", "bad-qos").replace("{file}", "index.html")
            for method in methods:
                if method in ("get", "head", "options", "put", "post", "delete"):
                    with self.subTest(path=path, method=method):
                        arguments = ("-I",) if method == "head" else ("-X", method.upper())
                        answer = curl(self.web + real, *arguments, "--max-time", "5")
                        self.assertNotIn(answer.status, (405, 501), answer)

    def test_every_answer_has_its_own_id(self):
        ids = {get(f"{self.web}/healthz").field("Request-Id") for _ in range(5)}
        self.assertEqual(len(ids), 5)


if __name__ == "__main__":
    unittest.main()
