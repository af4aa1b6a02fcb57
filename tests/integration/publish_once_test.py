"""Publishing with care: Idempotency-Key, merge patches, acknowledgements, and messages that are published later."""

import json
import threading
import unittest

from conditions import Stopwatch, wait_until
from durable_sluice import DurableSluice
from mosquitto_client import Subscriber
from paho_client import V5, PahoClient
from sluice_case import SluiceCase
from web_client import RawWeb, curl, delete, get, post, put


def patch(url, body, *arguments):
    return curl(url, "-X", "PATCH", "--data-binary", body, *arguments)


class IdempotencyTest(SluiceCase):
    def test_a_repeated_request_is_done_once_and_answered_the_same(self):
        key = ("-H", f"Idempotency-Key: {self.topic}")
        with Subscriber(self.mqtt_port, self.topic) as reader:
            first = post(f"{self.web}/topics/{self.topic}?qos=2", "1", *key)
            again = post(f"{self.web}/topics/{self.topic}?qos=2", "1", *key)
            post(f"{self.web}/topics/{self.topic}", "end")
            self.assertEqual(reader.wait_for(2), [f"{self.topic} 1", f"{self.topic} end"])
        self.assertIsNone(first.field("Idempotency-Replayed"))
        self.assertEqual(again.field("Idempotency-Replayed"), "true")
        self.assertEqual((again.status, again.json), (first.status, first.json))
        self.assertEqual(again.field("Mqtt-Matched"), first.field("Mqtt-Matched"))

    def test_another_request_with_the_key_is_refused(self):
        key = ("-H", f'Idempotency-Key: "{self.topic}"')
        self.assertEqual(put(f"{self.web}/topics/{self.topic}", "1", *key).status, 201)
        for answer in (put(f"{self.web}/topics/{self.topic}", "2", *key), post(f"{self.web}/topics/{self.topic}", "1", *key),
                       put(f"{self.web}/topics/{self.topic}/x", "1", *key),
                       put(f"{self.web}/topics/{self.topic}", "1", *key, "-H", "Mqtt-User-Property: a=b")):
            self.assertEqual((answer.status, answer.json["type"]), (422, "/problems/key-used-otherwise"))
        self.assertEqual(put(f"{self.web}/topics/{self.topic}", "1", *key).status, 201)

    def test_a_request_that_did_nothing_may_come_again(self):
        key = ("-H", f"Idempotency-Key: {self.topic}")
        self.assertEqual(post(f"{self.web}/topics/{self.topic}?qos=9", "1", *key).status, 400)
        self.assertEqual(post(f"{self.web}/topics/{self.topic}", "1", *key).status, 200)

    def test_the_same_request_while_it_is_being_answered_is_told_so(self):
        key = f"Idempotency-Key: {self.topic}"
        with Subscriber(self.mqtt_port, self.topic):
            with RawWeb(self.sluice.port("http"), f"POST /topics/{self.topic}?reply=20 HTTP/1.1\r\nHost: localhost\r\n"
                                                  f"{key}\r\nContent-Length: 1\r\n\r\n1"):
                def running():
                    answer = post(f"{self.web}/topics/{self.topic}?reply=20", "1", "-H", key, "-H", "Content-Type:")
                    return answer if answer.status != 200 else None
                answer = wait_until(running, "the second is refused")
        self.assertEqual((answer.status, answer.json["type"]), (409, "/problems/request-still-running"))

    def test_a_delete_counts_as_well(self):
        key = ("-H", f"Idempotency-Key: {self.topic}")
        put(f"{self.web}/topics/{self.topic}", "1")
        self.assertEqual(delete(f"{self.web}/topics/{self.topic}", *key).status, 204)
        again = delete(f"{self.web}/topics/{self.topic}", *key)
        self.assertEqual((again.status, again.field("Idempotency-Replayed")), (204, "true"))
        self.assertEqual(delete(f"{self.web}/topics/{self.topic}").status, 404)


