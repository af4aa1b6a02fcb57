"""Webhooks: an endpoint is called when messages come; signed, in order, again and again, and not at all where it must
not be."""

import json
import pathlib
import tempfile
import threading
import unittest

from certificate_folder import CertificateFolder
from conditions import Stopwatch, wait_until
from durable_sluice import DurableSluice
from mosquitto_client import Subscriber, publish
from running_sluice import free_port
from sluice_case import SluiceCase
from webhook_endpoint import Endpoint
from web_client import RawWeb, curl, delete, get, post, put

SECRET = "a secret that nobody else knows"


def rules_file(case, text="topic readwrite #\ntopic readwrite $CONTROL/#\n"):
    """A line of the configuration that lets everybody do what the text says; by default administer webhooks, too."""
    folder = tempfile.TemporaryDirectory(prefix="sluice-webhook-")
    (case.addClassCleanup if isinstance(case, type) else case.addCleanup)(folder.cleanup)
    path = pathlib.Path(folder.name) / "acl"
    path.write_text(text, encoding="ascii")
    return f"acl_file {path}"


class WebhookCase(SluiceCase):
    @classmethod
    def setUpClass(cls):
        cls.lines = ("webhook_allow 127.0.0.0/8", rules_file(cls))
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.stop)
        self.name = self.topic.replace("/", "-")
        self.addCleanup(lambda: delete(self.address))

    @property
    def address(self):
        return f"{self.web}/api/v1/webhooks/{self.name}"

    def make(self, **members):
        body = {"url": self.endpoint.url, "filters": [f"{self.topic}/#"], **members}
        answer = put(self.address, json.dumps(body))
        self.assertIn(answer.status, (200, 201), answer)
        return answer

    def send(self, payload, name="a", options=""):
        return post(f"{self.web}/topics/{self.topic}/{name}{options}", payload).json["id"]

    def status(self):
        return get(self.address).json["status"]

    def deliveries(self, state):
        return get(f"{self.address}/deliveries?state={state}").json["data"]


class DeliveryTest(WebhookCase):
    def test_an_endpoint_gets_what_is_published(self):
        answer = self.make(secret=SECRET)
        self.assertEqual((answer.status, answer.field("Location")), (201, f"/api/v1/webhooks/{self.name}"))
        ident = self.send("21.5", "temp")
        call, = self.endpoint.wait_for(1)
        self.assertEqual((call.json["id"], call.json["topic"], call.json["payload"]),
                         (ident, f"{self.topic}/temp", "21.5"))
        self.assertEqual(call.field("Content-Type"), "application/json")
        self.assertEqual(call.field("webhook-id"), f"{self.name}-{ident}")
        self.assertTrue(call.is_signed_by(SECRET.encode()))
        self.assertFalse(call.is_signed_by(b"another secret"))
        wait_until(lambda: self.status()["delivered"] == 1, "it counts as delivered")
        self.assertEqual(self.status()["queued"], 0)
        self.assertEqual([each["id"] for each in self.deliveries("delivered")], [ident])

    def test_what_comes_by_mqtt_at_any_qos_is_called(self):
        self.make(qos=2)
        for qos in (0, 1, 2):
            publish(self.mqtt_port, f"{self.topic}/{qos}", "x", qos=qos)
        calls = self.endpoint.wait_for(3)
        self.assertEqual(sorted((call.json["topic"][-1], call.json["qos"]) for call in calls),
                         [("0", 0), ("1", 1), ("2", 2)])

    def test_two_secrets_sign_while_one_replaces_the_other(self):
        self.make(secret=["the old secret", "the new secret"])
        self.send("1")
        call, = self.endpoint.wait_for(1)
        self.assertTrue(call.is_signed_by(b"the old secret") and call.is_signed_by(b"the new secret"))

    def test_the_secret_is_never_shown_and_can_be_kept(self):
        answers = [self.make(secret=SECRET), get(self.address), get(f"{self.web}/api/v1/webhooks"),
                   self.make(secret="********", timeout=3)]
        for answer in answers:
            self.assertNotIn(SECRET, answer.text)
        self.assertEqual(answers[1].json["secret"], "********")
        self.assertNotIn(SECRET, self.sluice.log())
        self.send("1")
        self.assertTrue(self.endpoint.wait_for(1)[0].is_signed_by(SECRET.encode()))

    def test_messages_of_a_topic_come_in_their_order(self):
        self.make()
        hold = self.endpoint.hold = threading.Event()
        for number in range(20):
            self.send(str(number))
        self.send("other", "b")
        calls = self.endpoint.wait_for(2)  # one of each topic, side by side
        self.assertEqual({call.json["payload"] for call in calls}, {"0", "other"})
        hold.set()
        calls = self.endpoint.wait_for(21)
        self.assertEqual([call.json["payload"] for call in calls if call.json["topic"].endswith("/a")],
                         [str(number) for number in range(20)])

    def test_a_batch_carries_many(self):
        self.make(batch={"max": 50, "linger_ms": 300}, format="cloudevents")
        for number in range(10):
            self.send(json.dumps({"n": number}))
        wait_until(lambda: sum(len(call.json) for call in self.endpoint.calls) == 10, "ten events")
        self.assertLess(len(self.endpoint.calls), 10)
        call = self.endpoint.calls[0]
        self.assertEqual(call.field("Content-Type"), "application/cloudevents-batch+json")
        event = call.json[0]
        self.assertEqual((event["specversion"], event["subject"], event["data"]),
                         ("1.0", f"{self.topic}/a", {"n": 0}))

    def test_a_raw_call_is_the_payload(self):
        self.make(format="raw")
        self.send(b"\xff\x00", "a", "?content_type=image/png")
        call, = self.endpoint.wait_for(1)
        self.assertEqual((call.body, call.field("Content-Type"), call.field("webhook-topic")),
                         (b"\xff\x00", "image/png", f"{self.topic}/a"))

    def test_two_sluices_can_be_chained_and_a_circle_ends(self):
        # The endpoint is this server itself: each call publishes below the webhook's own filter.
        body = {"url": f"{self.web}/topics/{self.topic}/round", "filters": [f"{self.topic}/#"], "format": "raw"}
        put(self.address, json.dumps(body))
        with Subscriber(self.mqtt_port, f"{self.topic}/#", form="%p") as heard:
            self.send("around")
            self.sluice.wait_for_log("had come through 8 webhooks")
            self.assertEqual(heard.wait_for(9), ["around"] * 9)
        self.assertEqual(self.status()["delivered"], 8)

    def test_an_http_service_answers_mqtt_requests(self):
        self.make(reply=True)
        self.endpoint.answer((200, {"Content-Type": "text/plain"}, b"42"))
        with Subscriber(self.mqtt_port, f"answers/{self.name}", version="5", form="%p %D %C") as heard:
            self.send("?", "rpc", f"?response_topic=answers/{self.name}&correlation=eDE=")
            self.assertEqual(heard.wait_for(1), ["42 x1 text/plain"])

    def test_a_test_call_tells_how_it_went(self):
        self.make()
        answer = post(f"{self.address}/test", "").json
        self.assertEqual((answer["delivered"], answer["status"]), (True, 204))
        self.endpoint.answer((500, {}, b""))
        self.assertEqual(post(f"{self.address}/test", "").json["error"], "HTTP 500")
        self.assertEqual(self.endpoint.calls[0].json["payload"], '{"test":true}')
        self.assertEqual(self.status()["delivered"], 0)


