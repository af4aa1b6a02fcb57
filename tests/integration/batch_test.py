"""Batches: an array, an object, lines without end; what a caller is told, and what a bad one costs others."""

import base64
import json
import pathlib
import subprocess
import tempfile
import unittest

from conditions import PATIENCE_SECONDS, wait_until
from durable_sluice import DurableSluice
from mosquitto_client import Subscriber
from sluice_case import SluiceCase
from web_client import RawWeb, curl, get, post

NDJSON = ("-H", "Content-Type: application/x-ndjson")


def ndjson(*messages):
    return "".join(json.dumps(each) + "\n" for each in messages)


def chunk(data):
    data = data.encode() if isinstance(data, str) else data
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


class BatchTest(SluiceCase):
    def batch(self, body, *arguments, query=""):
        return post(f"{self.web}/api/v1/publish{query}", body, *arguments)

    def subscribe(self, *filters, **options):
        subscriber = Subscriber(self.mqtt_port, *filters, **options)
        self.addCleanup(subscriber.close)
        return subscriber

    def upload(self, target="/api/v1/publish?as=lines", method="POST", **fields):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        web.send(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{lines}\r\n")
        return web

    # --- documents ---

    def test_an_array_is_published_in_its_order(self):
        subscriber = self.subscribe(f"{self.topic}/#", qos=1)
        answer = self.batch(json.dumps([
            {"topic": f"{self.topic}/a", "payload": "1"},
            {"topic": f"{self.topic}/b", "payload": base64.b64encode(b"two").decode(), "payload_encoding": "base64"},
            {"topic": f"{self.topic}/c", "payload": {"x": [1, None]}, "payload_encoding": "json", "qos": 0},
            {"topic": f"{self.topic}/d", "payload": "kept", "retain": True}]))
        self.assertEqual((answer.status, answer.json), (200, {"published": 4, "failed": 0, "errors": []}))
        self.assertEqual(subscriber.wait_for(4), [f"{self.topic}/a 1", f"{self.topic}/b two",
                                                  f"{self.topic}/c {{\"x\":[1,null]}}", f"{self.topic}/d kept"])
        self.assertEqual(get(f"{self.web}/topics/{self.topic}/d").text, "kept")
        self.assertEqual(get(f"{self.web}/topics/{self.topic}/a").status, 404)

    def test_one_object_and_no_message_are_batches(self):
        answer = self.batch(json.dumps({"topic": self.topic, "payload": "1"}))
        self.assertEqual((answer.status, answer.json["published"]), (200, 1))
        answer = self.batch("[]")
        self.assertEqual((answer.status, answer.json), (200, {"published": 0, "failed": 0, "errors": []}))

    def test_properties_arrive(self):
        subscriber = self.subscribe(self.topic, version="5", form="%p %P %C %R %D %E")
        self.batch(json.dumps({"topic": self.topic, "payload": "p", "properties": {
            "content_type": "text/x", "response_topic": "r/1", "correlation_data": "c",
            "user_properties": [["unit", "C"], ["unit", "K"]], "message_expiry_interval": 60}}))
        self.assertEqual(subscriber.wait_for(1), ["p unit:C unit:K text/x r/1 c 60"])

    def test_what_fails_is_told_and_the_rest_is_published(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        answer = self.batch(json.dumps([
            {"topic": f"{self.topic}/a", "payload": "1"}, {"topic": f"{self.topic}/+", "payload": "2"},
            {"topic": f"{self.topic}/c", "payload": 3}, {"topic": f"{self.topic}/d", "payload": "4"}]))
        self.assertEqual((answer.status, answer.json["published"], answer.json["failed"]), (200, 2, 2))
        self.assertEqual([(each["index"], each["reason_code"]) for each in answer.json["errors"]], [(1, 144), (2, 129)])
        self.assertEqual(answer.json["errors"][0]["topic"], f"{self.topic}/+")
        self.assertEqual(subscriber.wait_for(2), [f"{self.topic}/a 1", f"{self.topic}/d 4"])

    def test_when_all_fail_the_batch_is_refused(self):
        answer = self.batch(json.dumps([{"topic": "a/+", "payload": "1"}]))
        self.assertEqual((answer.status, answer.json["type"]), (422, "/problems/batch-refused"))
        self.assertEqual((answer.json["failed"], answer.json["errors"][0]["reason_code"]), (1, 144))

    def test_a_body_that_is_no_json_is_refused_whole(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        good = json.dumps({"topic": f"{self.topic}/a", "payload": "1"})
        for body in (f"[{good},", f"{good}\n{good}", "", "7", f"[{good}] x"):
            answer = self.batch(body)
            self.assertEqual((answer.status, answer.json["type"]), (400, "/problems/body-not-readable"), body)
        self.batch(json.dumps({"topic": f"{self.topic}/end", "payload": "."}))
        self.assertEqual(subscriber.wait_for(1), [f"{self.topic}/end ."])

    def test_atomic_is_all_or_nothing(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        good, bad = {"topic": f"{self.topic}/a", "payload": "1"}, {"topic": "a/#", "payload": "1"}
        for body, more, query in ((json.dumps([good, bad]), (), "?atomic=1"), (ndjson(good, bad), NDJSON, "?atomic=1"),
                                  (f"{self.topic}/a 1\na/# 2\n", (), "?atomic=1&as=lines")):
            answer = self.batch(body, *more, query=query)
            self.assertEqual((answer.status, answer.json["published"], answer.json["failed"]), (422, 0, 1))
            self.assertEqual(answer.json["errors"][0]["index"], 1)
        answer = self.batch(json.dumps([good] * 500), query="?atomic=1")
        self.assertEqual((answer.status, answer.json["published"]), (200, 500))
        self.assertEqual(subscriber.wait_for(500), [f"{self.topic}/a 1"] * 500)
        answer = self.batch("x 1\n" * 10_001, query="?atomic=1&as=lines&receipts=none")
        self.assertEqual((answer.status, answer.json["published"]), (422, 0))

    def test_receipts_are_told_as_wanted(self):
        self.subscribe(f"{self.topic}/a")
        body = json.dumps([{"topic": f"{self.topic}/a", "payload": "1"}, {"topic": f"{self.topic}/b", "payload": "2"},
                           {"topic": "+", "payload": "3"}])
        found = self.batch(body, query="?receipts=all").json
        self.assertEqual([(each["index"], each["matched"], each["reason_code"]) for each in found["receipts"]],
                         [(0, 1, 0), (1, 0, 16)])
        self.assertEqual(len(found["errors"]), 1)
        self.assertEqual(self.batch(body, query="?receipts=none").json, {"published": 2, "failed": 1})

    def test_options_hold_for_messages_that_say_nothing(self):
        self.batch(json.dumps([{"topic": "a", "payload": "1"}, {"topic": "b", "payload": "2", "retain": False}]),
                   query=f"?prefix={self.topic}/&retain&qos=0")
        self.assertEqual(get(f"{self.web}/topics/{self.topic}/a").text, "1")
        self.assertEqual(get(f"{self.web}/topics/{self.topic}/b").status, 404)
        for query in ("?receipts=some", "?as=csv", "?qos=3", "?atomic=maybe", "?atomik=1", "?expiry=5"):
            self.assertEqual(self.batch("[]", query=query).status, 400, query)

    # --- lines ---

    def test_curl_uploads_lines(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        answer = curl(f"{self.web}/api/v1/publish?as=lines", "-T", "-",
                      stdin=f"{self.topic}/b 1\n{self.topic}/c 2 and more\n".encode())
        self.assertEqual((answer.status, answer.json["published"]), (200, 2))
        self.assertEqual(subscriber.wait_for(2), [f"{self.topic}/b 1", f"{self.topic}/c 2 and more"])

    def test_mosquitto_sub_into_curl_copies_as_it_comes(self):
        subscriber = self.subscribe(f"copy/{self.topic}/#")
        pipe = subprocess.Popen(
            f"exec stdbuf -oL mosquitto_sub -h 127.0.0.1 -p {self.mqtt_port} -v -t '{self.topic}/#' -R"
            f" | exec curl -sS -T - '{self.web}/api/v1/publish?as=lines&prefix=copy/'",
            shell=True, stdout=subprocess.PIPE, start_new_session=True)
        try:
            def copied():
                post(f"{self.web}/topics/{self.topic}/x", "again")
                return subscriber.messages()
            wait_until(copied, "a message was copied")
            post(f"{self.web}/topics/{self.topic}/y", "last one")
            subscriber.wait_until_told(f"copy/{self.topic}/y last one")
        finally:
            subprocess.run(["kill", "--", f"-{pipe.pid}"], check=False)
            pipe.communicate(timeout=PATIENCE_SECONDS)

    def test_lines_are_published_before_the_body_ends(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        web = self.upload()
        web.send(chunk(f"{self.topic}/a 1\n{self.topic}/b"))
        self.assertEqual(subscriber.wait_for(1), [f"{self.topic}/a 1"])
        for byte in " 2\n":
            web.send(chunk(byte))
        self.assertEqual(subscriber.wait_for(2)[1], f"{self.topic}/b 2")
        web.send(chunk(f"{self.topic}/c 3") + LAST_CHUNK)
        self.assertEqual(web.read_answer().json["published"], 3)
        self.assertEqual(subscriber.wait_for(3)[2], f"{self.topic}/c 3")

    def test_a_large_upload_has_no_limit_but_that_of_a_line(self):
        lines = "".join(f"{self.topic}/{number % 10} {number:0200}\n" for number in range(20_000))
        self.assertGreater(len(lines), 3_000_000)
        answer = self.batch(lines, query="?as=lines&qos=0")
        self.assertEqual((answer.status, answer.json["published"]), (200, 20_000))
        self.assertEqual(self.batch(lines, query="?as=json").status, 413)
        self.assertEqual(self.batch(lines, query="?as=lines&atomic=1").status, 413)

    def test_a_line_that_is_too_long_fails_alone(self):
        answer = self.batch(f"{self.topic} 1\n{self.topic} {'x' * 1_100_000}\n{self.topic} 2\n", query="?as=lines")
        self.assertEqual((answer.json["published"], answer.json["failed"]), (2, 1))
        self.assertEqual(answer.json["errors"][0]["reason_code"], 149)

    def test_receipts_come_while_the_body_is_sent(self):
        web = self.upload("/api/v1/publish?receipts=all", Content_Type="application/x-ndjson")
        web.chunked = True
        for number in range(3):
            web.send(chunk(ndjson({"topic": self.topic, "payload": str(number)})))
            if number == 0:
                status, fields = web.read_head()
                self.assertEqual((status, dict(fields)["Content-Type"]), (200, "application/x-ndjson"))
            self.assertEqual(json.loads(web.read_until(b"\n"))["index"], number)
            web.text = web.text.lstrip(b"\n")
        web.send(chunk("no json\n"))
        self.assertEqual(json.loads(web.read_until(b"\n"))["reason_code"], 129)
        web.text = web.text.lstrip(b"\n")
        web.send(LAST_CHUNK)
        self.assertEqual(json.loads(web.read_until(b"\n")), {"published": 3, "failed": 1})
        web.text = web.text.lstrip(b"\n")
        while not web.ended:
            web.read_chunk()
        web.ended = False
        web.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(web.read_answer().text, "live\n")

    def test_a_caller_who_does_not_read_gets_the_summary(self):
        count = 200_000  # their receipts are more than the kernel keeps for a reader
        subscriber = self.subscribe(f"{self.topic}/end")
        web = self.upload("/api/v1/publish?as=lines&receipts=all&qos=0")
        part = chunk(f"{self.topic} 1\n" * 1000)
        for _ in range(count // 1000):
            web.send(part)
        web.send(chunk(f"{self.topic}/end .\n"))
        subscriber.wait_for(1)  # all is published, and nothing has been read
        web.send(LAST_CHUNK)
        answer = web.read_answer()
        last = json.loads(answer.lines[-1])
        self.assertEqual((last["published"], last["failed"]), (count + 1, 0))
        self.assertEqual(last.get("left_out", 0) + len(answer.lines) - 1, count + 1)
        self.assertGreater(last["left_out"], 0)

    def test_a_body_that_breaks_off_ends_clearly(self):
        for beginning, broken in ((f"{self.topic} 1\n", b"zz\r\n"), (f"{self.topic} 1\n{self.topic} 2", b"5\r\nabcdefgh\r\n")):
            web = self.upload()
            web.send(chunk(beginning) + broken)
            answer = web.read_answer()
            self.assertEqual((answer.status, answer.json["type"]), (400, "/problems/bad-request"))
            self.assertEqual(answer.json["published"], 1)
            self.assertEqual(web.read_to_end(), b"")

    def test_a_sender_who_vanishes_costs_nothing(self):
        subscriber = self.subscribe(f"{self.topic}/#")
        before = self.sluice.descriptors()
        for _ in range(20):
            web = self.upload()
            web.send(chunk(f"{self.topic}/a 1\n{self.topic}/b"))
            web.close()
        self.assertEqual(subscriber.wait_for(20), [f"{self.topic}/a 1"] * 20)
        wait_until(lambda: self.sluice.descriptors() <= before, "the connections are closed")

    def test_100_continue_comes_before_the_body(self):
        web = self.upload("/api/v1/publish?as=lines", method="PUT", Expect="100-continue")
        self.assertEqual(web.read_head()[0], 100)
        web.send(chunk(f"{self.topic} 1\n") + LAST_CHUNK)
        self.assertEqual(web.read_answer().json["published"], 1)

    def test_a_stop_ends_uploads_with_what_was_published(self):
        web = self.upload()
        web.send(chunk(f"{self.topic}/a 1\n"))
        subscriber = self.subscribe(f"{self.topic}/#")
        web.send(chunk(f"{self.topic}/a 2\n"))
        subscriber.wait_for(1)
        self.sluice.stop()
        answer = web.read_answer()
        self.assertEqual((answer.status, answer.json["published"]), (503, 2))
        type(self).sluice = type(self.sluice)(self.listeners, self.lines, self.arguments).start()

    def test_pipelined_batches_are_answered_in_order(self):
        web = RawWeb(self.sluice.port("http"))
        self.addCleanup(web.close)
        bodies = [f"{self.topic} {'x' * number}\n" * number for number in range(1, 20)]
        web.send("".join(f"POST /api/v1/publish?as=lines HTTP/1.1\r\nHost: localhost\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies))
        for number in range(1, 20):
            self.assertEqual(web.read_answer().json["published"], number)

    # --- EMQX ---

    def test_emqx_publish_is_answered_as_by_emqx(self):
        url = f"{self.web}/api/v5/publish"
        message = {"topic": self.topic, "payload": "hello", "qos": 1, "retain": False, "clientid": "x"}
        answer = post(url, json.dumps(message), "-H", "Content-Type: application/json")
        self.assertEqual((answer.status, answer.json), (202, {"reason_code": 16, "message": "no_matching_subscribers"}))
        subscriber = self.subscribe(self.topic)
        answer = post(url, json.dumps(message))
        self.assertEqual((answer.status, list(answer.json)), (200, ["id"]))
        self.assertEqual(subscriber.wait_for(1), [f"{self.topic} hello"])
        answer = post(url, json.dumps({"topic": "a/#", "payload": ""}))
        self.assertEqual((answer.status, answer.json), (400, {"reason_code": 144, "message": "topic_name_invalid"}))
        for body in ("[]", "x", json.dumps({"topic": "a", "payload": "", "unknown": 1})):
            answer = post(url, body)
            self.assertEqual((answer.status, answer.json["code"]), (400, "BAD_REQUEST"))

    def test_emqx_bulk_is_answered_as_by_emqx(self):
        url = f"{self.web}/api/v5/publish/bulk"
        subscriber = self.subscribe(f"{self.topic}/a")
        a, b = ({"topic": f"{self.topic}/{name}", "payload": name} for name in "ab")
        answer = post(url, json.dumps([a, a]))
        self.assertEqual((answer.status, [list(each) for each in answer.json]), (200, [["id"], ["id"]]))
        answer = post(url, json.dumps([a, b]))
        self.assertEqual((answer.status, answer.json[1]), (202, {"reason_code": 16, "message": "no_matching_subscribers"}))
        answer = post(url, json.dumps([a, {"topic": "+", "payload": ""}]))
        self.assertEqual((answer.status, answer.json["reason_code"]), (400, 144))
        subscriber.wait_for(3)
        self.assertEqual(post(url, "{}").status, 400)
        self.assertEqual(post(url, "[]").json, [])


class BatchOnThreeShardsTest(BatchTest):
    """The same with three threads: what is published here is delivered there."""
    lines = ("io_threads 3",)


class GuardedBatchTest(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-batch-")
        cls.addClassCleanup(folder.cleanup)
        rules = pathlib.Path(folder.name) / "acl"
        rules.write_text("topic readwrite open/#\n", encoding="ascii")
        rules.chmod(0o644)
        pathlib.Path(folder.name).chmod(0o755)
        cls.lines = (f"acl_file {rules}",)
        super().setUpClass()

    def test_each_message_needs_its_right(self):
        subscriber = Subscriber(self.mqtt_port, "open/#")
        self.addCleanup(subscriber.close)
        messages = [{"topic": "open/a", "payload": "1"}, {"topic": "shut/b", "payload": "2"},
                    {"topic": "$SYS/broker/uptime", "payload": "3"}, {"topic": "open/d", "payload": "4"}]
        url = f"{self.web}/api/v1/publish"
        answer = post(url + "?atomic=1", json.dumps(messages))
        self.assertEqual((answer.status, answer.json["failed"]), (422, 2))
        answer = post(url, json.dumps(messages))
        self.assertEqual((answer.status, answer.json["published"]), (200, 2))
        self.assertEqual([(each["index"], each["reason_code"]) for each in answer.json["errors"]], [(1, 135), (2, 135)])
        answer = post(url + "?as=lines&prefix=shut/", "a 1\n")
        self.assertEqual((answer.status, answer.json["errors"][0]["topic"]), (422, "shut/a"))
        answer = post(f"{self.web}/api/v5/publish", json.dumps(messages[1]))
        self.assertEqual((answer.status, answer.json), (403, {"reason_code": 135, "message": "not_authorized"}))
        answer = post(f"{self.web}/api/v5/publish/bulk", json.dumps(messages))
        self.assertEqual((answer.status, answer.json["reason_code"]), (403, 135))
        self.assertEqual(subscriber.wait_for(2), ["open/a 1", "open/d 4"])


class DurableBatchTest(unittest.TestCase):
    def test_what_a_batch_was_acknowledged_for_survives_a_crash(self):
        count = 3000
        for threads in (1, 3):
            with self.subTest(threads=threads):
                sluice = DurableSluice((f"io_threads {threads}", "max_queued_messages 0")).start()
                self.addCleanup(sluice.clean_up)
                extra = ("-c", "-i", "kept", "-x", "3600")
                with Subscriber(sluice.port(), "kept/#", version="5", qos=1, extra=extra):
                    pass
                answer = curl(f"{sluice.base()}/api/v1/publish?as=lines", "-T", "-",
                              stdin="".join(f"kept/{number} {number}\n" for number in range(count)).encode())
                self.assertEqual((answer.status, answer.json), (200, {"published": count, "failed": 0, "errors": []}))
                sluice.crash()
                with Subscriber(sluice.port(), "kept/#", version="5", qos=1, extra=extra, ready=False) as back:
                    self.assertEqual(back.wait_for(count), [f"kept/{number} {number}" for number in range(count)])
                sluice.stop()


class ClosedBatchTest(SluiceCase):
    lines = ("allow_anonymous false",)

    def test_nobody_is_told_to_continue_before_he_is_let_in(self):
        web = RawWeb(self.sluice.port("http"), "PUT /api/v1/publish?as=lines HTTP/1.1\r\nHost: localhost\r\n"
                     "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        self.addCleanup(web.close)
        self.assertEqual(web.read_answer().status, 401)


if __name__ == "__main__":
    unittest.main()
