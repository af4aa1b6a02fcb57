"""GET with a filter: lists of retained values in every form, page by page, and cleared together."""

import csv
import io
import re
import unittest

from mosquitto_client import publish
from sluice_case import SluiceCase
from web_client import curl, delete, get, post, put

VALUES = {"kitchen/temp": "21.5", "kitchen/humidity": "40", "cellar/temp": "12", "cellar": "dark",
          "attic/box": '{"a":1}'}


class RetainedListTest(SluiceCase):
    def setUp(self):
        super().setUp()
        for name, value in VALUES.items():
            put(f"{self.web}/topics/{self.topic}/{name}", value)

    def names(self, answer):
        self.assertEqual(answer.status, 200, answer)
        return [each["topic"].removeprefix(self.topic + "/") for each in answer.json]

    def test_every_notation_of_a_wildcard_selects_the_same(self):
        t = self.topic
        all_names = sorted(VALUES)
        for target in (f"/{t}?tree", f"/{t}?tree=1", f"/{t}/%23", f"?filter={t}/%23", f"?topic={t}&tree"):
            with self.subTest(target=target):
                self.assertEqual(self.names(get(f"{self.web}/topics{target}")), all_names)
        for target in (f"/{t}/+/temp", f"/{t}/%2B/temp", f"?filter={t}/+/temp", f"?filter={t}/%2B/temp",
                       f"?filter={t}/cellar/temp&filter={t}/kitchen/temp", f"?filter={t}/+/temp&filter={t}/%2B/temp"):
            with self.subTest(target=target):
                self.assertEqual(self.names(get(f"{self.web}/topics{target}")), ["cellar/temp", "kitchen/temp"])
        self.assertEqual(self.names(get(f"{self.web}/topics/{t}?depth=1")), ["cellar"])

    def test_a_query_has_its_options_in_the_body(self):
        t = self.topic
        long = "".join(f"&filter={t}/{'x' * 200}/{number}" for number in range(98))
        for body in (f"filter={t}/+/temp{long}", f'{{"filter":["{t}/+/temp","{t}/kitchen/temp"]}}',
                     f"filter={t}/%2B/temp\n"):
            with self.subTest(body=body[:60]):
                self.assertEqual(self.names(post(f"{self.web}/api/v1/query", body)), ["cellar/temp", "kitchen/temp"])
        self.assertEqual(self.names(post(f"{self.web}/api/v1/query", f'{{"topic":"{t}","tree":true,"limit":2}}')),
                         ["attic/box", "cellar"])
        self.assertEqual(post(f"{self.web}/api/v1/query", f"topic={t}/kitchen/temp").text, "21.5")
        self.assertEqual(post(f"{self.web}/api/v1/query", f"topic={t}/kitchen").status, 404)
        for target, body in (("?limit=1", f"filter={t}/%23"), ("", '{"filter":{}}'), ("", "{"), ("", "[]=1"),
                             ("", f"filter={t}/%23&publish=1"), ("", f"filter={t}/%23&ticket=1"), ("", "filtr=a"),
                             ("", f"filter={t}/%23&filter=a{long}{long}"), ("", "")):
            with self.subTest(target=target, body=body[:60]):
                answer = post(f"{self.web}/api/v1/query{target}", body)
                self.assertIn(answer.status, (400, 413, 422), answer)

    def test_tree_includes_the_topic_itself(self):
        self.assertEqual(self.names(get(f"{self.web}/topics/{self.topic}/cellar?tree")), ["cellar", "cellar/temp"])

    def test_a_list_without_values_is_empty_and_no_error(self):
        answer = get(f"{self.web}/topics/{self.topic}/nothing?tree")
        self.assertEqual((answer.status, answer.json, answer.field("Mqtt-Count")), (200, [], "0"))

    def test_filters_that_are_none_are_refused(self):
        for target in ("/a%23", "/a/%23/b", "/a+/b", "?filter=a%2B", "?filter=", "?filter=$share/g/a", "?filter=%zz",
                       "?tree=maybe", "/a?depth=2", "?filter=a&tree", "/a?filter=b", "/a?limit=0", "/a?tree&limit=0",
                       "/a?tree&cursor=%25", "/a?tree&as=xml"):
            with self.subTest(target=target):
                answer = get(f"{self.web}/topics{target}")
                self.assertIn(answer.status, (400, 422), answer)
                self.assertIn("type", answer.json)

    def test_the_forms_tell_the_same_values(self):
        url = f"{self.web}/topics/{self.topic}?tree"
        expected = {f"{self.topic}/{name}": value for name, value in VALUES.items()}
        for how in (("?", "&as=ndjson"), ("-H", "Accept: application/x-ndjson")):
            answer = get(url + how[1]) if how[0] == "?" else get(url + "&as=ndjson", *how)
            self.assertEqual(answer.field("Content-Type"), "application/x-ndjson")
            self.assertEqual(len(answer.lines), len(VALUES))
        for answer in (get(url + "&as=text"), get(url, "-H", "Accept: text/plain")):
            self.assertEqual(dict(line.split(" ", 1) for line in answer.lines), expected)
        for answer in (get(url + "&as=csv"), get(url, "-H", "Accept: text/csv")):
            rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
            self.assertEqual({row["topic"]: row["payload"] for row in rows}, expected)
        tree = get(url + "&as=tree").json
        for level in self.topic.split("/"):
            tree = tree[level]
        self.assertEqual(tree, {"kitchen": {"temp": "21.5", "humidity": "40"}, "cellar": {"/": "dark", "temp": "12"},
                                "attic": {"box": '{"a":1}'}})

    def test_pages_follow_each_other_without_gap_or_repetition(self):
        count = 57
        for number in range(count):
            publish_url = f"{self.web}/topics/{self.topic}/pages/{number:03}"
            put(publish_url, "x")
        for form in ("json", "ndjson", "csv", "text"):
            with self.subTest(form=form):
                seen, url = [], f"{self.web}/topics/{self.topic}/pages?tree&limit=10&as={form}"
                pages = 0
                while url is not None:
                    answer = get(url)
                    seen += re.findall(r"pages/(\d{3})", answer.text)
                    link = answer.field("Link")
                    self.assertEqual(answer.field("Mqtt-Truncated"), "1" if link else None)
                    url = self.web + re.fullmatch(r'<(.*)>; rel="next"', link).group(1) if link else None
                    pages += 1
                self.assertEqual([int(number) for number in seen], list(range(count)))
                self.assertEqual(pages, 6)

    def test_head_counts(self):
        answer = curl(f"{self.web}/topics/{self.topic}?tree&limit=2", "-I")
        self.assertEqual((answer.status, answer.field("Mqtt-Count")), (200, str(len(VALUES))))

    def test_clearing_many_values_has_to_be_confirmed(self):
        url = f"{self.web}/topics/{self.topic}?tree"
        count = curl(url, "-I").field("Mqtt-Count")
        unconfirmed = delete(url)
        self.assertEqual((unconfirmed.status, unconfirmed.json["type"]), (428, "/problems/confirm-needed"))
        self.assertEqual(unconfirmed.field("Mqtt-Count"), count)
        self.assertEqual(delete(url + "&confirm=4").status, 409)
        self.assertEqual(len(get(url).json), len(VALUES))
        self.assertEqual(delete(f"{url}&confirm={count}").status, 204)
        self.assertEqual(get(url).json, [])

    def test_topics_of_the_system_stay_out_of_wildcards(self):
        publish(self.mqtt_port, f"{self.topic}/last", "x", "-r", qos=1)
        for target in ("?tree", "?filter=%23", "?filter=%2B/%23", "/%23"):
            with self.subTest(target=target):
                topics = [each["topic"] for each in get(f"{self.web}/topics{target}").json]
                self.assertIn(f"{self.topic}/last", topics)
                self.assertEqual([topic for topic in topics if topic.startswith("$")], [])


if __name__ == "__main__":
    unittest.main()
