"""Tickets: what a browser's EventSource and WebSocket show in the place of a password."""

import json
import unittest

from conditions import wait_until
from named_users import ALICE, BOB, NamedUsersCase
from web_client import RawWeb, curl, get, post, put


class TicketTest(NamedUsersCase):
    listeners = {"mqtt": (), "http": ("http_trusted_proxy 127.0.0.0/8",)}

    def make(self, *filters, who=ALICE, ttl=30):
        return post(f"{self.web}/api/v1/tickets", json.dumps({"filters": filters, "ttl": ttl}), *who)

    def ticket(self, *filters, **options):
        answer = self.make(*filters, **options)
        self.assertEqual(answer.status, 201, answer)
        return answer.json["ticket"]

    def open(self, target, address="127.0.0.1", **fields):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        answer = web.open_stream(target, Accept="text/event-stream", X_Forwarded_For=address, **fields)
        return web, answer

    def problem(self, target, **options):
        web, answer = self.open(target, **options)
        size = int(answer.field("Content-Length"))
        while len(web.unread) < size:
            web.fill()
        return answer.status, json.loads(web.unread[:size])["type"].removeprefix("/problems/")

    def test_a_ticket_opens_a_stream(self):
        made = self.make(f"{self.topic}/#")
        self.assertEqual((made.json["ttl"], made.json["filters"], made.field("Cache-Control")), (30, [f"{self.topic}/#"], "no-store"))
        ticket = made.json["ticket"]
        web, answer = self.open(f"/topics/{self.topic}/a?ticket={ticket}")
        self.assertEqual((answer.status, answer.field("Content-Type")), (200, "text/event-stream"))
        self.assertEqual(web.event()["event"], "open")
        put(f"{self.web}/topics/{self.topic}/a", "1", *ALICE)
        self.assertEqual(json.loads(web.event()["data"])["payload"], "1")
        self.assertNotIn(ticket, self.sluice.log())

    def test_the_same_url_resumes_and_ends_the_one_before(self):
        target = f"/topics/{self.topic}?ticket=" + self.ticket(self.topic)
        first, _ = self.open(target)
        self.assertEqual(first.event()["event"], "open")
        second, answer = self.open(target)
        self.assertEqual(answer.status, 200)
        second.event()
        first.read_to_end()  # which fails where it doesn't end
        put(f"{self.web}/topics/{self.topic}", "1", *ALICE)
        self.assertEqual(json.loads(second.event()["data"])["payload"], "1")

    def test_another_url_does_not(self):
        ticket = self.ticket(f"{self.topic}/#")
        self.open(f"/topics/{self.topic}/a?ticket={ticket}")
        self.assertEqual(self.problem(f"/topics/{self.topic}/b?ticket={ticket}"), (401, "ticket-not-good"))

    def test_it_is_bound_to_its_filters(self):
        for target in (f"/topics/{self.topic}/other", "/topics/test?tree=1"):
            with self.subTest(target=target):
                ticket = self.ticket(f"{self.topic}/a")
                separator = "&" if "?" in target else "?"
                self.assertEqual(self.problem(f"{target}{separator}ticket={ticket}"), (403, "not-authorized"))

    def test_it_is_bound_to_its_address(self):
        ticket = self.ticket(self.topic)
        self.assertEqual(self.problem(f"/topics/{self.topic}?ticket={ticket}", address="203.0.113.9"), (401, "ticket-not-good"))

    def test_nobody_gets_one_for_more_than_he_may(self):
        self.assertEqual(self.make("home/#", who=BOB).status, 403)
        self.assertEqual(self.make("garden/#").status, 403)
        self.assertEqual(self.make("test/#", who=()).status, 401)
        self.assertEqual(self.make("test/#", who=("-u", "alice:wrong")).status, 401)

    def test_what_is_no_ticket_opens_nothing(self):
        for text in ("", "x", "eyJhbGciOiJIUzI1NiJ9.e30.x"):
            with self.subTest(text=text):
                self.assertEqual(self.problem(f"/topics/{self.topic}?ticket={text}"), (401, "ticket-not-good"))

    def test_a_ticket_is_for_streams_only(self):
        ticket = self.ticket(self.topic)
        for answer in (get(f"{self.web}/topics/{self.topic}?ticket={ticket}"), put(f"{self.web}/topics/{self.topic}?ticket={ticket}", "x"),
                       post(f"{self.web}/api/v1/tickets?ticket={ticket}", "{}")):
            self.assertEqual((answer.status, answer.json["type"]), (401, "/problems/ticket-not-good"))

    def test_a_token_in_the_url_is_refused(self):
        answer = get(f"{self.web}/topics/{self.topic}?access_token=abc", *ALICE)
        self.assertEqual(answer.status, 400)
        self.assertIn("/api/v1/tickets", answer.json["hint"])

    def test_one_that_was_not_used_in_time_is_too_old(self):
        target = f"/topics/{self.topic}?ticket=" + self.ticket(self.topic, ttl=1)
        seen = set()
        wait_until(lambda: self.is_older_than_a_second(seen), "a second")
        self.assertEqual(self.problem(target), (410, "ticket-expired"))

    def is_older_than_a_second(self, seen):
        seen.add(get(f"{self.web}/healthz").field("Date"))
        return len(seen) >= 3

    def test_what_is_asked_wrongly_is_told(self):
        for body, status in (("", 400), ("[]", 400), ("{}", 400), ('{"filters":[]}', 400), ('{"filters":["a/#/b"]}', 400),
                             ('{"filters":["test/#"],"ttl":0}', 400), ('{"filters":["test/#"],"ttl":301}', 400),
                             ('{"filters":["test/#"],"colour":1}', 400), (json.dumps({"filters": ["test/x"] * 101}), 400)):
            with self.subTest(body=body[:40]):
                self.assertEqual(post(f"{self.web}/api/v1/tickets", body, *ALICE).status, status)

    def test_it_ends_with_its_user(self):
        target = f"/topics/{self.topic}?ticket=" + self.ticket(self.topic, who=BOB)
        web, answer = self.open(target)
        self.assertEqual(answer.status, 200)
        self.set_password("bob", "another")
        self.addCleanup(self.reload)
        self.addCleanup(self.set_password, "bob", "bobpw")
        self.reload()
        web.read_to_end()
        self.assertEqual(self.problem(target), (401, "ticket-not-good"))


class TicketShardsTest(TicketTest):
    more_lines = ("io_threads 3",)


class TicketCurlTest(NamedUsersCase):
    def test_as_the_manual_says(self):
        answer = curl(f"{self.web}/api/v1/tickets", *ALICE, "-d", '{"filters":["home/#"],"ttl":30}')
        self.assertEqual((answer.status, answer.json["filters"]), (201, ["home/#"]))


if __name__ == "__main__":
    unittest.main()
