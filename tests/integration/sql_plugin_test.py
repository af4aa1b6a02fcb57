"""plugins/sql in a broker: users and rights from SQLite and from PostgreSQL, changes of them, and outages."""

import contextlib
import itertools
import socket
import subprocess
import unittest

import postgres_server
from conditions import PATIENCE_SECONDS, Stopwatch, wait_until
from mosquitto_client import Subscriber, is_installed, publish
from paho_client import V5, PahoClient
from password_test import pbkdf2_line, sha512_line
from plugin_brokers import MosquittoBroker, SluiceBroker, built_file
from sql_sources import PostgresSource, SqliteSource

# SluiceBroker of plugin_brokers belongs in here as soon as Sluice loads plugins.
BROKERS = (MosquittoBroker, SluiceBroker)
SOURCES = (SqliteSource, PostgresSource)

PLUGIN = built_file("sluice_sql_auth.so")
REFUSED = {"311": 5, "5": 0x87}  # exit codes of mosquitto_pub
UNABLE_IN_TIME_SECONDS = 5  # a refusal within statement_timeout_ms, on a machine that is busy
SUPERUSERS = "plugin_opt_superuser_query SELECT 1 FROM users WHERE username = $1 AND superuser"
PATIENT = "plugin_opt_statement_timeout_ms 10000"  # a busy machine is no outage
DOWN, BACK = "the database does not answer", "the database answers again"

STRANGE_NAMES = ("' OR '1'='1", "alice' --", "alice'; DROP TABLE users; --", 'alice" --', "alice\\", "$1", "?1", "%u",
                 "*", "ALICE ", "alice\u00b4 OR 1=1", "x" * 2000)

numbers = itertools.count(1)


def sha512_of(password):
    return sha512_line("", password.encode())[1:].strip()


def pbkdf2_of(password):
    return pbkdf2_line("", password.encode())[1:].strip()


def setUpModule():
    if not PLUGIN.is_file():
        raise unittest.SkipTest("this suite needs plugins/sql, whose packages were not there when this was built")
    if not is_installed():
        raise unittest.SkipTest("this suite needs mosquitto-clients")
    unittest.addModuleCleanup(PostgresSource.close_server)


def is_let_into(broker):
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.mqtt_port), "-t", "open/x", "-m", "x", "-u", "alice",
               "-P", "alicepw"]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=False).returncode == 0


class PluginCase(unittest.TestCase):
    """`open_broker` starts one with the plugin; classes below choose which broker, and which database."""

    broker_class = None
    source_class = None
    options = ()

    @classmethod
    def setUpClass(cls):
        if not cls.broker_class.is_there():
            raise unittest.SkipTest(f"{cls.broker_class.name} is not installed")
        if cls.source_class is PostgresSource and not postgres_server.is_installed():
            raise unittest.SkipTest("PostgreSQL is not installed")
        cls.source = cls.source_class()
        cls.addClassCleanup(cls.source.close)
        cls.fill()
        cls.broker = cls.open_broker(cls.options)
        cls.addClassCleanup(lambda: cls.broker.stop())  # pylint: disable=unnecessary-lambda

    @classmethod
    def plugin_lines(cls, options=()):
        return ("allow_anonymous false", f"plugin {PLUGIN}") + cls.source.option_lines() + tuple(options)

    @classmethod
    def open_broker(cls, options):
        return cls.broker_class(cls.plugin_lines(options)).start()

    @classmethod
    def fill(cls):
        source = cls.source
        source.add_user("alice", pbkdf2_of("alicepw"))
        source.add_user("bob", sha512_of("bobpw"))
        source.add_user("o'brien", pbkdf2_of("obrienpw"))
        source.add_user("root", pbkdf2_of("rootpw"), superuser=True)
        for name in ("alice", "o'brien"):
            source.allow(name, "open/#", "readwrite")
        source.allow("bob", "#", "read")

    @property
    def port(self):
        return self.broker.mqtt_port

    def publish(self, name, topic="open/x", password=None, version="311", payload="x", expect=0, client_id=None):
        password = f"{name.replace(chr(39), '')}pw" if password is None else password
        identity = () if client_id is None else ("-i", client_id)
        publish(self.port, topic, payload, "-u", name, "-P", password, *identity, version=version, qos=1,
                expect=expect)

    def bob(self):
        return Subscriber(self.port, "#", extra=("-u", "bob", "-P", "bobpw"))

    def arrives(self, subscriber, name, topic, client_id=None):
        """Whether a message to the topic is delivered: known as soon as one to an open topic is."""
        payload, end = f"payload-{next(numbers)}", f"end-{next(numbers)}"
        self.publish(name, topic, payload=payload, client_id=client_id)
        self.publish("root", "open/end", payload=end)
        wait_until(lambda: f"open/end {end}" in subscriber.messages(), lambda: f"{end} came: {subscriber.lines}")
        return f"{topic} {payload}" in subscriber.messages()

    def subscribe_code(self, name, topic, client_id=""):
        client = PahoClient(self.port, client_id=client_id, version=V5)
        client.client.username_pw_set(name, f"{name}pw")
        with client:
            return client.subscribe(topic)[0]


