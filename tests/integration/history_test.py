"""History over HTTP: messages, series, and going on where a stream or a long poll broke off."""

import json
import pathlib
import tempfile
import threading
import unittest

from conditions import wait_until
from mosquitto_client import publish
from running_sluice import SluiceProcess
from sluice_case import SluiceCase
from web_client import RawWeb, curl, get, post, put


def kept_in(folder, *lines):
    return ("persistence true", f"persistence_location {folder}/", *lines)


class NoHistoryTest(SluiceCase):
    """Without history lines everything else works, and history says what is missing."""

    lines = ("last_value_cache cached/#",)

    def test_history_says_which_lines_it_needs(self):
        for path in ("history?topic=a", "series?topic=a", "history?tree"):
            answer = get(f"{self.web}/api/v1/{path}")
            self.assertEqual((answer.status, answer.json["type"]), (422, "/problems/history-not-kept"))
            self.assertIn("history home/# 7d 200000", answer.json["hint"])

    def test_the_last_value_is_there_retained_or_not(self):
        topic = f"cached/{self.topic}"
        self.assertEqual(get(f"{self.web}/topics/{topic}?last").json["type"], "/problems/no-last-value")
        post(f"{self.web}/topics/{topic}", "1")
        self.assertEqual(get(f"{self.web}/topics/{topic}?last").text, "1")
        publish(self.mqtt_port, topic, "2")
        wait_until(lambda: get(f"{self.web}/topics/{topic}?last").text == "2", "the second message")
        missing = get(f"{self.web}/topics/{topic}")
        self.assertEqual((missing.status, missing.json["last"]), (404, get(f"{self.web}/topics/{topic}?last&as=json").json["ts"]))
        self.assertNotIn("seen", missing.json, "without history nobody counts")
        self.assertNotIn("last", get(f"{self.web}/topics/{self.topic}/never").json)
        put(f"{self.web}/topics/{self.topic}", "kept")
        self.assertEqual(get(f"{self.web}/topics/{self.topic}?last").text, "kept")

    def test_a_stream_that_comes_back_hears_of_the_gap_and_what_is_retained(self):
        first = put(f"{self.web}/topics/{self.topic}/a", "1").field("ETag").strip('"')
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        web.open_stream(f"/topics/{self.topic}?tree&stream&as=sse", **{"Last-Event-ID": first})
        self.assertEqual(web.event()["event"], "open")
        gap = web.event()
        self.assertEqual((gap["event"], json.loads(gap["data"])), ("gap", {"after": first, "lost": None}))
        self.assertEqual(json.loads(web.event()["data"])["payload"], "1")

    def test_topics_are_listed_level_by_level(self):
        t = self.topic
        for name in ("b", "b/x/y", "a/1", "a/2", "a!"):
            put(f"{self.web}/topics/{t}/{name}", "v")
        rows = get(f"{self.web}/api/v1/topics?prefix={t}").json["data"]
        self.assertEqual([(row["topic"], row["retained"], row["children"]) for row in rows],
                         [(f"{t}/a", False, True), (f"{t}/a!", True, False), (f"{t}/b", True, True)])
        page = get(f"{self.web}/api/v1/topics?prefix={t}&limit=1").json
        self.assertEqual([row["topic"] for row in page["data"]], [f"{t}/a"])
        page = get(f"{self.web}/api/v1/topics?prefix={t}&limit=1&cursor={page['next']}").json
        self.assertEqual([row["topic"] for row in page["data"]], [f"{t}/a!"])
        page = get(f"{self.web}/api/v1/topics?prefix={t}&limit=1&cursor={page['next']}").json
        self.assertEqual([row["topic"] for row in page["data"]], [f"{t}/b"])
        self.assertNotIn("next", page)


