"""REST sessions that are MQTT sessions: looked at, pulled, acknowledged, given back, streamed; taken over by an MQTT client
and back. The whole file runs with one thread and with three, where a session lives on another shard than its caller."""

import json
import pathlib
import subprocess
import tempfile
import threading
import unittest

import mosquitto_client
from conditions import PATIENCE_SECONDS, wait_until
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import RawWeb, curl, delete, get, post, put


class RestSessionTest(SluiceCase):
    def setUp(self):
        super().setUp()
        self.id = self.topic.replace("/", "-")
        self.url = f"{self.web}/api/v1/sessions/{self.id}"
        self.addCleanup(lambda: delete(self.url))

    def open(self, **terms):
        terms.setdefault("subscriptions", [{"filter": f"{self.topic}/#", "qos": 1}])
        answer = put(self.url, json.dumps(terms))
        self.assertIn(answer.status, (200, 201), answer)
        return answer.json

    def listed(self):
        return [each["id"] for each in get(f"{self.web}/api/v1/sessions").json["data"]]

    def publish(self, *payloads):
        for each in payloads:
            self.assertEqual(post(f"{self.web}/topics/{self.topic}/x", each).status, 200)

    def messages(self, query=""):
        answer = get(f"{self.url}/messages{query}")
        if answer.status == 204:
            return []
        self.assertEqual(answer.status, 200, answer)
        return answer.json["messages"]

    def payloads(self, query=""):
        return [each["payload"] for each in self.messages(query)]

    def call(self, verb, **body):
        answer = post(f"{self.url}/{verb}", json.dumps(body))
        if answer.status == 204:
            return []
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def pull(self, **body):
        answer = self.call("pull", **body)
        return answer["messages"] if answer else []

    def later(self, what):
        """Runs it beside the test; join() gives its answer."""
        said = []
        thread = threading.Thread(target=lambda: said.append(what()), daemon=True)
        thread.start()

        def join():
            thread.join(PATIENCE_SECONDS)
            self.assertTrue(said, "an answer came")
            return said[0]
        return join

    def waiters(self, query, count=1):
        """Requests that wait; there when the server has them all."""
        self.assertEqual(self.payloads(), [])
        return [self.later(lambda: get(f"{self.url}/messages{query}")) for _ in range(count)]

    # --- the lines of the contract ---

    def test_the_curl_lines_of_the_contract(self):
        script = r"""
curl -X PUT -H 'Content-Type: application/json' -d '{"subscriptions":[{"filter":"alarm/#","qos":1}],"expiry":86400}' "$B/api/v1/sessions/night-shift"
curl -d open "$B/topics/alarm/door"
curl "$B/api/v1/sessions/night-shift/messages?wait=20"
"""
        said = self.shell(script).splitlines()
        self.assertEqual(json.loads(said[0])["id"], "night-shift")
        found = json.loads(said[2])
        self.assertEqual(found["messages"][0]["payload"], "open")
        self.assertEqual(found["pending"], 0)
        line = """curl -d '{"upto":"k7-1042"}' "$B/api/v1/sessions/night-shift/ack\""""
        self.assertEqual(json.loads(self.shell(line)), {"acknowledged": 0})  # an id of another run
        line = line.replace("k7-1042", found["messages"][0]["id"])
        self.assertEqual(json.loads(self.shell(line)), {"acknowledged": 1})
        self.assertEqual(delete(f"{self.web}/api/v1/sessions/night-shift").status, 204)

    def shell(self, script):
        script = script.replace("curl ", f"curl -sS --max-time {PATIENCE_SECONDS} ")
        done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=False,
                              timeout=4 * PATIENCE_SECONDS, env={"B": self.web, "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_put_makes_a_session_once_and_shows_it(self):
        terms = {"subscriptions": [{"filter": f"{self.topic}/#", "qos": 1, "rh": 0, "rap": False, "nl": False}],
                 "expiry": 86400, "max_queued": 1000, "overflow": "drop-oldest", "lease": 30, "max_deliveries": 10,
                 "dead_letter": "dead/{id}"}
        made = put(self.url, json.dumps(terms))
        self.assertEqual(made.status, 201, made)
        self.assertEqual(made.field("Location"), f"/api/v1/sessions/{self.id}")
        again = put(self.url, json.dumps(terms))
        self.assertEqual(again.status, 200)
        self.assertEqual(again.json, made.json)
        shown = get(self.url).json
        for name in ("expiry", "max_queued", "overflow", "lease", "max_deliveries", "dead_letter"):
            self.assertEqual(shown[name], terms[name], name)
        self.assertEqual(shown["subscriptions"], [{"filter": f"{self.topic}/#", "qos": 1, "rap": False, "nl": False}])
        self.assertIn(self.id, self.listed())
        self.assertEqual(delete(self.url).status, 204)
        self.assertEqual(get(self.url).status, 404)
        self.assertEqual(delete(self.url).status, 404)

    def test_reading_is_safe_and_acknowledging_is_idempotent(self):
        self.open()
        self.publish("1", "2", "3")
        first = get(f"{self.url}/messages?max=2")
        self.assertEqual(get(f"{self.url}/messages?max=2").body, first.body)
        self.assertEqual(first.json["pending"], 1)
        upto = first.json["messages"][1]["id"]
        self.assertEqual(self.call("ack", upto=upto), {"acknowledged": 2})
        self.assertEqual(self.call("ack", upto=upto), {"acknowledged": 0})
        rest = self.messages()
        self.assertEqual([each["payload"] for each in rest], ["3"])
        self.assertEqual(self.call("ack", ids=[upto, rest[0]["id"]]), {"acknowledged": 1})
        self.assertEqual(get(f"{self.url}/messages").status, 204)
        self.assertEqual(get(self.url).json["acknowledged"], 3)

    def test_a_reader_waits_for_the_first_message(self):
        self.open()
        waiting, = self.waiters("?wait=60")
        self.publish("now")
        self.assertEqual(waiting().json["messages"][0]["payload"], "now")
        self.call("ack", upto=self.messages()[0]["id"])
        self.assertEqual(get(f"{self.url}/messages?wait=1").status, 204)

    # --- workers ---

    def test_workers_share_the_messages(self):
        self.open()
        numbers = [str(number) for number in range(40)]
        done, lock = [], threading.Lock()

        def work():
            while True:
                batch = self.pull(max=3, lease=60, wait=2)
                ids = [each["id"] for each in batch]
                self.call("ack", ids=ids)
                with lock:
                    done.extend(each["payload"] for each in batch)
                    if "end" in done:
                        return
        workers = [self.later(work) for _ in range(4)]
        self.publish(*numbers)
        wait_until(lambda: len(done) >= len(numbers), lambda: f"all was done: {done}")
        self.publish("end")
        wait_until(lambda: "end" in done, "the end came")
        self.assertEqual(sorted(done), sorted([*numbers, "end"]))
        self.publish("end", "end", "end")  # one for each of the others
        for worker in workers:
            worker()

    def test_what_is_not_acknowledged_in_time_comes_again(self):
        self.open()
        self.publish("1")
        first, = self.pull(lease=1)
        self.assertEqual(first["deliveries"], 1)
        self.assertNotIn("dup", first)
        self.assertEqual(self.pull(), [])
        self.assertEqual(self.payloads(), [])
        again, = self.pull(wait=20)
        self.assertEqual((again["id"], again["deliveries"], again["dup"]), (first["id"], 2, True))

    def test_leases_are_given_back_and_extended(self):
        self.open()
        self.publish("1", "2")
        one, two = self.pull(max=2, lease=60)
        self.assertEqual(self.call("nack", ids=[one["id"]]), {"returned": 1})
        self.assertEqual([each["payload"] for each in self.pull(lease=1)], ["1"])
        self.assertEqual(self.call("extend", ids=[one["id"], two["id"]], lease=60), {"extended": 2})
        self.assertEqual(self.call("nack", ids=[two["id"]], delay=1), {"returned": 1})
        self.assertEqual(self.pull(), [])
        self.assertEqual([each["payload"] for each in self.pull(wait=20)], ["2"])

    def test_what_nobody_can_work_on_is_a_dead_letter(self):
        dead = f"dead/{self.id}"
        with mosquitto_client.Subscriber(self.mqtt_port, dead, version="5", qos=1, form="%p %P") as undertaker:
            self.open(max_deliveries=2, dead_letter="dead/{id}")
            self.publish("poison")
            for _ in range(2):
                message, = self.pull()
                self.call("nack", ids=[message["id"]])
            told, = undertaker.wait_for(1)
            self.assertIn("poison", told)
            for part in ("why:max-deliveries", "deliveries:2", f"topic:{self.topic}/x"):
                self.assertIn(part, told)
        self.assertEqual(self.payloads(), [])
        self.assertEqual(get(self.url).json["given_up"], 1)

    def test_a_full_queue_follows_its_policy(self):
        self.open(max_queued=2)
        self.publish("1", "2", "3")
        self.assertEqual(self.payloads(), ["2", "3"])
        self.open(max_queued=2, overflow="drop-newest")
        self.publish("4")
        self.assertEqual(self.payloads(), ["2", "3"])
        self.assertEqual(get(self.url).json["dropped"], 2)

    # --- MQTT ---

    def test_an_mqtt_client_takes_the_session_over_and_back(self):
        self.open()
        self.publish("1", "2")
        self.call("ack", ids=[self.messages()[0]["id"]])
        self.call("ack", ids=[self.pull(lease=60)[0]["id"]])
        waiting, = self.waiters("?wait=60")
        with mosquitto_client.Subscriber(self.mqtt_port, f"{self.topic}/#", qos=1, extra=("-c", "-i", self.id),
                                         form="%p") as phone:
            ended = waiting()
            self.assertEqual((ended.status, ended.json["type"]), (409, "/problems/session-taken-over"))
            self.assertEqual(get(f"{self.url}/messages").status, 409)
            self.assertEqual(delete(self.url).status, 409)
            self.assertTrue(get(self.url).json["connected"])
            self.publish("3")
            self.assertEqual(phone.wait_for(1), ["3"])
            phone.leave()
        wait_until(lambda: not get(self.url).json["connected"], "the client is gone")
        self.publish("4")
        self.assertEqual(self.payloads(), ["4"])
        with mosquitto_client.Subscriber(self.mqtt_port, f"{self.topic}/#", qos=1, extra=("-c", "-i", self.id),
                                         form="%p") as phone:
            self.assertEqual(phone.wait_for(1), ["4"])

    def test_a_message_that_a_killed_client_had_comes_again(self):
        self.open()
        with mosquitto_client.Subscriber(self.mqtt_port, f"{self.topic}/#", qos=1, extra=("-c", "-i", self.id)) as phone:
            phone.kill()
        wait_until(lambda: not get(self.url).json["connected"], "the client is gone")
        self.publish("kept")
        self.assertEqual(self.payloads("?wait=20"), ["kept"])

    def test_what_mosquitto_publishes_at_qos_0_waits_too(self):
        self.open()
        mosquitto_client.publish(self.mqtt_port, f"{self.topic}/a", "quick")
        self.assertEqual(self.payloads("?wait=20"), ["quick"])

    # --- subscriptions ---

    def test_subscriptions_come_and_go(self):
        put(f"{self.web}/topics/{self.topic}/kept", "retained")
        self.open(subscriptions=[])
        added = post(f"{self.url}/subscriptions", json.dumps({"subscriptions": [{"filter": f"{self.topic}/+", "qos": 2}]}))
        self.assertEqual(added.json, {"results": [{"filter": f"{self.topic}/+", "reason_code": 2}]})
        found, = self.messages()
        self.assertEqual((found["payload"], found["retain"]), ("retained", True))
        self.call("ack", upto=found["id"])
        self.open(subscriptions=[{"filter": f"{self.topic}/+", "qos": 2}])
        self.assertEqual(self.payloads(), [], "what was there brings nothing retained")
        ended = delete(f"{self.url}/subscriptions?filter={self.topic}/%2B&filter=nothing")
        self.assertEqual([each["reason_code"] for each in ended.json["results"]], [0, 17])
        self.publish("unseen")
        self.assertEqual(self.payloads(), [])

    def test_shared_subscriptions_share(self):
        other = f"{self.web}/api/v1/sessions/{self.id}-other"
        self.addCleanup(lambda: delete(other))
        shared = [{"filter": f"$share/g/{self.topic}/#"}]
        self.open(subscriptions=shared)
        self.assertEqual(put(other, json.dumps({"subscriptions": shared})).status, 201)
        self.publish(*"abcd")
        both = [*self.payloads(), *(each["payload"] for each in get(f"{other}/messages").json["messages"])]
        self.assertEqual(sorted(both), list("abcd"))

    # --- the stream ---

    def test_the_stream_resumes_where_its_reader_was(self):
        self.open()
        self.publish("1", "2")
        with RawWeb(self.sluice.port("http")) as web:
            self.assertEqual(web.open_stream(f"/api/v1/sessions/{self.id}/stream").status, 200)
            self.assertIn("retry", web.event())
            first, second = web.event(), web.event()
            self.assertEqual(json.loads(first["data"])["id"], first["id"])
            self.assertEqual(json.loads(second["data"])["payload"], "2")
            self.publish("3")
            self.assertEqual(json.loads(web.event()["data"])["payload"], "3")
            self.assertEqual(self.payloads(), [], "the stream has them")
        with RawWeb(self.sluice.port("http")) as web:
            web.open_stream(f"/api/v1/sessions/{self.id}/stream", Last_Event_ID=second["id"])
            web.event()
            last = json.loads(web.event()["data"])
            self.assertEqual((last["payload"], last["dup"]), ("3", True))
            self.assertEqual(get(self.url).json["acknowledged"], 2)
        wait_until(lambda: self.payloads() == ["3"], "the stream let go")

    def test_the_newest_stream_is_the_only_one_and_mqtt_ends_it(self):
        self.open()
        with RawWeb(self.sluice.port("http")) as old, RawWeb(self.sluice.port("http")) as new:
            old.open_stream(f"/api/v1/sessions/{self.id}/stream")
            old.event()
            new.open_stream(f"/api/v1/sessions/{self.id}/stream")
            new.event()
            self.assertEqual(old.event()["event"], "replaced")
            with mosquitto_client.Subscriber(self.mqtt_port, f"{self.topic}/#", extra=("-c", "-i", self.id)):
                self.assertEqual(new.event()["event"], "taken-over")

    # --- what is wrong ---

    def test_what_cannot_be_read_is_told(self):
        for body, word in (("[]", "object"), ("{", "object"), ('{"expire":1}', "expire"), ('{"expiry":0}', "expiry"),
                           ('{"lease":-1}', "lease"), ('{"overflow":"x"}', "overflow"),
                           ('{"subscriptions":[{"filter":"a/#/b"}]}', "a/#/b"),
                           ('{"subscriptions":[{"filter":"a","qos":3}]}', "a"),
                           ('{"subscriptions":[{"filter":"a"},{"filter":"a"}]}', "twice"),
                           ('{"subscriptions":[{"filter":"$share/g/a","nl":true}]}', "nl"),
                           ('{"dead_letter":"a/+"}', "dead_letter"),
                           ('{"subscriptions":[{"filter":"dead/#"}],"dead_letter":"dead/{id}"}', "come back")):
            answer = put(self.url, body)
            self.assertEqual(answer.status, 400, body)
            self.assertIn(word, answer.json.get("detail", ""), body)
        self.assertEqual(get(self.url).status, 404)
        self.open()
        for verb, body in (("ack", "{}"), ("ack", '{"upto":"x-1","ids":[]}'), ("ack", '{"upto":"seven"}'), ("nack", '{"ids":7}'),
                           ("nack", '{"ids":[],"lease":1}'), ("extend", '{"ids":[],"lease":0}'), ("pull", '{"max":0}'),
                           ("subscriptions", "{}")):
            self.assertEqual(post(f"{self.url}/{verb}", body).status, 400, (verb, body))
        for wrong in ("/messages?max=0", "/messages?qos=1", "/messages?filter=a", "/stream?max=1", "?wait=1"):
            self.assertEqual(get(self.url + wrong).status, 400, wrong)
        self.assertEqual(delete(f"{self.url}/subscriptions").status, 400)

    def test_there_is_no_session_that_nobody_made(self):
        missing = get(f"{self.url}/messages")
        self.assertEqual((missing.status, missing.json["type"]), (404, "/problems/no-such-session"))
        self.assertIn("-X PUT", missing.json["try"])
        for verb in ("pull", "ack", "nack", "extend", "subscriptions"):
            body = {"ack": '{"ids":[]}', "nack": '{"ids":[]}', "extend": '{"ids":[]}',
                    "subscriptions": '{"subscriptions":[]}'}.get(verb, "{}")
            self.assertEqual(post(f"{self.url}/{verb}", body).status, 404, verb)
        self.assertEqual(get(f"{self.url}/stream").status, 404)
        self.assertEqual(curl(f"{self.url}/stream", "-I").status, 200)  # HEAD disturbs nobody
        self.assertEqual(get(f"{self.web}/api/v1/sessions/{'x' * 600}").status, 400)

    def test_a_session_that_nobody_calls_ends(self):
        self.open(expiry=1)
        with RawWeb(self.sluice.port("http")) as web:
            web.open_stream(f"/api/v1/sessions/{self.id}/stream")
            web.event()
            self.publish("1")
            web.event()
        wait_until(lambda: self.id not in self.listed(), "the session ended")
        self.assertEqual(get(self.url).status, 404)


class RestSessionOnThreeShardsTest(RestSessionTest):
    lines = ("io_threads 3",)


class RestSessionOwnersTest(SluiceCase):
    """Whose a session is, and what it may have."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        passwords, acl = pathlib.Path(folder.name) / "passwords", pathlib.Path(folder.name) / "acl"
        for number, name in enumerate(("ann", "bob")):
            run_to_end("passwd", "-b", *(("-c",) if number == 0 else ()), str(passwords), name, name + "pw")
        acl.write_text("user ann\ntopic readwrite open/#\ntopic readwrite ann/#\nuser bob\ntopic readwrite open/#\n",
                       encoding="utf-8")
        cls.lines = (f"password_file {passwords}", f"acl_file {acl}", "io_threads 3")
        super().setUpClass()

    def test_a_session_is_its_users_alone(self):
        url = f"{self.web}/api/v1/sessions/hers"
        ann, bob = ("-u", "ann:annpw"), ("-u", "bob:bobpw")
        body = json.dumps({"subscriptions": [{"filter": "open/#"}]})
        self.assertEqual(put(url, body, *ann).status, 201)
        post(f"{self.web}/topics/open/x", "1", *ann)
        for answer in (get(url, *bob), get(f"{url}/messages", *bob), get(f"{url}/messages"), delete(url, *bob),
                       post(f"{url}/pull", "", *bob), post(f"{url}/ack", '{"ids":[]}', *bob), get(f"{url}/stream", *bob)):
            self.assertEqual(answer.status, 404, answer)
        self.assertEqual(put(url, body, *bob).status, 403)
        self.assertEqual(get(f"{self.web}/api/v1/sessions", *bob).json["data"], [])
        self.assertEqual([each["payload"] for each in get(f"{url}/messages", *ann).json["messages"]], ["1"])

    def test_the_access_rules_hold(self):
        url = f"{self.web}/api/v1/sessions/his"
        bob = ("-u", "bob:bobpw")
        for body in ({"subscriptions": [{"filter": "ann/#"}]}, {"subscriptions": [{"filter": "open/#"}], "dead_letter": "ann/d"}):
            answer = put(url, json.dumps(body), *bob)
            self.assertEqual(answer.status, 403, answer)
            self.assertIn("ann/", answer.json["detail"])
        self.assertEqual(get(url, *bob).status, 404)
        self.assertEqual(put(url, "", *bob).status, 201)
        more = json.dumps({"subscriptions": [{"filter": "ann/#"}]})
        self.assertEqual(post(f"{url}/subscriptions", more, *bob).status, 403)
        more = json.dumps({"subscriptions": [{"filter": "ann/#"}, {"filter": "open/#"}]})
        answer = post(f"{url}/subscriptions", more, *bob)
        self.assertEqual([each["reason_code"] for each in answer.json["results"]], [135, 1])

    def test_an_mqtt_clients_session_is_not_for_others(self):
        with mosquitto_client.Subscriber(self.mqtt_port, "open/#", extra=("-c", "-i", "phone", "-u", "ann", "-P", "annpw")):
            self.assertEqual(put(f"{self.web}/api/v1/sessions/phone", "", "-u", "bob:bobpw").status, 403)
            self.assertEqual(put(f"{self.web}/api/v1/sessions/phone", "", "-u", "ann:annpw").status, 409)


if __name__ == "__main__":
    unittest.main()