class UsersCase(PluginCase):
    options = (SUPERUSERS, PATIENT)

    def test_the_right_password_opens_and_nothing_else(self):
        for version, refused in REFUSED.items():
            with self.subTest(version=version):
                for name in ("alice", "root"):
                    self.publish(name, version=version)
                    self.publish(name, version=version, password="wrong", expect=refused)
                    self.publish(name, version=version, password="", expect=refused)
                self.publish("nobody", version=version, expect=refused)
                publish(self.port, "open/x", "x", version=version, expect=refused)
                publish(self.port, "open/x", "x", "-u", "alice", version=version, expect=refused)

    def test_a_name_is_a_value_and_never_a_part_of_the_statement(self):
        for name in STRANGE_NAMES:
            with self.subTest(name=name):
                self.publish(name, password="alicepw", expect=REFUSED["311"])
        self.publish("o'brien")
        self.publish("o'brien", password="alicepw", expect=REFUSED["311"])
        self.publish("alice")
        self.assertNotIn(DOWN, self.broker.log())

    def test_what_is_denied_is_not_delivered(self):
        with self.bob() as bob:
            self.assertTrue(self.arrives(bob, "alice", "open/a"))
            self.assertFalse(self.arrives(bob, "alice", "closed/a"))
            self.assertFalse(self.arrives(bob, "bob", "open/a"), "bob may only read")
            self.assertTrue(self.arrives(bob, "root", "closed/a"), "a superuser may do everything")

    def test_a_delivery_is_checked_too(self):
        self.source.add_user("carol", pbkdf2_of("carolpw"))
        self.source.allow("carol", "#", "subscribe")
        self.source.allow("carol", "open/end", "read")
        with Subscriber(self.port, "#", extra=("-u", "carol", "-P", "carolpw")) as carol:
            self.assertFalse(self.arrives(carol, "root", "open/a"))

    def test_a_subscription_needs_a_row_that_covers_it(self):
        for topic, granted in (("open/x", True), ("open/#", True), ("open/+/x", True), ("#", False), ("+/x", False),
                               ("closed/x", False), ("$share/group/open/x", True), ("$share/group/closed/x", False)):
            with self.subTest(topic=topic):
                self.assertEqual(self.subscribe_code("alice", topic), 0 if granted else 0x87)
        self.assertEqual(self.subscribe_code("root", "$SYS/#"), 0)
        self.assertEqual(self.subscribe_code("bob", "$SYS/#"), 0x87)

    def test_a_row_that_denies_wins(self):
        self.source.add_user("dave", pbkdf2_of("davepw"))
        for topic, access in (("rooms/#", 3), ("rooms/safe/#", 0)):
            self.source.allow("dave", topic, access)
        with self.bob() as bob:
            self.assertTrue(self.arrives(bob, "dave", "rooms/hall"))
            self.assertFalse(self.arrives(bob, "dave", "rooms/safe/door"))

    def test_rows_may_hold_the_names_of_user_and_client(self):
        self.source.add_user("erin", pbkdf2_of("erinpw"))
        self.source.allow("erin", "of/%u/#", "write")
        self.source.allow("erin", "by/%c", "write")
        with self.bob() as bob:
            self.assertTrue(self.arrives(bob, "erin", "of/erin/x"))
            self.assertFalse(self.arrives(bob, "erin", "of/alice/x"))
            self.assertTrue(self.arrives(bob, "erin", "by/c1", client_id="c1"))
            self.assertFalse(self.arrives(bob, "erin", "by/c1", client_id="c2"))
        self.assertEqual(self.subscribe_code("erin", "by/x", client_id="#"), 0x87)

    def test_a_row_that_cannot_be_used_denies_everything(self):
        self.source.add_user("frank", pbkdf2_of("frankpw"))
        self.source.allow("frank", "open/#", "readwrite")
        self.source.allow("frank", "open/secret", "dney")
        self.source.add_user("grace", "gracepw")
        with self.bob() as bob:
            self.assertFalse(self.arrives(bob, "frank", "open/a"))
        self.publish("grace", expect=REFUSED["311"])
        self.assertIn("can't be used", self.broker.log())
        self.assertNotIn("gracepw", self.broker.log())

    def test_more_rows_than_there_may_be_are_no_rights(self):
        self.source.add_user("ivan", pbkdf2_of("ivanpw"))
        self.source.execute("INSERT INTO acls WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE "
                            "x < 20000) SELECT 'ivan', 'open/#', 'write' FROM n;")
        with self.bob() as bob:
            self.assertFalse(self.arrives(bob, "ivan", "open/a"))
            self.assertTrue(self.arrives(bob, "alice", "open/a"))
        self.assertNotIn(DOWN, self.broker.log())