class HistoryTest(SluiceCase):
    rules = ("history test/+/young/# 1h 20", "history test/# 7d 100000")

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-history-")
        cls.addClassCleanup(folder.cleanup)
        cls.lines = kept_in(folder.name, *cls.rules)
        super().setUpClass()

    def history(self, options):
        answer = get(f"{self.web}/api/v1/history?{options}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def payloads(self, options):
        return [each["payload"] for each in self.history(options)["messages"]]

    def publish_some(self, count, topic=None):
        return [post(f"{self.web}/topics/{topic or self.topic}", str(number)).json["id"] for number in range(count)]

    def stream(self, target, **fields):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        self.assertEqual(web.open_stream(target, **fields).status, 200)
        return web

    def test_messages_are_found_again_page_by_page(self):
        ids = self.publish_some(5)
        page = self.history(f"topic={self.topic}&limit=2")
        self.assertEqual([each["id"] for each in page["messages"]], ids[:2])
        self.assertEqual(set(page["messages"][0]), {"id", "ts", "topic", "payload", "qos", "retain"})
        page = self.history(f"topic={self.topic}&limit=2&cursor={page['next']}")
        self.assertEqual([each["id"] for each in page["messages"]], ids[2:4])
        page = self.history(f"topic={self.topic}&limit=2&cursor={page['next']}")
        self.assertEqual([each["id"] for each in page["messages"]], ids[4:])
        self.assertNotIn("next", page)
        self.assertEqual(self.payloads(f"topic={self.topic}&order=desc&limit=3"), ["4", "3", "2"])
        self.assertEqual(self.payloads(f"filter={self.topic}/%23&since=-1h&until=now"), list("01234"))
        self.assertEqual(self.payloads(f"topic={self.topic}&until=-1h"), [])
        missing = get(f"{self.web}/topics/{self.topic}").json
        newest, = self.history(f"topic={self.topic}&order=desc&limit=1")["messages"]
        self.assertEqual((missing["seen"], missing["last"]), (5, newest["ts"]))

    def test_other_forms(self):
        self.publish_some(2)
        lines = get(f"{self.web}/api/v1/history?topic={self.topic}&as=ndjson").lines
        self.assertEqual([json.loads(line)["payload"] for line in lines], ["0", "1"])
        table = curl(f"{self.web}/api/v1/history?topic={self.topic}", "-H", "Accept: text/csv").lines
        self.assertEqual((table[0], len(table)), ("topic,payload,enc,qos,id,ts", 3))

    def test_a_series_adds_up(self):
        for value in ("1", "2", "none", "6"):
            post(f"{self.web}/topics/{self.topic}", value)
        series = get(f"{self.web}/api/v1/series?topic={self.topic}&since=-1h&step=1w&agg=avg,sum,last").json
        self.assertEqual((series["columns"], series["skipped"]), (["t", "avg", "sum", "last", "n"], 1))
        self.assertEqual([row[1:] for row in series["rows"]], [[3, 9, 6, 3]])
        points = get(f"{self.web}/api/v1/series?topic={self.topic}&method=lttb").json
        self.assertEqual([row[1] for row in points["rows"]], [1, 2, 6])

    def test_a_field_of_json_is_charted(self):
        for value in (21, 23):
            post(f"{self.web}/topics/{self.topic}/a", json.dumps({"temp": {"now": value}}))
        series = get(f"{self.web}/api/v1/series?filter={self.topic}/%23&field=/temp/now&since=-1h&step=1w").json
        self.assertEqual([(each["topic"], each["rows"][0][1:]) for each in series["series"]],
                         [(f"{self.topic}/a", [22, 21, 23, 2])])

    def test_a_range_that_is_over_may_be_cached(self):
        url = f"{self.web}/api/v1/series?topic={self.topic}&since=1000&until=2000"
        answer = get(url)
        self.assertEqual(answer.field("Cache-Control"), "private, max-age=3600")
        self.assertEqual(curl(url, "-H", f"If-None-Match: {answer.field('ETag')}").status, 304)
        self.assertEqual(get(f"{self.web}/api/v1/series?topic={self.topic}").field("Cache-Control"), "no-cache")

    def test_a_chart_goes_on(self):
        post(f"{self.web}/topics/{self.topic}", "1")
        chart = self.stream(f"/api/v1/series?topic={self.topic}&since=-1h&step=1w&live=1&as=sse")
        begun = chart.event()
        self.assertEqual(begun["event"], "series")
        self.assertEqual([row[1:] for row in json.loads(begun["data"])["rows"]], [[1, 1, 1, 1]])
        post(f"{self.web}/topics/{self.topic}", "4")
        more = chart.event()
        while "event" not in more:
            more = chart.event()
        self.assertEqual((more["event"], [row[1:] for row in json.loads(more["data"])["rows"]]),
                         ("append", [[2.5, 1, 4, 2]]))

    def test_a_stream_goes_on_where_it_broke_off(self):
        ids = self.publish_some(1200)
        stream = self.stream(f"/topics/{self.topic}?stream&as=sse", **{"Last-Event-ID": ids[0]})
        self.assertEqual(stream.event()["event"], "open")
        post(f"{self.web}/topics/{self.topic}", "live")
        seen = [stream.event() for _ in range(1200)]
        self.assertEqual([each["id"] for each in seen[:-1]], ids[1:])
        self.assertEqual(json.loads(seen[-1]["data"])["payload"], "live")

    def test_nothing_is_lost_or_comes_twice_while_others_publish(self):
        first = self.publish_some(1)[0]
        stop = threading.Event()
        written = []

        def write():
            while not stop.is_set():
                publish(self.mqtt_port, self.topic, str(len(written)), qos=1)
                written.append(len(written))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            after, numbers = first, []
            for _ in range(8):
                stream = self.stream(f"/topics/{self.topic}?stream&after={after}&max=5")
                for _ in range(5):
                    message = stream.message()
                    numbers.append(int(message["payload"]))
                    after = message["id"]
                stream.close()
                heard = len(written)
                wait_until(lambda heard=heard: len(written) > heard, "something comes while nobody listens")
        finally:
            stop.set()
            writer.join()
        self.assertEqual(numbers, list(range(40)))

    def test_a_stream_begins_in_the_past(self):
        self.publish_some(3)
        stream = self.stream(f"/topics/{self.topic}?stream&since=-10m&max=3")
        self.assertEqual([stream.message()["payload"] for _ in range(3)], ["0", "1", "2"])

    def test_a_long_poll_misses_nothing_between_two(self):
        cursor = get(f"{self.web}/topics/{self.topic}?wait=0").field("Mqtt-Cursor")
        self.publish_some(2)
        got = []
        for _ in range(2):
            answer = get(f"{self.web}/topics/{self.topic}?wait=5&after={cursor}")
            got.append(answer.text)
            cursor = answer.field("Mqtt-Cursor")
        self.assertEqual(got, ["0", "1"])
        answer = get(f"{self.web}/topics/{self.topic}?wait=0&after={cursor}")
        self.assertEqual((answer.status, answer.field("Mqtt-Cursor"), answer.field("Mqtt-Gap")), (204, cursor, None))

    def test_an_id_that_is_too_old_is_a_gap(self):
        topic = f"{self.topic}/young/a"
        ids = self.publish_some(60, topic)
        wait_until(lambda: len(self.payloads(f"topic={topic}")) == 20, "the old ones are gone")
        stream = self.stream(f"/topics/{topic}?stream&as=sse", **{"Last-Event-ID": ids[5]})
        self.assertEqual([stream.event()["event"] for _ in range(2)], ["open", "gap"])
        answer = get(f"{self.web}/topics/{topic}?wait=0&after={ids[5]}")
        self.assertEqual((answer.status, answer.field("Mqtt-Gap")), (204, "1"))


class TwoRunsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sluice-history-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *lines):
        return SluiceProcess(lines=kept_in(self.folder, *lines)).start()

    def test_history_outlives_a_restart(self):
        first = self.start("history # 7d 1000")
        ids = [post(f"{first.base()}/topics/a", str(number)).json["id"] for number in range(3)]
        first.stop()
        second = self.start("history # 7d 1000")
        self.addCleanup(second.stop)
        found = get(f"{second.base()}/api/v1/history?topic=a").json["messages"]
        self.assertEqual([each["id"] for each in found], ids)
        with RawWeb(second.port("http")) as stream:
            stream.open_stream("/topics/a?stream&as=sse", **{"Last-Event-ID": ids[0]})
            self.assertEqual(stream.event()["event"], "open")
            self.assertEqual([stream.event()["id"] for _ in range(2)], ids[1:])

    def test_what_may_not_be_read_has_no_history(self):
        rules = self.folder / "acl"
        rules.write_text("topic readwrite open/#\ntopic write closed/#\n", encoding="ascii")
        guarded = self.start("history # 7d 1000", f"acl_file {rules}")
        self.addCleanup(guarded.stop)
        web = guarded.base()
        for topic in ("open/a", "closed/a"):
            post(f"{web}/topics/{topic}", "1")
        found = get(f"{web}/api/v1/history?tree").json["messages"]
        self.assertEqual([each["topic"] for each in found], ["open/a"])
        self.assertEqual(get(f"{web}/api/v1/history?topic=closed/a").status, 403)
        self.assertEqual(get(f"{web}/api/v1/series?topic=closed/a").status, 403)
        self.assertEqual([row["topic"] for row in get(f"{web}/api/v1/topics").json["data"]], ["open"])


if __name__ == "__main__":
    unittest.main()
