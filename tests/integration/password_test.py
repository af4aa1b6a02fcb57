"""User names and passwords: by MQTT, by HTTP, by SCRAM-SHA-256, over a reload; and the command that makes the files."""

import base64
import contextlib
import hashlib
import hmac
import os
import pathlib
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import unittest

from conditions import wait_until
from mosquitto_client import VERSIONS, publish
from raw_mqtt import CONNACK, RawClient, packet, text, varint
from running_sluice import (START_SECONDS_MAX, SluiceProcess, binary, free_port, run_to_end, sanitizer_environment)
from sluice_case import SluiceCase
from web_client import get, put

NOT_AUTHORIZED = {3: 5, 4: 5, 5: 0x87}  # the return code of 3.1 and 3.1.1, the reason code of 5.0, as mosquitto's
EXIT_CODES = {"31": 5, "311": 5, "5": 0x87}  # of mosquitto_pub
AUTH, METHOD, DATA = 15, 0x15, 0x16  # a packet type, and two identifiers of properties
SCRAM_ITERATIONS = 4096
DEAR_ITERATIONS = 100_000  # 70 ms of a core of 2020
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")


def b64(value):
    return base64.b64encode(value).decode()


def sha512_line(name, password):
    salt = os.urandom(12)
    return f"{name}:$6${b64(salt)}${b64(hashlib.sha512(password + salt).digest())}\n"


def pbkdf2_line(name, password, iterations=101):
    salt = os.urandom(12)
    return f"{name}:$7${iterations}${b64(salt)}${b64(hashlib.pbkdf2_hmac('sha512', password, salt, iterations))}\n"


def scram_keys(password, salt, iterations):
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return client_key, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256")


def scram_line(name, password):
    salt = os.urandom(16)
    _, stored_key, server_key = scram_keys(password, salt, SCRAM_ITERATIONS)
    return f"{name}:$scram-sha-256${SCRAM_ITERATIONS}${b64(salt)}${b64(stored_key)}${b64(server_key)}\n"


def connect(version=4, username=None, password=None, properties=b""):
    flags = 2 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = text("MQIsdp" if version == 3 else "MQTT") + bytes([version, flags]) + struct.pack("!H", 60)
    body += varint(len(properties)) + properties if version == 5 else b""
    body += text("c" + os.urandom(8).hex())
    body += b"".join(text(each) for each in (username, password) if each is not None)
    return packet(1, 0, body)


def return_code(port, *arguments):
    with contextlib.closing(RawClient(port, connect(*arguments))) as client:
        return client.expect(CONNACK)[1]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.users = self.folder / "users"

    def start(self, users, **options):
        self.users.write_text(users, encoding="utf-8")
        lines = (f"password_file {self.users}", "allow_anonymous false")
        sluice = SluiceProcess(lines=lines, **options).start()
        self.addCleanup(sluice.clean_up)
        return sluice