class ChangesCase(PluginCase):
    options = ("plugin_opt_cache_seconds 1", SUPERUSERS, PATIENT)

    def test_rights_change_within_the_time_of_the_cache(self):
        with self.bob() as bob:
            self.assertFalse(self.arrives(bob, "alice", "later/x"))
            self.source.allow("alice", "later/#", "write")
            wait_until(lambda: self.arrives(bob, "alice", "later/x"), "the new row has effect")
            self.source.disallow("alice", "later/#")
            wait_until(lambda: not self.arrives(bob, "alice", "later/x"), "the row that went has none any more")

    def test_a_password_changes_at_once(self):
        self.source.add_user("heidi", pbkdf2_of("old"))
        self.publish("heidi", password="old")
        self.source.set_password("heidi", pbkdf2_of("new"))
        self.publish("heidi", password="old", expect=REFUSED["311"])
        self.publish("heidi", password="new")


class ReloadCase(PluginCase):
    options = ("plugin_opt_cache_seconds 3600", SUPERUSERS, PATIENT)

    def test_a_reload_forgets_what_was_read(self):
        with self.bob() as bob:
            self.assertFalse(self.arrives(bob, "alice", "later/x"))
            self.source.allow("alice", "later/#", "write")
            self.assertFalse(self.arrives(bob, "alice", "later/x"), "believed for an hour")
            self.broker.reload()
            wait_until(lambda: self.arrives(bob, "alice", "later/x"), "the reload reads anew")


class OutageCase(PluginCase):
    options = ("plugin_opt_cache_seconds 0", SUPERUSERS, PATIENT)

    def test_without_the_database_everybody_is_refused_until_it_is_back(self):
        with self.bob() as bob:
            self.assertTrue(self.arrives(bob, "alice", "open/a"))
            self.source.go_away()
            try:
                for _ in range(3):
                    watch = Stopwatch()
                    for name in ("alice", "root", "nobody"):
                        self.publish(name, expect=REFUSED["311"])
                    self.assertLess(watch.seconds(), UNABLE_IN_TIME_SECONDS)
            finally:
                self.source.come_back()
            wait_until(lambda: is_let_into(self.broker), "the database is used again")
            self.assertTrue(self.arrives(bob, "alice", "open/a"), "who stayed is served again")
        log = self.broker.log()
        self.assertEqual((log.count(DOWN), log.count(BACK)), (1, 1), log)
        for secret in filter(None, ("alicepw", self.source.secret)):
            self.assertNotIn(secret, log)

    def test_a_start_without_the_database_refuses_until_it_is_there(self):
        self.source.go_away()
        try:
            broker = self.open_broker(self.options)
            self.addCleanup(broker.stop)
            self.assertIn(DOWN, broker.log())
            publish(broker.mqtt_port, "open/x", "x", "-u", "alice", "-P", "alicepw", expect=REFUSED["311"])
        finally:
            self.source.come_back()
        wait_until(lambda: is_let_into(broker), "the database is used")