class FailureTest(WebhookCase):
    def test_a_failed_call_is_made_again_with_the_same_id(self):
        self.make()
        self.endpoint.answer((500, {}, b""))
        self.send("1")
        first, second = self.endpoint.wait_for(2)  # the first retry comes at once
        self.assertEqual(first.field("webhook-id"), second.field("webhook-id"))
        wait_until(lambda: self.status()["delivered"] == 1, "it is delivered")
        self.assertEqual(self.status()["last_error"], "HTTP 500")

    def test_retry_after_is_obeyed(self):
        self.make()
        self.endpoint.answer((429, {"Retry-After": "2"}, b""))
        self.send("1")
        self.endpoint.wait_for(1)
        watch = Stopwatch()
        self.endpoint.wait_for(2)
        self.assertGreater(watch.seconds(), 1.5)

    def test_what_the_endpoint_refuses_three_times_goes_to_the_dead_letter(self):
        self.make(url=self.endpoint.url + "?key=hidden", dead_letter=f"dead/{self.name}")
        self.endpoint.answer(*[(400, {}, b"")] * 3)
        with Subscriber(self.mqtt_port, f"dead/{self.name}", version="5", form="%p %P") as heard, \
                RawWeb(self.sluice.port("http")) as watch:
            self.assertEqual(watch.open_stream("/api/v1/events?event=webhook.failed").status, 200)
            ident = self.send("poison")
            self.send("good")
            line, = heard.wait_for(1)
            told = watch.message()
        self.assertEqual((told["event"], told["webhook"], told["delivery"], told["error"]),
                         ("webhook.failed", self.name, ident, "HTTP 400"))
        self.assertTrue(line.startswith("poison "), line)
        for part in ("error:HTTP 400", "attempts:3", f"url:{self.endpoint.url}", f"topic:{self.topic}/a"):
            self.assertIn(part, line)
        self.assertNotIn("hidden", line + self.sluice.log())
        self.endpoint.wait_for(4)  # the one behind it comes after it
        failed, = self.deliveries("failed")
        self.assertEqual((failed["id"], failed["attempts"], failed["status"], failed["error"]),
                         (ident, 3, 400, "HTTP 400"))
        self.assertEqual(post(f"{self.address}/deliveries/{ident}/retry", "").status, 202)
        self.assertEqual(self.endpoint.wait_for(5)[4].json["payload"], "poison")
        wait_until(lambda: self.deliveries("failed") == [], "it has not failed any more")
        again = post(f"{self.address}/deliveries/{ident}/retry", "")
        self.assertEqual((again.status, again.json["type"]), (404, "/problems/no-such-delivery"))

    def test_gone_means_never_again(self):
        self.make()
        self.endpoint.answer((410, {}, b""))
        self.send("1")
        wait_until(lambda: self.status()["state"] == "disabled", "it is disabled")
        self.send("2")
        self.assertEqual((len(self.endpoint.calls), self.status()["queued"]), (1, 2))
        self.make()
        self.assertEqual([call.json["payload"] for call in self.endpoint.wait_for(3)], ["1", "1", "2"])

    def test_redirects_are_not_followed(self):
        other = Endpoint()
        self.addCleanup(other.stop)
        self.make()
        self.endpoint.answer((302, {"Location": other.url}, b""))
        self.send("1")
        self.endpoint.wait_for(2)
        self.assertEqual(other.calls, [])

    def test_an_endpoint_that_is_down_or_hangs_delays_nobody(self):
        self.make(url=f"http://127.0.0.1:{free_port()}/")
        hanging = Endpoint()
        hanging.hold = threading.Event()
        self.addCleanup(hanging.stop)
        self.addCleanup(hanging.hold.set)
        body = {"url": hanging.url, "filters": [f"{self.topic}/#"], "order": "none"}
        put(f"{self.address}-2", json.dumps(body))
        self.addCleanup(lambda: delete(f"{self.address}-2"))
        with Subscriber(self.mqtt_port, f"{self.topic}/#") as heard:
            watch = Stopwatch()
            for number in range(30):
                publish(self.mqtt_port, f"{self.topic}/{number}", "x", qos=1)
            heard.wait_for(30)
            self.assertLess(watch.seconds(), 10)
        wait_until(lambda: self.status()["state"] == "failing", "its circuit is open")
        self.assertEqual(self.status()["queued"], 30)