class UsersCase(SluiceCase):
    """alice, bob and carol, each with a hash of another kind, and answers that cross from thread to thread."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        users = pathlib.Path(folder.name) / "users"
        users.write_text("# people\n\n" + pbkdf2_line("alice", b"alicepw") + sha512_line("bob", b"bobpw") +
                         scram_line("carol", b"carolpw"), encoding="utf-8")
        cls.lines = (f"password_file {users}", "allow_anonymous false", "io_threads 2")
        super().setUpClass()


class PasswordTest(UsersCase):
    def test_the_right_password_opens_and_nothing_else(self):
        for version in VERSIONS:
            for name in ("alice", "bob", "carol"):
                with self.subTest(version=version, name=name):
                    publish(self.mqtt_port, self.topic, "x", "-u", name, "-P", name + "pw", version=version, qos=1)
                    publish(self.mqtt_port, self.topic, "x", "-u", name, "-P", "wrong", version=version,
                            expect=EXIT_CODES[version])
            with self.subTest(version=version, name="nobody"):
                publish(self.mqtt_port, self.topic, "x", "-u", "nobody", "-P", "x", version=version,
                        expect=EXIT_CODES[version])
                publish(self.mqtt_port, self.topic, "x", version=version, expect=EXIT_CODES[version])

    def test_every_byte_and_the_length_of_a_password_count(self):
        for version in (3, 4, 5):
            for name in ("alice", "bob", "carol"):
                right = name.encode() + b"pw"
                self.assertEqual(return_code(self.mqtt_port, version, name, right), 0)
                for wrong in (right + b"\0", right + b"\0x", b"\0" + right, right[:-1], right + b" ", right.upper(),
                              b"", b"x" * 65535, None):
                    with self.subTest(version=version, name=name, wrong=wrong and wrong[:20]):
                        self.assertEqual(return_code(self.mqtt_port, version, name, wrong), NOT_AUTHORIZED[version])

    def test_a_password_without_a_name_or_with_an_empty_one_opens_nothing(self):
        self.assertEqual(return_code(self.mqtt_port, 5, None, "alicepw"), 0x87)  # 3.1.1 does not allow it
        for name in ("", "n" * 65535):
            self.assertEqual(return_code(self.mqtt_port, 5, name, "alicepw"), 0x87)

    def test_http_takes_the_same_names(self):
        url = f"{self.web}/topics/{self.topic}"
        self.assertIn(put(url, "21", "-u", "alice:alicepw").status, (200, 201, 204))
        for name in ("alice", "bob", "carol"):
            answer = get(url, "-u", f"{name}:{name}pw")
            self.assertEqual((answer.status, answer.text), (200, "21"))
        for arguments in (("-u", "alice:wrong"), ("-u", "nobody:x"), ("-u", "alice:"), ()):
            with self.subTest(arguments=arguments):
                answer = get(url, *arguments)
                self.assertEqual((answer.status, answer.json["reason_code"]), (401, 0x87))
                self.assertIn("Basic", answer.field("WWW-Authenticate"))
        zero = "Authorization: Basic " + b64(b"alice:alicepw\0")
        self.assertEqual(get(url, "-H", zero).status, 401)


class ScramTest(UsersCase):
    """RFC 5802 over AUTH, MQTT 5 section 4.12, with a client of our own."""

    def begin(self, first):
        client = RawClient(self.mqtt_port, connect(5, properties=method_and(first)))
        self.addCleanup(client.close)
        return client

    def exchange(self, name, password):
        """The client, the body of its CONNACK, and the signature that the server gives to one whom it knows."""
        client, nonce = self.begin(f"n,,n={name},r=abcdef".encode()), "abcdef"
        body = client.expect(AUTH)
        self.assertEqual(body[0], 0x18)
        said = properties_of(body[1:])
        self.assertEqual(said[METHOD], b"SCRAM-SHA-256")
        server_first = said[DATA].decode()
        attributes = dict(each.split("=", 1) for each in server_first.split(","))
        self.assertTrue(attributes["r"].startswith(nonce) and len(attributes["r"]) >= len(nonce) + 16)
        salt, iterations = base64.b64decode(attributes["s"]), int(attributes["i"])
        client_key, stored_key, server_key = scram_keys(password, salt, iterations)
        without_proof = f"c=biws,r={attributes['r']}"
        message = f"n={name},r=abcdef,{server_first},{without_proof}".encode()
        signature = hmac.digest(stored_key, message, "sha256")
        proof = bytes(left ^ right for left, right in zip(client_key, signature))
        client.send(packet(AUTH, 0, auth_body(f"{without_proof},p={b64(proof)}".encode())))
        return client, client.expect(CONNACK), "v=" + b64(hmac.digest(server_key, message, "sha256"))

    def test_a_client_with_the_password_is_let_in_and_knows_the_server(self):
        client, body, signature = self.exchange("carol", b"carolpw")
        self.assertEqual(body[1], 0)
        said = properties_of(body[2:])
        self.assertEqual(said[METHOD], b"SCRAM-SHA-256")
        self.assertEqual(said[DATA].decode(), signature)
        client.ping()

    def test_wrong_passwords_and_users_without_keys_fail_at_the_end(self):
        for name, password in (("carol", b"wrong"), ("nobody", b"carolpw"), ("alice", b"alicepw"), ("bob", b"bobpw")):
            with self.subTest(name=name):
                client, body, _ = self.exchange(name, password)
                self.assertEqual(body[1], 0x87)
                self.assertEqual(client.read_to_end(), b"")

    def test_what_is_no_first_message_is_refused_at_once(self):
        for first in (b"", b"n,,", b"p=tls-unique,,n=carol,r=abc", b"n,a=alice,n=carol,r=abc", b"\xff" * 60000):
            with self.subTest(first=first[:20]):
                client = self.begin(first)
                self.assertEqual(client.expect(CONNACK)[1], 0x87)
                self.assertEqual(client.read_to_end(), b"")

    def test_another_method_is_not_known(self):
        client = RawClient(self.mqtt_port, connect(5, properties=method_and(b"x", "SCRAM-SHA-1")))
        self.addCleanup(client.close)
        self.assertEqual(client.expect(CONNACK)[1], 0x8C)


def method_and(said, method="SCRAM-SHA-256"):
    return bytes([METHOD]) + text(method) + bytes([DATA]) + text(said)


def auth_body(said):
    properties = method_and(said)
    return b"\x18" + varint(len(properties)) + properties


def properties_of(body):
    """Properties by identifier; texts and binary values as bytes. Each fits in one byte of length here, or in two."""
    sizes = {0x01: 1, 0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}
    length, at = body[0] & 0x7F, 1
    if body[0] & 0x80:
        length, at = length + body[1] * 128, 2
    end, found = at + length, {}
    while at < end:
        kind, at = body[at], at + 1
        size = sizes.get(kind)
        if size is None:
            size, at = struct.unpack_from("!H", body, at)[0], at + 2
        found[kind], at = body[at:at + size], at + size
    return found


class ReloadTest(Folder):
    def test_a_hangup_reads_the_file_again_and_a_broken_one_changes_nothing(self):
        sluice = self.start(pbkdf2_line("alice", b"one"))
        port = sluice.port()

        def reload(users, told):
            before = sluice.log().count(told)
            if users is None:
                self.users.unlink()
            else:
                self.users.write_text(users, encoding="utf-8")
            sluice.process.send_signal(signal.SIGHUP)
            wait_until(lambda: sluice.log().count(told) > before, lambda: f"{told!r} in the log:\n{sluice.log()}")

        self.assertEqual((return_code(port, 4, "alice", "one"), return_code(port, 4, "bob", "two")), (0, 5))
        reload(sha512_line("bob", b"two"), "The configuration was reloaded")
        self.assertEqual((return_code(port, 4, "alice", "one"), return_code(port, 4, "bob", "two")), (5, 0))
        for broken, sign in ((sha512_line("bob", b"x") + "carol:plain\n", f"{self.users}:2: "),
                             ("nonsense", f"{self.users}:1: "), (None, "cannot be read")):
            with self.subTest(broken=broken):
                reload(broken, "everything stays as it was")
                self.assertIn(sign, sluice.log())
                self.assertNotIn("plain\n", sluice.log())
                self.assertEqual((return_code(port, 4, "bob", "two"), return_code(port, 4, "bob", "x")), (0, 5))
                self.assertEqual(return_code(port, 4), 5)
        reload("", "The configuration was reloaded")  # nobody is left
        self.assertEqual((return_code(port, 4, "bob", "two"), return_code(port, 4)), (5, 5))
        sluice.stop()


class DearPasswordTest(Folder):
    def waiting(self, sluice, count, password=b"wrong"):
        """Clients whose passwords are being checked, or wait for it."""
        return [RawClient(sluice.port(), connect(4, "alice", password)) for _ in range(count)]

    def test_others_are_served_while_passwords_are_checked(self):
        sluice = self.start(pbkdf2_line("alice", b"alicepw", DEAR_ITERATIONS))
        online = RawClient(sluice.port(), connect(4, "alice", b"alicepw"))
        self.assertEqual(online.expect(CONNACK)[1], 0)
        clients = self.waiting(sluice, 10)
        online.ping()
        ready, _, _ = select.select([each.socket for each in clients], [], [], 0)
        self.assertLess(len(ready), len(clients), "the ping waited for every check")
        for each in clients + [online]:
            each.close()

    def test_clients_that_give_up_leave_nothing_behind(self):
        sluice = self.start(pbkdf2_line("alice", b"alicepw", DEAR_ITERATIONS // 10))
        before = sluice.descriptors()
        for each in self.waiting(sluice, 20, b"alicepw"):
            each.close()
        wait_until(lambda: sluice.descriptors() <= before, "their sockets were closed")
        self.assertEqual(return_code(sluice.port(), 4, "alice", "alicepw"), 0)
        sluice.stop()

    def test_the_end_does_not_wait_for_checks_that_nobody_needs(self):
        sluice = self.start(pbkdf2_line("alice", b"alicepw", DEAR_ITERATIONS))
        clients = self.waiting(sluice, 100)
        request = f"GET /topics/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {b64(b'alice:x')}\r\n\r\n"
        web = [RawClient(sluice.port("http"), request.encode()) for _ in range(20)]
        sluice.process.send_signal(signal.SIGTERM)
        self.assertEqual(sluice.process.wait(START_SECONDS_MAX), 0)
        sluice.check_end()
        answers = [each.read_to_end() for each in clients]
        self.assertLess(answers.count(b"\x20\x02\x00\x05"), len(clients), "every password was checked")
        for each in clients + web:
            each.close()


class BrokenFileTest(Folder):
    def test_a_broken_file_stops_the_start_and_every_mistake_is_told(self):
        config = self.folder / "conf"
        config.write_text(f"password_file {self.users}\nlistener {free_port()} 127.0.0.1\n", encoding="utf-8")
        self.users.write_text("alice:secret\n\nbob\n" + pbkdf2_line("carol", b"x").replace("$7$101$", "$7$0$"),
                              encoding="utf-8")
        for arguments in ((), ("--test-config",)):
            ended = run_to_end("-c", str(config), *arguments)
            self.assertEqual(ended.returncode, 3)
            for line in (1, 3, 4):
                self.assertIn(f"{self.users}:{line}: ", ended.stderr)
            self.assertIn("sluice passwd -U", ended.stderr)
            self.assertNotIn("secret", ended.stderr)
        self.users.unlink()
        ended = run_to_end("-c", str(config))
        self.assertEqual(ended.returncode, 3)
        self.assertIn(f"{self.users}: password_file: cannot be read: No such file", ended.stderr)


class CommandTest(Folder):
    def passwd(self, *arguments, expect=0, **options):
        ended = run_to_end("passwd", *arguments, **options)
        self.assertEqual(ended.returncode, expect, ended)
        return ended

    def test_a_password_that_is_piped_in_opens(self):
        self.passwd("-c", str(self.users), "alice", input="a secret\na secret\n")
        self.assertEqual(self.users.stat().st_mode & 0o7777, 0o600)
        self.passwd("-H", "scram-sha-256", "-b", str(self.users), "carol", "carolpw")
        self.passwd(str(self.users), "bob", input="one\ntwo\n", expect=1)
        sluice = self.start(self.users.read_text(encoding="utf-8"))
        codes = [return_code(sluice.port(), 4, *each) for each in
                 (("alice", "a secret"), ("carol", "carolpw"), ("bob", "one"), ("alice", "a secret\n"))]
        self.assertEqual(codes, [0, 0, 5, 5])
        sluice.stop()

    def test_a_terminal_shows_no_password_and_is_left_as_it_was(self):
        for give_up in (False, True):
            with self.subTest(give_up=give_up):
                ours, its = pty.openpty()
                before = termios.tcgetattr(its)
                process = subprocess.Popen([binary(), "passwd", "-c", str(self.users), "alice"], stdin=its, stdout=its,
                                           stderr=its, env=sanitizer_environment(), start_new_session=True)
                shown = b""
                for prompt in (b"Password: ", b"Reenter password: "):
                    while not shown.endswith(prompt):
                        shown += os.read(ours, 1000)
                    if give_up:
                        process.send_signal(signal.SIGINT)
                        break
                    os.write(ours, b"a secret\n")
                self.assertEqual(process.wait(START_SECONDS_MAX), 1 if give_up else 0)
                self.assertNotIn(b"secret", shown)
                self.assertEqual(termios.tcgetattr(its), before)
                self.assertEqual(self.users.exists(), not give_up)
                if not give_up:
                    self.users.unlink()
                os.close(ours)
                os.close(its)

    @unittest.skipUnless(shutil.which("mosquitto_passwd"), "mosquitto_passwd (Debian's package mosquitto) is not there")
    def test_mosquitto_s_files_open_sluice(self):
        self.users.touch()
        for scheme in ("sha512", "sha512-pbkdf2"):
            subprocess.run(["mosquitto_passwd", "-H", scheme, "-b", str(self.users), scheme, "a secret"], check=True)
        self.passwd("-b", str(self.users), "third", "another")
        sluice = self.start(self.users.read_text(encoding="utf-8"))
        for version in (3, 4, 5):
            self.assertEqual(return_code(sluice.port(), version, "sha512", "a secret"), 0)
            self.assertEqual(return_code(sluice.port(), version, "sha512-pbkdf2", "a secret"), 0)
            self.assertEqual(return_code(sluice.port(), version, "third", "another"), 0)
            self.assertEqual(return_code(sluice.port(), version, "sha512", "another"), NOT_AUTHORIZED[version])
        sluice.stop()

    @unittest.skipUnless(MOSQUITTO, "mosquitto is not there")
    def test_our_files_open_mosquitto(self):
        self.users.write_text("plain:in plain text\n", encoding="utf-8")
        self.passwd("-U", str(self.users))
        for scheme in ("sha512", "sha512-pbkdf2"):
            self.passwd("-H", scheme, "-b", str(self.users), scheme, "a secret")
        self.users.chmod(0o644)  # started by root, mosquitto reads it as another user
        self.folder.chmod(0o755)
        port, config = free_port(), self.folder / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\npassword_file {self.users}\n", encoding="utf-8")
        broker = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(broker.wait)
        self.addCleanup(broker.kill)
        wait_until(lambda: is_open(port), "mosquitto was ready")
        for name, password, code in (("sha512", "a secret", 0), ("sha512-pbkdf2", "a secret", 0),
                                     ("plain", "in plain text", 0), ("sha512", "wrong", 5), ("sha512-pbkdf2", "x", 5)):
            self.assertEqual(return_code(port, 4, name, password), code, name)


def is_open(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


if __name__ == "__main__":
    unittest.main()
