"""?reply=: a question over HTTP, answered by MQTT devices."""

import pathlib
import tempfile
import threading

import paho.mqtt.properties as properties
from paho.mqtt.packettypes import PacketTypes

from conditions import Stopwatch, wait_until
from mosquitto_client import Subscriber
from paho_client import V311, V5, PahoClient
from sluice_case import SluiceCase
from web_client import get, post


class Responder(PahoClient):
    """Answers what it gets on the Response Topic with the Correlation Data, as MQTT 5 section 4.10 says."""

    def __init__(self, port, name, topic, answer, replies_to=None, content_type=None):
        super().__init__(port, name, V311 if replies_to else V5)
        self.topic, self.answer, self.replies_to, self.content_type = topic, answer, replies_to, content_type

    def on_message(self, client, userdata, message):
        super().on_message(client, userdata, message)
        if self.replies_to:
            client.publish(self.replies_to, self.answer, 1)
            return
        told = properties.Properties(PacketTypes.PUBLISH)
        told.CorrelationData = message.properties.CorrelationData
        if self.content_type:
            told.ContentType = self.content_type
        client.publish(message.properties.ResponseTopic, self.answer, 1, properties=told)

    def __enter__(self):
        super().__enter__()
        self.subscribe(self.topic, 1)
        return self


class RequestReplyTest(SluiceCase):
    def test_the_answer_of_the_device_is_the_answer_of_the_request(self):
        with Responder(self.mqtt_port, "device-7", f"{self.topic}/rpc", '{"up":1}', content_type="application/json"):
            answer = post(f"{self.web}/topics/{self.topic}/rpc?reply=5", '{"cmd":"status"}')
        self.assertEqual((answer.status, answer.text), (200, '{"up":1}'))
        self.assertEqual(answer.field("Content-Type"), "application/json")
        self.assertTrue(answer.field("Mqtt-Topic").startswith("$reply/"), answer)

    def test_nobody_there_is_told_at_once(self):
        watch = Stopwatch()
        answer = post(f"{self.web}/topics/{self.topic}?reply=20", "hello")
        self.assertEqual((answer.status, answer.json["type"]), (409, "/problems/no-subscribers"))
        self.assertLess(watch.seconds(), 5)

    def test_a_device_that_is_silent_ends_in_504(self):
        with Subscriber(self.mqtt_port, self.topic):
            answer = post(f"{self.web}/topics/{self.topic}?reply=1", "hello")
        self.assertEqual((answer.status, answer.json["type"]), (504, "/problems/reply-timeout"))

    def test_a_device_of_version_3_answers_where_both_agreed(self):
        with Responder(self.mqtt_port, "old", self.topic, "fine", replies_to=f"{self.topic}/out"):
            answer = post(f"{self.web}/topics/{self.topic}?reply=5&reply_topic={self.topic}/out", "hello")
        self.assertEqual((answer.status, answer.text), (200, "fine"))

    def test_answers_of_many_are_collected(self):
        with Responder(self.mqtt_port, "a", self.topic, "1"), Responder(self.mqtt_port, "b", self.topic, "2"):
            two = post(f"{self.web}/topics/{self.topic}?reply=10&collect=2", "who?")
            all_of_them = post(f"{self.web}/topics/{self.topic}?reply=1&collect=all", "who?")
        for answer in (two, all_of_them):
            self.assertEqual(answer.status, 200)
            self.assertEqual(sorted(each["payload"] for each in answer.json), ["1", "2"])
            self.assertEqual(answer.field("Mqtt-Count"), "2")

    def test_nobody_can_listen_to_answers_and_nothing_stays_there(self):
        with PahoClient(self.mqtt_port, "spy", V5) as spy:
            self.assertEqual(spy.subscribe("$reply/#", 1), [135])
        self.assertEqual(get(f"{self.web}/topics/%24reply/%23?stream").status, 403)
        with Responder(self.mqtt_port, "r", self.topic, "x"):
            answer = post(f"{self.web}/topics/{self.topic}?reply=5", "q")
            late = post(f"{self.web}/topics/{answer.field('Mqtt-Topic').replace('$', '%24')}?retain=1", "late")
        self.assertEqual((late.status, late.json["matched"]), (200, 0))
        self.assertEqual(get(f"{self.web}/topics/%24reply?tree").json, [])

    def test_what_does_not_go_together_is_refused(self):
        for options in ("reply=0", "reply=5&retain=1", "reply=5&delay=1s", "reply=5&response_topic=a", "collect=2",
                        "reply_topic=a", "reply=5&collect=0", "reply=5&reply_topic=a/%23"):
            with self.subTest(options=options):
                self.assertEqual(post(f"{self.web}/topics/{self.topic}?{options}", "x").status, 400)

    def test_many_questions_at_once_get_their_own_answers(self):
        class Echo(Responder):
            def on_message(self, client, userdata, message):
                self.answer = message.payload
                super().on_message(client, userdata, message)
        answers = {}
        with Echo(self.mqtt_port, "echo", self.topic, b""):
            def ask(number):
                answers[number] = post(f"{self.web}/topics/{self.topic}?reply=20", str(number)).text
            threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        self.assertEqual(answers, {number: str(number) for number in range(20)})


class ThreadedRequestReplyTest(RequestReplyTest):
    lines = ("io_threads 3",)


class RestrictedRequestReplyTest(SluiceCase):
    """The device's rules name its own topic only; the reply topic needs no line."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="sluice-acl-")
        cls.addClassCleanup(cls.folder.cleanup)
        path = pathlib.Path(cls.folder.name) / "acl"
        path.write_text("topic readwrite dev/#\n", encoding="utf-8")
        cls.lines = (f"acl_file {path}", "allow_anonymous true")
        super().setUpClass()

    def test_the_device_may_answer_and_nothing_else(self):
        with Responder(self.mqtt_port, "device-7", "dev/7/rpc", "ok") as device:
            answer = post(f"{self.web}/topics/dev/7/rpc?reply=5", "q")
            self.assertEqual((answer.status, answer.text), (200, "ok"))
            self.assertEqual(device.subscribe("$reply/#", 1), [135])
            self.assertEqual(post(f"{self.web}/topics/other?reply=5", "q").status, 403)
            self.assertEqual(post(f"{self.web}/topics/dev/7/rpc?reply=5&reply_topic=other", "q").status, 403)
            wait_until(lambda: len(device.messages) == 1, "no other question arrived")