class GuardTest(SluiceCase):
    """Nothing is allowed besides the public internet."""

    @classmethod
    def setUpClass(cls):
        cls.lines = (rules_file(cls),)
        super().setUpClass()

    def put(self, url, **members):
        body = {"url": url, "filters": ["a/#"], **members}
        return put(f"{self.web}/api/v1/webhooks/guarded", json.dumps(body))

    def test_addresses_of_ones_own_are_refused(self):
        for url in ("https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/",
                    "https://192.168.0.1:8443/", "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/",
                    "https://2130706433/", "https://0x7f000001/", "https://127.1/", "http://8.8.8.8/"):
            answer = self.put(url)
            self.assertEqual((answer.status, answer.json["type"]), (403, "/problems/target-not-allowed"), url)
            self.assertIn("webhook_allow", answer.json["hint"])
        self.assertEqual(get(f"{self.web}/api/v1/webhooks").json, {"data": []})

    def test_what_is_no_webhook_is_told(self):
        for members, part in (({"filter": "a"}, "'filter' is not"), ({"qos": 3}, "'qos' is"),
                              ({"filters": []}, "'filters' is"), ({"secret": "short"}, "'secret' is")):
            answer = self.put("https://example.org/", **members)
            self.assertEqual((answer.status, answer.json["type"]), (400, "/problems/body-not-readable"))
            self.assertIn(part, answer.json["detail"])
        self.assertEqual(self.put("https://ann:pw@example.org/").status, 400)
        self.assertEqual(put(f"{self.web}/api/v1/webhooks/a%20b", "{}").status, 400)
        for path in ("none", "none/deliveries"):
            answer = get(f"{self.web}/api/v1/webhooks/{path}")
            self.assertEqual((answer.status, answer.json["type"]), (404, "/problems/no-such-webhook"))


