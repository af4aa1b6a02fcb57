"""What administrators see and do by HTTP: clients, subscriptions, retained values, rights, users, the process."""

import pathlib
import tempfile

from conditions import wait_until
from mosquitto_client import Subscriber, publish
from paho_client import V5, PahoClient
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import RawWeb, curl, delete, get, post, put

ADMIN = ("-u", "admin:adminpw")
ALICE = ("-u", "alice:alicepw")

ACL = """topic read open/#
user admin
topic readwrite $CONTROL/#
topic readwrite #
user alice
topic readwrite t/#
topic read home/#
topic deny home/secret
user reader
topic read $CONTROL/http/clients
pattern readwrite own/%u/#
user admin
topic read $SYS/#
user carol
topic readwrite $CONTROL/http/users
"""


def hashed(folder, name):
    path = folder / "hash"
    path.unlink(missing_ok=True)
    outcome = run_to_end("passwd", "-b", "-c", str(path), name, name + "pw")
    if outcome.returncode != 0:
        raise AssertionError(outcome.stderr)
    return path.read_text(encoding="utf-8")


def words(name):
    return ("-u", name, "-P", name + "pw")


class AdminCase(SluiceCase):
    threads = 1

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-admin-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.passwords = cls.folder / "passwords"
        cls.acl = cls.folder / "acl"
        cls.passwords.write_text("# ours\n" + "".join(hashed(cls.folder, name) for name in ("admin", "alice", "reader")),
                                 encoding="utf-8")
        cls.acl.write_text(ACL, encoding="utf-8")
        cls.lines = (f"password_file {cls.passwords}", f"acl_file {cls.acl}",
                     f"io_threads {cls.threads}", "sys_interval 1")
        cls.listeners = {"mqtt": (), "http": (), "http_api": ()}
        super().setUpClass()

    def api(self, path, *more, user=ADMIN):
        return get(self.web + "/api/v1" + path, *user, *more)

    def client_id(self, name):
        return (self.topic + "-" + name).replace("/", "-")

    def subscriber(self, name, *filters, user="alice", version="311", qos=0, more=()):
        """A client of that name that subscribes to filters."""
        extra = ("-i", self.client_id(name), *words(user), *more)
        return Subscriber(self.mqtt_port, *filters, version=version, qos=qos, extra=extra)