class MistakesCase(PluginCase):
    def refusal(self, *options):
        return self.broker_class(("allow_anonymous false", f"plugin {PLUGIN}") + options).refusal()

    def test_options_that_are_wrong_end_the_start(self):
        both = self.source.option_lines()
        for options, sentence in (((), "plugin_opt_backend must be given"),
                                  (both[:1], "plugin_opt_database must be given"),
                                  (("plugin_opt_backend oracle",), "must be sqlite or postgres"),
                                  (both + ("plugin_opt_cache_seconds -1",), "plugin_opt_cache_seconds must be"),
                                  (both + ("plugin_opt_user_quarry SELECT",), "an option it does not know")):
            with self.subTest(options=options):
                self.assertIn(sentence, self.refusal(*options))

    def test_a_password_in_a_broken_connection_string_stays_unsaid(self):
        for target in ("host=x password=hush hush2", "password='hush", "postgresql://u:hush@hush@h/d"):
            with self.subTest(target=target):
                log = self.refusal("plugin_opt_backend postgres", f"plugin_opt_database {target}")
                self.assertIn("plugin_opt_database", log)
                self.assertNotIn("hush", log)

    def test_a_query_without_a_parameter_opens_nothing(self):
        for query in ("SELECT password_hash FROM users", "SELECT nothing FROM users WHERE username = $1"):
            with self.subTest(query=query):
                broker = self.open_broker((f"plugin_opt_user_query {query}", PATIENT))
                self.addCleanup(broker.stop)
                publish(broker.mqtt_port, "open/x", "x", "-u", "alice", "-P", "alicepw", expect=REFUSED["311"])
                self.assertIn("user_query", broker.log())


class SlowDatabaseCase(PluginCase):
    """A database that takes its time: the broker waits no longer than it was told."""

    options = ("plugin_opt_statement_timeout_ms 500",)

    def test_a_file_that_somebody_keeps_locked_refuses_in_time(self):
        if self.source_class is not SqliteSource:
            self.skipTest("PostgreSQL's tables are read while others write")
        source = SqliteSource("DELETE")  # with WAL nobody who reads is kept out
        self.addCleanup(source.close)
        source.add_user("alice", pbkdf2_of("alicepw"))
        source.allow("alice", "open/x", "write")
        lines = ("allow_anonymous false", f"plugin {PLUGIN}") + source.option_lines() + self.options
        broker = self.broker_class(lines).start()
        self.addCleanup(broker.stop)
        with contextlib.closing(source.connect()) as other:
            other.execute("BEGIN EXCLUSIVE")
            watch = Stopwatch()
            publish(broker.mqtt_port, "open/x", "x", "-u", "alice", "-P", "alicepw", expect=REFUSED["311"])
            self.assertLess(watch.seconds(), UNABLE_IN_TIME_SECONDS)
            other.execute("ROLLBACK")
        wait_until(lambda: is_let_into(broker), "the file is read again")

    def test_a_query_without_end_refuses_in_time(self):
        endless = ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                   "SELECT password_hash FROM users, n WHERE username = $1 AND x < 0")
        broker = self.open_broker((f"plugin_opt_user_query {endless}", "plugin_opt_statement_timeout_ms 500"))
        self.addCleanup(broker.stop)
        watch = Stopwatch()
        publish(broker.mqtt_port, "open/x", "x", "-u", "alice", "-P", "alicepw", expect=REFUSED["311"])
        self.assertLess(watch.seconds(), UNABLE_IN_TIME_SECONDS)

    def test_a_server_that_says_nothing_refuses_in_time(self):
        if self.source_class is not PostgresSource:
            self.skipTest("a file needs no server")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            target = f"host=127.0.0.1 port={silent.getsockname()[1]} user=u dbname=d password=hush"
            lines = ("allow_anonymous false", f"plugin {PLUGIN}", "plugin_opt_backend postgres",
                     f"plugin_opt_database {target}", "plugin_opt_statement_timeout_ms 500")
            broker = self.broker_class(lines).start()
            self.addCleanup(broker.stop)
            watch = Stopwatch()
            publish(broker.mqtt_port, "open/x", "x", "-u", "alice", "-P", "alicepw", expect=REFUSED["311"])
            self.assertLess(watch.seconds(), UNABLE_IN_TIME_SECONDS)
            self.assertIn("no answer in time", broker.log())
            self.assertNotIn("hush", broker.log())


# Each case with each database in each broker.
CASES = (UsersCase, ChangesCase, ReloadCase, OutageCase, MistakesCase, SlowDatabaseCase)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for broker, source, case in itertools.product(BROKERS, SOURCES, CASES):
        name = f"{case.__name__.removesuffix('Case')}Of{source.name}In{broker.name.capitalize()}"
        made = type(name, (case,), {"broker_class": broker, "source_class": source, "__module__": __name__})
        globals()[name] = made
        suite.addTests(loader.loadTestsFromTestCase(made))
    return suite


if __name__ == "__main__":
    unittest.main()