class RightsTest(unittest.TestCase):
    def setUp(self):
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.stop)

    def start(self, rules):
        sluice = DurableSluice(("webhook_allow 127.0.0.1", rules_file(self, rules)))
        sluice.start()
        self.addCleanup(sluice.stop)
        return sluice

    def test_who_makes_a_webhook_needs_the_right_to_each_part(self):
        base = "topic write open/#\ntopic write closed/#\n"
        body = json.dumps({"url": self.endpoint.url, "filters": ["open/#"]})
        for rules, status in ((base, 403), (base + "topic write $CONTROL/http/webhooks\n", 403),
                              (base + "topic write $CONTROL/http/webhooks\ntopic read open/#\n", 403),
                              (base + "topic write $CONTROL/http/webhooks\ntopic read open/#\ntopic write dead/#\n", 201)):
            sluice = self.start(rules)
            self.assertEqual(put(f"{sluice.base()}/api/v1/webhooks/a", body).status, status, rules)
            self.assertEqual(get(f"{sluice.base()}/api/v1/webhooks/a").status, 403)

    def test_nothing_is_called_with_what_its_maker_may_not_read(self):
        sluice = self.start("topic write #\ntopic write $CONTROL/#\ntopic read open/#\n")
        body = json.dumps({"url": self.endpoint.url, "filters": ["open/#"]})
        self.assertEqual(put(f"{sluice.base()}/api/v1/webhooks/a", body).status, 201)
        denied = put(f"{sluice.base()}/api/v1/webhooks/b", json.dumps({"url": self.endpoint.url, "filters": ["closed/#"]}))
        self.assertEqual((denied.status, denied.json["type"]), (403, "/problems/not-authorized"))
        post(f"{sluice.base()}/topics/closed/a", "1")
        post(f"{sluice.base()}/topics/open/a", "2")
        self.assertEqual(self.endpoint.wait_for(1)[0].json["payload"], "2")


class RestartTest(unittest.TestCase):
    threads = 1

    def setUp(self):
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.stop)
        self.sluice = DurableSluice(("webhook_allow 127.0.0.1", "history # 1h 1000", f"io_threads {self.threads}",
                                     rules_file(self)))
        self.sluice.start()
        self.addCleanup(lambda: self.sluice.stop())  # pylint: disable=unnecessary-lambda

    def test_a_webhook_goes_on_after_a_crash(self):
        address = f"{self.sluice.base()}/api/v1/webhooks/kept"
        hold = self.endpoint.hold = threading.Event()
        body = {"url": self.endpoint.url, "filters": ["a/#"], "secret": SECRET}
        self.assertEqual(put(address, json.dumps(body)).status, 201)
        for number in range(5):
            post(f"{self.sluice.base()}/topics/a/b", str(number))
        held, = self.endpoint.wait_for(1)
        self.sluice.crash()
        self.endpoint.hold = None
        hold.set()
        calls = self.endpoint.wait_for(6)
        self.assertEqual([call.json["payload"] for call in calls], ["0", "0", "1", "2", "3", "4"])
        self.assertEqual(calls[1].field("webhook-id"), held.field("webhook-id"))
        self.assertTrue(calls[5].is_signed_by(SECRET.encode()))
        self.assertEqual(get(address).json["secret"], "********")
        wait_until(lambda: get(address).json["status"]["queued"] == 0, "all is acknowledged")
        self.assertEqual(delete(address).status, 204)
        self.sluice.crash()
        self.assertEqual(get(address).status, 404)
        self.assertEqual(get(f"{self.sluice.base()}/api/v1/webhooks").json, {"data": []})

    def test_history_is_replayed(self):
        address = f"{self.sluice.base()}/api/v1/webhooks/late"
        for number in range(3):
            post(f"{self.sluice.base()}/topics/r/b", str(number))
        post(f"{self.sluice.base()}/topics/other", "x")
        put(address, json.dumps({"url": self.endpoint.url, "filters": ["r/#"]}))
        answer = post(f"{address}/replay", '{"since":"-1h"}')
        self.assertEqual((answer.status, answer.json), (202, {"queued": 3}))
        self.assertEqual([call.json["payload"] for call in self.endpoint.wait_for(3)], ["0", "1", "2"])
        for body in ("", "{}", '{"since":"yesterday"}', '{"since":"-1h","to":"now"}'):
            self.assertEqual(post(f"{address}/replay", body).json["type"], "/problems/body-not-readable")


class RestartWithThreadsTest(RestartTest):
    threads = 3


class TlsTest(unittest.TestCase):
    def test_a_certificate_has_to_be_good(self):
        folder = CertificateFolder()
        self.addCleanup(folder.close)
        endpoint = Endpoint((folder.file("server.crt"), folder.file("server.key")))
        self.addCleanup(endpoint.stop)
        for lines, good in (((), False), ((f"webhook_cafile {folder.file('ca.crt')}",), True)):
            sluice = DurableSluice(("webhook_allow 127.0.0.1", rules_file(self), *lines))
            sluice.start()
            self.addCleanup(sluice.stop)
            address = f"{sluice.base()}/api/v1/webhooks/safe"
            put(address, json.dumps({"url": endpoint.url, "filters": ["#"]}))
            answer = post(f"{address}/test", "").json
            self.assertEqual(answer["delivered"], good, answer)
            if not good:
                self.assertIn("certificate", answer["error"])


if __name__ == "__main__":
    unittest.main()