class Clients(AdminCase):
    def test_clients_are_listed_page_by_page(self):
        with self.subscriber("a", "t/a"), self.subscriber("b", "t/b", version="5"), self.subscriber("c", "t/c"):
            query = f"/clients?q={self.client_id('')}&limit=2&count=1"
            first = self.api(query).json
            self.assertEqual([self.client_id("a"), self.client_id("b")], [row["client_id"] for row in first["data"]])
            self.assertEqual(3, first["count"])
            self.assertEqual(["3.1.1", "5.0"], [row["protocol"] for row in first["data"]])
            row = first["data"][0]
            self.assertEqual(("alice", True, "mqtt", "password", 1),
                             (row["user"], row["connected"], row["transport"], row["authenticated_by"], row["subscriptions"]))
            answer = self.api(query + "&cursor=" + first["next"])
            self.assertEqual([self.client_id("c")], [row["client_id"] for row in answer.json["data"]])
            self.assertNotIn("next", answer.json)
            self.assertIn('rel="next"', self.api(query).field("Link"))

    def test_what_is_asked_for_has_to_be_so(self):
        with self.subscriber("a", "t/a"), self.subscriber("b", "t/b", user="admin"):
            def names(query):
                return [row["client_id"] for row in self.api(f"/clients?q={self.client_id('')}&{query}").json["data"]]
            both = [self.client_id("a"), self.client_id("b")]
            self.assertEqual([both[0]], names("user=alice"))
            self.assertEqual(both, names("transport=mqtt&connected=1&ip=127.0.0.1"))
            self.assertEqual([], names("transport=websocket"))
            self.assertEqual([], names("connected=0"))
            self.assertEqual([], names("ip=127.0.0.2"))
            answer = self.api(f"/clients?q={both[0]}&fields=client_id,user")
            self.assertEqual([{"client_id": both[0], "user": "alice"}], answer.json["data"])
        self.assertEqual(400, self.api("/clients?transport=pigeon").status)
        self.assertEqual(400, self.api("/clients?fields=nonsense").status)
        self.assertEqual(400, self.api("/clients?lmit=2").status)
        self.assertEqual(400, self.api("/clients?cursor=*").status)

    def test_one_client_has_a_tag_and_its_filters(self):
        with self.subscriber("one", "t/x", qos=1):
            path = "/clients/" + self.client_id("one")
            answer = self.api(path)
            self.assertEqual([{"filter": "t/x", "qos": 1}], answer.json["filters"])
            self.assertEqual(304, self.api(path, "-H", "If-None-Match: " + answer.field("ETag")).status)
        answer = self.api("/clients/nobody%2Fat%2Fall")
        self.assertEqual((404, "/problems/no-such-client"), (answer.status, answer.json["type"]))

    def test_a_session_that_is_away_is_listed(self):
        with self.subscriber("away", "t/x", qos=1, more=("-c",)) as client:
            client.leave()
        publish(self.mqtt_port, "t/x", "1", *words("alice"), qos=1)
        row = self.api("/clients/" + self.client_id("away")).json
        self.assertEqual((False, None, 1), (row["connected"], row["transport"], row["queued"]))

    def test_a_client_is_disconnected_and_told_why(self):
        client = PahoClient(self.mqtt_port, self.client_id("v5"), V5)
        client.client.username_pw_set("alice", "alicepw")
        with client:
            path = "/api/v1/clients/" + self.client_id("v5")
            self.assertEqual(403, delete(self.web + path, *ALICE).status)
            self.assertEqual(204, delete(self.web + path, *ADMIN).status)
            self.assertEqual(0x98, client.wait_for_disconnect())
        self.assertEqual(404, delete(self.web + "/api/v1/clients/nobody", *ADMIN).status)

    def test_an_administrator_subscribes_a_client_by_its_own_rights(self):
        with self.subscriber("sub", "t/first") as client:
            path = self.web + "/api/v1/clients/" + self.client_id("sub") + "/subscriptions"
            answer = post(path, '{"filter":"t/second","qos":1}', *ADMIN)
            self.assertEqual((200, 1), (answer.status, answer.json["qos"]), answer)
            publish(self.mqtt_port, "t/second", "hello", *words("alice"))
            self.assertEqual(["t/second hello"], client.wait_for(1))
            self.assertEqual(403, post(path, '{"filter":"elsewhere/#"}', *ADMIN).status)
            self.assertEqual(400, post(path, '{"filter":"a/#/b"}', *ADMIN).status)
            self.assertEqual(400, post(path, '{"filter":"t/x","qos":3}', *ADMIN).status)
            self.assertEqual(400, post(path, '{"fliter":"t/x"}', *ADMIN).status)
            self.assertEqual(400, post(path, "no JSON", *ADMIN).status)

    def test_callers_of_http_are_clients_too(self):
        rows = self.api("/clients?transport=http&user=admin").json["data"]
        self.assertTrue(rows)
        self.assertTrue(rows[0]["client_id"].startswith("http:admin:"))

    def test_a_stream_is_ended_by_its_client_id(self):
        with Stream(self, "/topics/t/stream?stream") as stream:
            rows = self.api("/clients?transport=http&user=alice").json["data"]
            self.assertEqual(1, len(rows), rows)
            self.assertEqual(204, delete(self.web + "/api/v1/clients/" + rows[0]["client_id"], *ADMIN).status)
            stream.wait_for_end()

    def test_only_who_a_rule_names_sees_clients(self):
        self.assertEqual(200, self.api("/clients", user=("-u", "reader:readerpw")).status)
        self.assertEqual(403, delete(self.web + "/api/v1/clients/x", "-u", "reader:readerpw").status)
        self.assertEqual(403, self.api("/clients", user=ALICE).status)
        self.assertEqual(403, self.api("/clients", user=()).status)
        self.assertEqual(401, self.api("/clients", user=("-u", "admin:wrong")).status)
        for path in ("/subscriptions", "/shared", "/retained", "/users", "/users/alice", "/config", "/listeners", "/bridges"):
            self.assertEqual(403, self.api(path, user=ALICE).status, path)


class Stream:
    """A stream of alice's."""

    def __init__(self, case, target):
        self.raw = RawWeb(case.sluice.port("http"))
        answer = self.raw.open_stream(target, Authorization="Basic YWxpY2U6YWxpY2Vwdw==")
        case.assertEqual(200, answer.status)

    def wait_for_end(self):
        try:
            while not self.raw.ended:
                self.raw.read_more()
        except ConnectionError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()


class ClientsOnThreeThreads(Clients):
    threads = 3