class PatchTest(SluiceCase):
    def value(self):
        return get(f"{self.web}/topics/{self.topic}").text

    def test_members_change_and_the_rest_stays_as_it_was(self):
        put(f"{self.web}/topics/{self.topic}", '{"on":true,"n":1.50,"gone":1}', "-H", "Content-Type: application/json",
            "-H", "Mqtt-User-Property: unit=C")
        answer = patch(f"{self.web}/topics/{self.topic}", '{"on":false,"gone":null,"new":{"a":1}}')
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.value(), '{"on":false,"n":1.50,"new":{"a":1}}')
        now = get(f"{self.web}/topics/{self.topic}")
        self.assertEqual(now.field("ETag"), answer.field("ETag"))
        self.assertEqual((now.field("Content-Type"), now.field("Mqtt-User-Property")), ("application/json", "unit=C"))

    def test_conditions_hold(self):
        tag = put(f"{self.web}/topics/{self.topic}", "{}").field("ETag")
        self.assertEqual(patch(f"{self.web}/topics/{self.topic}", '{"a":1}', "-H", f"If-Match: {tag}").status, 200)
        answer = patch(f"{self.web}/topics/{self.topic}", '{"a":2}', "-H", f"If-Match: {tag}")
        self.assertEqual((answer.status, answer.json["type"]), (412, "/problems/changed-meanwhile"))
        self.assertEqual(self.value(), '{"a":1}')

    def test_what_cannot_be_patched_is_told(self):
        self.assertEqual(patch(f"{self.web}/topics/{self.topic}", '{"a":1}').status, 404)
        put(f"{self.web}/topics/{self.topic}", "21.5 C")
        self.assertEqual(patch(f"{self.web}/topics/{self.topic}", '{"a":1}').json["type"], "/problems/not-json")
        put(f"{self.web}/topics/{self.topic}", "{}")
        self.assertEqual(patch(f"{self.web}/topics/{self.topic}", "{a:1}").status, 422)
        answer = patch(f"{self.web}/topics/{self.topic}", "{}", "-H", "Content-Type: application/json-patch+json")
        self.assertEqual((answer.status, "merge-patch" in answer.field("Accept-Patch")), (415, True))
        self.assertIn("merge-patch", curl(f"{self.web}/topics/{self.topic}", "-X", "OPTIONS").field("Accept-Patch"))

    def test_no_change_of_others_is_lost(self):
        put(f"{self.web}/topics/{self.topic}", "{}")
        names = [f"n{number}" for number in range(24)]
        threads = [threading.Thread(target=patch, args=(f"{self.web}/topics/{self.topic}", json.dumps({name: 1})))
                   for name in names]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(json.loads(self.value()), {name: 1 for name in names})


class AwaitTest(SluiceCase):
    def test_the_receipt_tells_how_many_have_acknowledged(self):
        with Subscriber(self.mqtt_port, self.topic, qos=1), Subscriber(self.mqtt_port, self.topic, qos=2), \
                Subscriber(self.mqtt_port, self.topic, qos=0):
            answer = post(f"{self.web}/topics/{self.topic}?await=acks&qos=2&timeout=20", "1")
        self.assertEqual((answer.status, answer.json["matched"], answer.json["acked"]), (200, 3, 2))

    def test_a_receiver_that_does_not_acknowledge_is_waited_for_until_the_timeout(self):
        with PahoClient(self.mqtt_port, self.topic.replace("/", "-"), V5) as reader:
            reader.subscribe(self.topic, 1)
            held = threading.Event()
            reader.client.on_message = lambda *_: held.wait(20)
            watch = Stopwatch()
            answer = post(f"{self.web}/topics/{self.topic}?await=acks&timeout=500ms", "1")
            held.set()
        self.assertEqual((answer.json["matched"], answer.json["acked"]), (1, 0))
        self.assertGreaterEqual(watch.seconds(), 0.5)

    def test_nobody_there_is_answered_at_once(self):
        watch = Stopwatch()
        self.assertEqual(post(f"{self.web}/topics/{self.topic}?await=acks&timeout=30", "1").json["acked"], 0)
        self.assertLess(watch.seconds(), 10)

    def test_misuse_is_refused(self):
        for options in ("await=all", "timeout=5", "await=acks&timeout=x", "await=acks&delay=1s"):
            self.assertEqual(post(f"{self.web}/topics/{self.topic}?{options}", "1").status, 400, options)


class ThreadedAwaitTest(AwaitTest):
    lines = ("io_threads 3",)


class DelayTest(SluiceCase):
    lines = ("io_threads 2",)

    def test_a_message_comes_when_its_time_has_come(self):
        with Subscriber(self.mqtt_port, self.topic, form="%t %p %r") as reader:
            watch = Stopwatch()
            answer = post(f"{self.web}/topics/{self.topic}?delay=1s", "later")
            self.assertEqual(answer.status, 202)
            self.assertIn("delayed_until", answer.json)
            self.assertEqual(reader.wait_for(1), [f"{self.topic} later 0"])
            self.assertGreaterEqual(watch.seconds(), 1)
        self.assertEqual(put(f"{self.web}/topics/{self.topic}?delay=100ms", "kept").status, 202)
        wait_until(lambda: get(f"{self.web}/topics/{self.topic}").status == 200, "the value is there")

    def test_misuse_is_refused(self):
        for options in ("delay=0", "delay=soon", "delay=40d"):
            self.assertEqual(post(f"{self.web}/topics/{self.topic}?{options}", "1").status, 400, options)


class RestartTest(unittest.TestCase):
    def test_keys_and_delayed_messages_outlive_the_process(self):
        sluice = DurableSluice().start()
        self.addCleanup(sluice.clean_up)
        web = sluice.base("http")
        key = ("-H", "Idempotency-Key: k1")
        first = put(f"{web}/topics/a", "1", *key)
        self.assertEqual(put(f"{web}/topics/later?delay=1s", "x").status, 202)
        self.assertEqual(put(f"{web}/topics/much-later?delay=1h", "x").status, 202)
        sluice.crash()
        again = put(f"{web}/topics/a", "1", *key)
        self.assertEqual((again.status, again.field("Idempotency-Replayed")), (first.status, "true"))
        wait_until(lambda: get(f"{web}/topics/later").status == 200, "what was due is there")
        self.assertEqual(get(f"{web}/topics/much-later").status, 404)
