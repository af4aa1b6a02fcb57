"""/topics/{topic}: one value read, changed, published and cleared, as curl does it."""

import base64
import unittest

from mosquitto_client import Subscriber, publish
from sluice_case import SluiceCase
from web_client import curl, delete, get, post, put


class TopicsTest(SluiceCase):
    def url(self, suffix="", query=""):
        return f"{self.web}/topics/{self.topic}{suffix}{query}"

    def check_problem(self, answer, status, name, reason=None):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.field("Content-Type"), "application/problem+json")
        self.assertEqual(answer.json["type"], f"/problems/{name}")
        self.assertEqual(answer.json["status"], status)
        if reason is not None:
            self.assertEqual(answer.json["reason_code"], reason)

    def test_a_value_is_put_read_changed_and_deleted(self):
        self.check_problem(get(self.url()), 404, "no-retained-value")
        made = put(self.url(), "21.5")
        self.assertEqual(made.status, 201, made)
        self.assertEqual(made.field("Location"), f"/topics/{self.topic}")
        read = get(self.url())
        self.assertEqual((read.status, read.text), (200, "21.5"))
        self.assertEqual(read.field("Content-Type"), "text/plain; charset=utf-8")
        for name, value in (("Mqtt-Topic", self.topic), ("Mqtt-Qos", "1"), ("Mqtt-Retain", "1"),
                            ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff")):
            self.assertEqual(read.field(name), value)
        self.assertEqual(read.field("ETag"), made.field("ETag"))
        self.assertIsNotNone(read.field("Last-Modified"))
        self.assertIsNotNone(read.field("Request-Id"))
        self.assertEqual(put(self.url(), "22").status, 200)
        minimal = put(self.url(), "23", "-H", "Prefer: return=minimal")
        self.assertEqual((minimal.status, minimal.body), (204, b""))
        self.assertEqual(minimal.field("Mqtt-Reason-Code"), "16")
        self.assertEqual(get(self.url()).text, "23")
        self.assertEqual(delete(self.url()).status, 204)
        self.check_problem(get(self.url()), 404, "no-retained-value")
        self.check_problem(delete(self.url()), 404, "no-retained-value")

    def test_a_post_is_an_event_and_keeps_nothing(self):
        lonely = post(self.url(), "x")
        self.assertEqual(lonely.status, 200, lonely)
        self.assertEqual(lonely.json["reason_code"], 16)
        self.assertEqual(lonely.json["matched"], 0)
        self.assertIn("hint", lonely.json)
        with Subscriber(self.mqtt_port, self.topic, qos=2, form="%q %r %p") as subscriber:
            answer = post(self.url(query="?qos=2"), "hello")
            self.assertEqual(subscriber.wait_for(1), ["2 0 hello"])
        receipt = answer.json
        self.assertEqual((receipt["topic"], receipt["qos"], receipt["retain"]), (self.topic, 2, False))
        self.assertEqual((receipt["reason_code"], receipt["matched"]), (0, 1))
        self.assertEqual((answer.field("Mqtt-Reason-Code"), answer.field("Mqtt-Matched")), ("0", "1"))
        self.assertGreater(receipt["bytes"]["http"], receipt["bytes"]["mqtt"])
        self.assertEqual(get(self.url()).status, 404)

    def test_a_post_may_retain(self):
        self.assertEqual(post(self.url(query="?retain"), "kept").status, 200)
        self.assertEqual(get(self.url()).text, "kept")

    def test_a_put_without_a_body_is_refused(self):
        self.check_problem(put(self.url(), ""), 422, "empty-value")
        self.check_problem(put(self.url(query="?retain=0"), "x"), 400, "invalid-parameter")

    def test_a_delete_is_seen_by_subscribers_as_the_empty_message(self):
        put(self.url(), "x")
        with Subscriber(self.mqtt_port, self.topic, form="%r [%p]") as subscriber:
            subscriber.wait_for(1)
            delete(self.url())
            self.assertEqual(subscriber.wait_for(2), ["1 [x]", "0 []"])

    def test_head_has_the_fields_of_get_and_no_body(self):
        put(self.url(), "12345")
        head, read = curl(self.url(), "-I"), get(self.url())
        self.assertEqual((head.status, head.body), (200, b""))
        for name in ("Content-Length", "Content-Type", "ETag", "Mqtt-Topic"):
            self.assertEqual(head.field(name), read.field(name))

    def test_options_lists_the_methods(self):
        answer = curl(self.url(), "-X", "OPTIONS")
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.field("Allow"), "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS")

    def test_an_unchanged_value_is_answered_with_304(self):
        tag = put(self.url(), "x").field("ETag")
        for condition in (tag, "*", f'"other", {tag}', f"W/{tag}"):
            with self.subTest(condition=condition):
                answer = get(self.url(), "-H", f"If-None-Match: {condition}")
                self.assertEqual((answer.status, answer.body, answer.field("ETag")), (304, b"", tag))
        put(self.url(), "y")
        self.assertEqual(get(self.url(), "-H", f"If-None-Match: {tag}").status, 200)

    def test_a_value_is_changed_only_if_nobody_else_did(self):
        first = put(self.url(), "1").field("ETag")
        second = put(self.url(), "2", "-H", f"If-Match: {first}").field("ETag")
        self.assertNotEqual(first, second)
        late = put(self.url(), "3", "-H", f"If-Match: {first}")
        self.check_problem(late, 412, "changed-meanwhile")
        self.assertEqual(late.field("ETag"), second)
        self.assertEqual(late.json["current"], second.strip('"'))
        self.assertEqual(delete(self.url(), "-H", f"If-Match: {first}").status, 412)
        self.assertEqual(put(self.url(), "3", "-H", "If-None-Match: *").status, 412)
        self.assertEqual(get(self.url()).text, "2")
        self.assertEqual(delete(self.url(), "-H", f"If-Match: {second}").status, 204)
        self.assertEqual(put(self.url(), "4", "-H", "If-Match: *").status, 412)
        self.assertEqual(put(self.url(), "5", "-H", "If-None-Match: *").status, 201)
        self.assertEqual(post(self.url(), "6", "-H", "If-Match: *").status, 400)

    def test_a_value_that_mqtt_changed_has_another_tag(self):
        tag = put(self.url(), "x").field("ETag")
        publish(self.mqtt_port, self.topic, "by mqtt", "-r", qos=1)
        self.assertEqual(put(self.url(), "y", "-H", f"If-Match: {tag}").status, 412)
        self.assertEqual(get(self.url()).text, "by mqtt")

    def test_curl_d_and_curl_t_work_as_typed(self):
        with Subscriber(self.mqtt_port, self.topic, version="5", form="%C|%p") as subscriber:
            curl(self.url(), "-d", "hello")  # adds a form type that says nothing about the payload
            curl(self.url(), "-d", "{}", "-H", "Content-Type: application/json")
            curl(self.url(), "-T", "-", stdin=b"streamed")
            self.assertEqual(subscriber.wait_for(3), ["|hello", "application/json|{}", "|streamed"])

    def test_the_topic_may_stand_in_the_query(self):
        for query, topic in (("a%2Fb", "a/b"), ("a/b", "a/b"), ("./..", "./.."), ("a%20b", "a b"), ("x+y", "x y"),
                             ("%C3%A4", "ä"), ("//a", "//a")):
            with self.subTest(query=query):
                made = put(f"{self.web}/topics?topic={query}", "value")
                self.assertEqual(made.json["topic"], topic)
                self.assertEqual(get(f"{self.web}/topics?topic={query}").text, "value")
                delete(f"{self.web}/topics?topic={query}")

    def test_a_path_is_decoded_once_and_keeps_its_empty_levels(self):
        for path, topic in (("a%2Fb", "a/b"), ("/a", "/a"), ("a//b", "a//b"), ("a/", "a/"), ("a%20b", "a b"),
                            ("%2525", "%25"), ("%C3%A4", "ä"), ("a/./b", "a/./b"),
                            ("a=1&b", "a=1&b"), ("/", "/")):
            with self.subTest(path=path):
                made = put(f"{self.web}/topics/{path}", "value")
                self.assertEqual(made.json.get("topic"), topic, made)
                publish(self.mqtt_port, topic, "by mqtt", "-r", qos=1)
                self.assertEqual(get(f"{self.web}/topics/{path}").text, "by mqtt")
                delete(f"{self.web}/topics/{path}")

    def test_names_that_are_none_are_refused(self):
        for path, name, reason in (
                ("a%zz", "bad-percent-escape", 0x81), ("a%2", "bad-percent-escape", 0x81),
                ("a/+/b", "wildcard-in-topic-name", 0x90), ("a/%23", "wildcard-in-topic-name", 0x90),
                ("a%2B", "wildcard-in-topic-name", 0x90), ("a?tree", "wildcard-in-topic-name", 0x90),
                ("a?depth=1", "wildcard-in-topic-name", 0x90), ("a%00b", "topic-name-invalid", 0x90),
                ("a%0Ab", "topic-name-invalid", 0x90), ("%ED%A0%80", "topic-name-invalid", 0x90),
                ("%FF", "topic-name-invalid", 0x90), ("", "topic-name-invalid", 0x90),
                ("/".join("x" * 65), "topic-name-invalid", 0x90)):
            for send in (put, post):
                with self.subTest(path=path, send=send.__name__):
                    self.check_problem(send(f"{self.web}/topics/{path}", "x"), 400, name, reason)

    def test_options_that_are_unknown_or_wrong_are_refused(self):
        for query, name in (("qso=1", "unknown-parameter"), ("qos=3", "bad-qos"), ("qos=", "bad-qos"),
                            ("retain=maybe", "invalid-parameter"), ("expiry=-1", "invalid-parameter"),
                            ("expiry=4294967296", "invalid-parameter"), ("pfi=2", "invalid-parameter"),
                            ("correlation=%2A", "invalid-parameter"), ("response_topic=a/%2B", "topic-name-invalid"),
                            ("wait=1", "unknown-parameter"), ("qos=%zz", "bad-percent-escape")):
            with self.subTest(query=query):
                self.check_problem(post(self.url(query="?" + query), "x"), 400, name)
        self.assertIn("qos", post(self.url(query="?qso=1"), "x").json["hint"])
        self.assertEqual(post(self.url(query="?x-mine=1"), "x").status, 200)
        self.check_problem(post(self.url(), "x", "-H", "Mqtt-Qoss: 1"), 400, "unknown-parameter")
        self.check_problem(post(self.url(query="?pfi=1"), b"\xff"), 422, "payload-format-invalid")
        self.check_problem(post(self.url(query="?require=subscriber"), "x"), 409, "no-subscribers", 16)

    def test_any_bytes_come_back_as_they_were(self):
        payload = bytes(range(256)) * 100
        put(self.url(), payload)
        answer = get(self.url())
        self.assertEqual(answer.body, payload)
        self.assertEqual(answer.field("Content-Type"), "application/octet-stream")
        envelope = get(self.url(query="?as=json")).json
        self.assertEqual((envelope["enc"], base64.b64decode(envelope["payload"])), ("base64", payload))

    def test_the_envelope_tells_everything(self):
        put(self.url(), '{"t":1}', "-H", "Mqtt-User-Property: unit=C", "-H", "Content-Type: application/json")
        envelope = get(self.url(), "-H", "Accept: application/json").json
        self.assertRegex(envelope["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual((envelope["topic"], envelope["payload"], envelope["qos"], envelope["retain"]),
                         (self.topic, '{"t":1}', 1, True))
        self.assertEqual(envelope["props"], {"content_type": "application/json", "user": [["unit", "C"]]})
        parsed = get(self.url(query="?as=json&parse=json")).json
        self.assertEqual((parsed["payload"], parsed["enc"]), ({"t": 1}, "json"))

    def test_active_content_is_shown_in_a_sandbox(self):
        put(self.url(), "<script>", "-H", "Content-Type: text/html")
        self.assertEqual(get(self.url()).field("Content-Security-Policy"), "sandbox")

    def test_a_value_expires(self):
        put(self.url(query="?expiry=600"), "x")
        self.assertTrue(590 <= int(get(self.url()).field("Mqtt-Expiry")) <= 600)


if __name__ == "__main__":
    unittest.main()