class Subscriptions(AdminCase):
    def test_subscriptions_are_listed_by_client_and_filter(self):
        with self.subscriber("a", "t/1", "t/2", qos=1):
            rows = self.api("/subscriptions?limit=1000").json["data"]
            mine = [row for row in rows if row["client_id"] == self.client_id("a")]
            self.assertEqual([("t/1", 1), ("t/2", 1)], [(row["filter"], row["qos"]) for row in mine])
            first = self.api("/subscriptions?limit=1&count=1").json
            self.assertEqual(len(rows), first["count"])
            seen, page = list(first["data"]), first
            while "next" in page:
                page = self.api("/subscriptions?limit=1&cursor=" + page["next"]).json
                seen += page["data"]
            self.assertEqual(rows, seen)

    def test_who_would_receive_a_topic_is_told(self):
        with self.subscriber("a", "home/#", qos=1), self.subscriber("b", "$share/g/home/+", user="admin"), \
                Stream(self, "/topics/home/x?stream"):
            answer = self.api("/subscriptions?topic=home/x")
            rows = {row["client_id"]: row for row in answer.json["data"]}
            self.assertEqual(3, answer.json["count"], rows)
            self.assertEqual((1, True, True, None),
                             tuple(rows[self.client_id("a")][name] for name in ("qos", "connected", "may_receive", "shared")))
            self.assertEqual("$share/g/home/+", rows[self.client_id("b")]["shared"])
            self.assertEqual(1, len([name for name in rows if name.startswith("http:alice:")]))
            rows = self.api("/subscriptions?topic=home/secret").json["data"]
            mine = [row for row in rows if row["client_id"] == self.client_id("a")]
            self.assertFalse(mine[0]["may_receive"])
        self.assertEqual(400, self.api("/subscriptions?topic=a/%2B").status)

    def test_shared_subscriptions_have_their_members(self):
        with self.subscriber("a", "$share/g/t/s"), self.subscriber("b", "$share/g/t/s"), \
                self.subscriber("c", "$share/h/t/s"):
            rows = self.api("/shared").json["data"]
            self.assertEqual([("g", 2, 2), ("h", 1, 1)], [(row["name"], row["members"], row["connected"]) for row in rows])
            self.assertEqual({self.client_id("a"), self.client_id("b")}, {one["client_id"] for one in rows[0]["clients"]})
            first = self.api("/shared?limit=1").json
            self.assertEqual(["h"], [row["name"] for row in self.api("/shared?cursor=" + first["next"]).json["data"]])


class SubscriptionsOnThreeThreads(Subscriptions):
    threads = 3


class Retained(AdminCase):
    def test_values_are_listed_and_cleared_when_their_number_is_confirmed(self):
        for name in "abc":
            put(f"{self.web}/topics/{self.topic}/{name}", name, *ADMIN)
        where = f"/retained?filter={self.topic}/%23"
        page = self.api(where + "&limit=2&count=1").json
        self.assertEqual(([f"{self.topic}/a", f"{self.topic}/b"], 3), ([row["topic"] for row in page["data"]], page["count"]))
        self.assertEqual((1, "a"), (page["data"][0]["bytes"], page["data"][0]["payload"]))
        self.assertEqual([f"{self.topic}/c"],
                         [row["topic"] for row in self.api(where + "&cursor=" + page["next"]).json["data"]])
        answer = delete(self.web + "/api/v1" + where, *ADMIN)
        self.assertEqual((428, "3"), (answer.status, answer.field("Mqtt-Count")))
        self.assertEqual(409, delete(self.web + "/api/v1" + where + "&confirm=2", *ADMIN).status)
        self.assertEqual(403, delete(self.web + "/api/v1" + where + "&confirm=3", *ALICE).status)
        answer = delete(self.web + "/api/v1" + where + "&confirm=3", *ADMIN)
        self.assertEqual((204, "3"), (answer.status, answer.field("Mqtt-Count")))
        self.assertEqual([], self.api(where).json["data"])
        self.assertEqual(403, delete(self.web + "/api/v1/retained?filter=$SYS/%23&confirm=0", *ADMIN).status)


