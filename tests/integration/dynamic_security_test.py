"""Debian's own plugin for dynamic security, loaded into Sluice and ruled by mosquitto_ctrl; and what a slow plugin costs."""

import glob
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from conditions import PATIENCE_SECONDS, wait_until
from mosquitto_client import Subscriber, publish
from plugin_brokers import built_file
from raw_mqtt import RawClient
from running_sluice import SluiceProcess
from sluice_case import SluiceCase
from web_client import curl

PLUGIN = next(iter(glob.glob("/usr/lib/*/mosquitto_dynamic_security.so")), None)
ADMIN = ("-u", "admin", "-P", "adminpw")


@unittest.skipUnless(PLUGIN and shutil.which("mosquitto_ctrl"), "mosquitto's plugin or mosquitto_ctrl is not there")
class DynamicSecurity(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-dynsec-")
        cls.addClassCleanup(folder.cleanup)
        cls.file = pathlib.Path(folder.name) / "dynamic-security.json"
        subprocess.run(["mosquitto_ctrl", "dynsec", "init", str(cls.file), "admin", "adminpw"], check=True, capture_output=True)
        cls.lines = ("allow_anonymous false", f"plugin {PLUGIN}", f"plugin_opt_config_file {cls.file}")
        super().setUpClass()
        for command in (("createRole", "lamp"), ("addRoleACL", "lamp", "publishClientSend", "lamp/#", "allow", "1"),
                        ("addRoleACL", "lamp", "subscribePattern", "lamp/#", "allow", "1"),
                        ("addRoleACL", "lamp", "publishClientReceive", "lamp/#", "allow", "1"),
                        ("createClient", "phone", "-p", "phonepw"), ("addClientRole", "phone", "lamp", "1"),
                        ("createGroup", "house"), ("addGroupClient", "house", "phone", "1")):
            cls.control(*command)

    @classmethod
    def control(cls, *words):
        outcome = subprocess.run(["mosquitto_ctrl", "-h", "127.0.0.1", "-p", str(cls.sluice.port()), *ADMIN, "dynsec", *words],
                                 capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        if outcome.returncode != 0 or "Error" in outcome.stdout + outcome.stderr:
            raise AssertionError(f"dynsec {words}: {outcome.returncode} {outcome.stdout}{outcome.stderr}\n{cls.sluice.log()}")
        return outcome.stdout

    def test_mosquitto_ctrl_is_answered(self):
        self.assertIn("phone", self.control("listClients"))
        self.assertIn("lamp", self.control("getRole", "lamp"))
        self.assertIn("phone", self.control("getGroup", "house"))

    def test_a_client_does_what_its_role_allows(self):
        phone = ("-u", "phone", "-P", "phonepw")
        with Subscriber(self.mqtt_port, "lamp/state", extra=phone, qos=1) as subscriber:
            publish(self.mqtt_port, "lamp/state", "on", *phone, qos=1)
            self.assertEqual(["lamp/state on"], subscriber.wait_for(1))

    def test_a_publish_without_right_is_denied(self):
        said = publish(self.mqtt_port, "door/open", "1", "-u", "phone", "-P", "phonepw", qos=1, version="5")
        self.assertIn("Not authorized", said)
        answer = curl(f"{self.web}/topics/door/open", "-u", "phone:phonepw", "-d", "1")
        self.assertEqual(403, answer.status)

    def test_http_asks_the_same_plugin(self):
        answer = curl(f"{self.web}/topics/lamp/http", "-u", "phone:phonepw", "-X", "PUT", "-d", "1")
        self.assertEqual(201, answer.status, answer)
        self.assertEqual("1", curl(f"{self.web}/topics/lamp/http", "-u", "phone:phonepw").text)
        self.assertEqual(401, curl(f"{self.web}/topics/lamp/http", "-u", "phone:wrong").status)

    def test_a_batch_asks_for_each_message(self):
        phone = ("-u", "phone", "-P", "phonepw")
        lines = "".join(f"{'lamp' if number % 2 else 'door'}/batch/{number} {number}\n" for number in range(600))
        with Subscriber(self.mqtt_port, "lamp/batch/#", extra=phone, qos=1) as subscriber:
            for query, published in (("?as=lines", 300), ("?as=lines&atomic=1", 0)):
                answer = curl(f"{self.web}/api/v1/publish{query}", "-u", "phone:phonepw", "--data-binary", lines)
                self.assertEqual((published, {135}), (answer.json["published"],
                                                      {each["reason_code"] for each in answer.json["errors"]}))
            self.assertEqual([f"lamp/batch/{number} {number}" for number in range(1, 600, 2)], subscriber.wait_for(300))

    def test_a_wrong_password_is_refused(self):
        publish(self.mqtt_port, "lamp/state", "on", "-u", "phone", "-P", "wrong", version="5", expect=0x87)

    def test_a_right_that_is_taken_away_is_gone_at_once(self):
        self.control("createRole", "brief")
        self.control("addRoleACL", "brief", "publishClientSend", "brief/#", "allow", "1")
        self.control("createClient", "guest", "-p", "guestpw")
        self.control("addClientRole", "guest", "brief", "1")
        guest = ("-u", "guest", "-P", "guestpw")
        self.assertNotIn("Not authorized", publish(self.mqtt_port, "brief/x", "1", *guest, qos=1, version="5"))
        self.control("removeRoleACL", "brief", "publishClientSend", "brief/#")
        self.assertIn("Not authorized", publish(self.mqtt_port, "brief/x", "1", *guest, qos=1, version="5"))

    def test_a_client_that_is_disabled_is_sent_away(self):
        self.control("createClient", "leaver", "-p", "leaverpw")
        self.control("addClientRole", "leaver", "lamp", "1")
        with Subscriber(self.mqtt_port, "lamp/none", extra=("-u", "leaver", "-P", "leaverpw"), version="5") as subscriber:
            self.control("disableClient", "leaver")
            subscriber.wait_for_line("Received DISCONNECT")


class SlowPlugin(SluiceCase):
    """A plugin that takes a second for one user holds up that user, and nobody else."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-plugin-")
        cls.addClassCleanup(folder.cleanup)
        cls.record = pathlib.Path(folder.name) / "record"
        plugin = built_file("tests/plugins/probe_plugin.so")
        cls.lines = (f"plugin {plugin}", f"plugin_opt_record {cls.record}", "plugin_opt_answer_basic_auth allow",
                     "plugin_opt_answer_acl_check allow", "plugin_opt_slow_event basic_auth", "plugin_opt_slow_ms 700",
                     "plugin_opt_rewrite_topic rewritten/x", "plugin_opt_rewrite_payload other")
        super().setUpClass()

    def test_who_is_in_is_served_while_others_wait(self):
        with RawClient.online(self.mqtt_port, "early") as early:
            late = subprocess.Popen(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt_port), "-t", self.topic, "-m", "x"])
            slowest, pings = 0.0, 0
            while late.poll() is None:
                begun = time.monotonic()
                early.ping()
                slowest = max(slowest, time.monotonic() - begun)
                pings += 1
            self.assertEqual(0, late.wait())
        self.assertGreater(pings, 10)
        self.assertLess(slowest, 0.5)

    def test_a_plugin_may_change_a_message(self):
        with Subscriber(self.mqtt_port, "rewritten/x", qos=1) as subscriber:
            publish(self.mqtt_port, "rewritten/x", "one", qos=1)
            self.assertEqual(["rewritten/x other"], subscriber.wait_for(1))

    def test_a_plugin_hears_who_leaves(self):
        publish(self.mqtt_port, self.topic, "x", "-i", "leaving-client")
        wait_until(lambda: "leaving-client" in self.record.read_text(encoding="utf-8").split("disconnect", 1)[-1],
                   lambda: f"the plugin heard of the end:\n{self.record.read_text(encoding='utf-8')[-2000:]}")


class KeyPlugin(SluiceCase):
    """A plugin that knows the keys of TLS-PSK, and takes its time: the handshake waits for it, and nobody else does."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-plugin-")
        cls.addClassCleanup(folder.cleanup)
        plugin = built_file("tests/plugins/probe_plugin.so")
        cls.lines = (f"plugin {plugin}", f"plugin_opt_record {folder.name}/record", "plugin_opt_psk_identity lamp",
                     "plugin_opt_psk_key 00112233445566778899aabbccddeeff", "plugin_opt_slow_event psk_key",
                     "plugin_opt_slow_ms 300")
        cls.listeners = {"mqtt": ("psk_hint any", "use_identity_as_username true"), "http": ()}
        super().setUpClass()

    def test_the_plugin_s_key_opens(self):
        for version in ("tlsv1.2", "tlsv1.3"):
            with self.subTest(version=version):
                publish(self.mqtt_port, self.topic, "x", "--psk-identity", "lamp", "--psk", "00112233445566778899aabbccddeeff",
                        "--tls-version", version, qos=1)

    def test_an_identity_that_nobody_knows_fails(self):
        for identity, key in (("nobody", "00112233445566778899aabbccddeeff"), ("lamp", "ffff2233445566778899aabbccddeeff")):
            with self.assertRaises(AssertionError):
                publish(self.mqtt_port, self.topic, "x", "--psk-identity", identity, "--psk", key, qos=1)
        self.sluice.wait_for_log("there is no PSK for identity 'nobody'")
        self.sluice.wait_for_log("the PSK of identity 'lamp' is another one")


class BadPlugins(unittest.TestCase):
    def test_what_is_no_plugin_stops_the_start(self):
        for path, sentence in (("/nowhere/at/all.so", "/nowhere/at/all.so"),
                               ("/lib/x86_64-linux-gnu/libm.so.6", "libm")):
            broker = SluiceProcess({"mqtt": ()}, (f"plugin {path}",))
            with self.assertRaises(AssertionError) as caught:
                broker.start()
            broker.clean_up()
            self.assertIn(sentence, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