class Rights(AdminCase):
    def check(self, body, *user):
        return post(self.web + "/api/v1/acl/check", body, *(user or ADMIN))

    def test_the_line_that_decides_is_named(self):
        answer = self.check('{"user":"alice","client_id":"a1","action":"publish","topic":"t/x"}')
        self.assertEqual((200, True, "aclfile", 6, "topic readwrite t/#", str(self.acl)),
                         (answer.status, *(answer.json[name] for name in ("allowed", "source", "line", "rule", "file"))))
        denied = self.check('{"user":"alice","action":"receive","topic":"home/secret"}').json
        self.assertEqual((False, 8, "topic deny home/secret"), (denied["allowed"], denied["line"], denied["rule"]))
        silent = self.check('{"user":"alice","action":"publish","topic":"elsewhere"}').json
        self.assertEqual((False, "aclfile", None, None), tuple(silent[name] for name in ("allowed", "source", "line", "rule")))
        own = self.check('{"user":"alice","action":"publish","topic":"own/alice/1"}').json
        self.assertEqual((True, 11, "pattern readwrite own/%u/#"), (own["allowed"], own["line"], own["rule"]))
        server = self.check('{"user":"admin","action":"publish","topic":"$SYS/x"}').json
        self.assertEqual((False, "reserved"), (server["allowed"], server["source"]))
        nobody = self.check('{"user":null,"action":"subscribe","topic":"open/#"}').json
        self.assertEqual((True, 1, None), (nobody["allowed"], nobody["line"], nobody["user"]))

    def test_a_client_that_is_here_is_asked_about_as_it_is(self):
        with self.subscriber("here", "t/x"):
            answer = self.check(f'{{"client_id":"{self.client_id("here")}","action":"publish","topic":"t/y"}}').json
            self.assertEqual((True, "alice"), (answer["allowed"], answer["user"]))

    def test_what_can_not_be_asked_is_refused(self):
        self.assertEqual(400, self.check("{}").status)
        self.assertEqual(400, self.check('{"action":"dance","topic":"a"}').status)
        self.assertEqual(400, self.check('{"action":"publish","topic":"a/#"}').status)
        self.assertEqual(400, self.check('{"action":"publish","topic":"a","listener":1}').status)
        self.assertEqual(400, self.check('{"action":"publish","topic":"a","user":1}').status)
        self.assertEqual(400, self.check('{"action":"publish","topic":"a","usr":"x"}').status)
        self.assertEqual(403, self.check('{"action":"publish","topic":"a"}', *ALICE).status)

    def test_everybody_may_ask_about_himself(self):
        me = self.api("/me", user=ALICE).json
        self.assertEqual(("alice", "password", "aclfile"), (me["user"], me["authenticated_by"], me["source"]))
        self.assertEqual([6, 7, 8, 11], [rule["line"] for rule in me["rules"]])
        self.assertEqual({"read": [], "write": []}, me["administers"])
        self.assertEqual(["clients"], self.api("/me", user=("-u", "reader:readerpw")).json["administers"]["read"])
        self.assertIn("users", self.api("/me").json["administers"]["write"])
        self.assertIsNone(self.api("/me", user=()).json["user"])


class Users(AdminCase):
    def user(self, name):
        return self.web + "/api/v1/users/" + name

    def test_a_user_is_made_changed_and_removed(self):
        answer = put(self.user("carol"), '{"password":"first"}', *ADMIN)
        self.assertEqual(201, answer.status, answer)
        tag = answer.field("ETag")
        self.assertEqual(200, self.api("/me", user=("-u", "carol:first")).status)
        self.assertIn("carol", [row["name"] for row in self.api("/users").json["data"]])
        one = self.api("/users/carol")
        self.assertEqual((tag, {"name": "carol", "hash": "sha512-pbkdf2"}), (one.field("ETag"), one.json))
        self.assertNotIn("first", self.passwords.read_text(encoding="utf-8"))
        self.assertTrue(self.passwords.read_text(encoding="utf-8").startswith("# ours\n"))
        self.assertEqual(412, put(self.user("carol"), '{"password":"x"}', *ADMIN, "-H", "If-None-Match: *").status)
        self.assertEqual(412, put(self.user("carol"), '{"password":"x"}', *ADMIN, "-H", 'If-Match: "other"').status)
        answer = put(self.user("carol"), '{"password":"second"}', *ADMIN, "-H", "If-Match: " + tag)
        self.assertEqual(200, answer.status, answer)
        self.assertNotEqual(tag, answer.field("ETag"))
        self.assertEqual(401, self.api("/me", user=("-u", "carol:first")).status)
        self.assertEqual(200, self.api("/me", user=("-u", "carol:second")).status)
        self.assertEqual(200, put(self.user("carol"), '{"password":"third"}', "-u", "carol:second").status)
        self.assertEqual(403, delete(self.user("carol"), *ALICE).status)
        self.assertEqual(204, delete(self.user("carol"), *ADMIN).status)
        self.assertEqual(404, delete(self.user("carol"), *ADMIN).status)
        self.assertEqual(404, self.api("/users/carol").status)
        self.assertEqual(401, self.api("/me", user=("-u", "carol:second")).status)
        self.assertNotIn("second", self.sluice.log())

    def test_a_client_with_the_old_password_is_sent_away(self):
        put(self.user("dave"), '{"password":"davepw"}', *ADMIN)
        with Subscriber(self.mqtt_port, "own/dave/x", extra=words("dave")):
            put(self.user("dave"), '{"password":"another"}', *ADMIN)
            self.sluice.wait_for_log("disconnected: Not authorized")
        delete(self.user("dave"), *ADMIN)

    def test_what_is_no_user_is_refused(self):
        self.assertEqual(400, put(self.user("a%3Ab"), '{"password":"x"}', *ADMIN).status)
        self.assertEqual(400, put(self.user("eve"), '{"password":""}', *ADMIN).status)
        self.assertEqual(400, put(self.user("eve"), "{}", *ADMIN).status)
        self.assertEqual(400, put(self.user("eve"), '{"password":"x","hash":"md5"}', *ADMIN).status)
        self.assertEqual(400, put(self.user("eve"), '{"password":"x","admin":true}', *ADMIN).status)
        self.assertEqual(404, self.api("/users/eve").status)

    def test_a_user_with_scram_keys_keeps_them(self):
        put(self.user("sam"), '{"password":"one","hash":"scram-sha-256"}', *ADMIN)
        put(self.user("sam"), '{"password":"two"}', *ADMIN)
        self.assertEqual("scram-sha-256", self.api("/users/sam").json["hash"])
        delete(self.user("sam"), *ADMIN)


class Server(AdminCase):
    def test_the_configuration_in_force_is_shown(self):
        shown = self.api("/config").json
        self.assertEqual(str(self.acl), shown["global"]["acl_file"])
        self.assertEqual("1", shown["global"]["sys_interval"])
        self.assertEqual(["mqtt", "http", "http_api"], [one["protocol"] for one in shown["listeners"]])

    def test_listeners_and_bridges_are_listed(self):
        with self.subscriber("a", "t/a"):
            rows = self.api("/listeners").json["data"]
            self.assertEqual([self.sluice.port("mqtt"), self.sluice.port("http"), self.sluice.port("http_api")],
                             [row["port"] for row in rows])
            self.assertEqual(("mqtt", 1, str(self.passwords)),
                             (rows[0]["protocol"], rows[0]["connections"], rows[0]["password_file"]))
        self.assertEqual([], self.api("/bridges").json["data"])

    def test_the_system_tree_is_what_the_caller_may_read(self):
        self.sluice.wait_for_log("running with")
        tree = self.api("/systree").json
        self.assertIn("$SYS", tree)
        self.assertIn("version", tree["$SYS"]["broker"])
        self.assertEqual({}, self.api("/systree", user=ALICE).json)


class AsMosquitto(SluiceCase):
    """An anonymous broker without rules, as most who use mosquitto's http_api have it."""
    listeners = {"mqtt": (), "http": (), "http_api": ()}
    lines = ("sys_interval 1",)

    def test_three_answers_have_the_form_of_mosquitto(self):
        base = self.sluice.base("http_api") + "/api/v1"
        expected = [{"port": self.sluice.port(name), "protocol": protocol, "tls": False, "mtls": False, "allow_anonymous": True}
                    for name, protocol in (("mqtt", "mqtt"), ("http", "httpapi"), ("http_api", "httpapi"))]
        self.assertEqual({"listeners": expected}, get(base + "/listeners").json)
        self.assertRegex(get(base + "/version").text, r"^\d+\.\d+\.\d+")
        self.sluice.wait_for_log("running with")
        wait_until(lambda: "$SYS/broker/uptime" in get(base + "/systree").json, lambda: "the uptime is told")
        tree = get(base + "/systree").json
        self.assertIsInstance(tree["$SYS/broker/clients/connected"], int)
        self.assertNotIn("$SYS/broker/version", tree)

    def test_without_rules_nobody_administers(self):
        for path in ("/clients", "/config", "/listeners", "/retained"):
            answer = get(self.web + "/api/v1" + path)
            self.assertEqual(403, answer.status, path)
            self.assertIn("topic read $CONTROL/http/", answer.json["hint"])
        self.assertEqual(403, curl(self.web + "/api/v1/clients/x", "-X", "DELETE").status)
        me = get(self.web + "/api/v1/me").json
        self.assertEqual((None, "default", []), (me["user"], me["source"], me["rules"]))
