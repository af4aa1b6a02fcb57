"""Bearer tokens (JWT): as an MQTT password and by HTTP, signed by a key that the broker has; bad ones are refused, and the
end of a token ends its connection."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import tempfile
import time

from mosquitto_client import Subscriber, publish
from sluice_case import SluiceCase
from web_client import curl

SECRET = b"a secret of at least thirty-two bytes, for tests"


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class TokenCase(SluiceCase):
    algorithm = ""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-token-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        acl = cls.folder / "acl"
        acl.write_text("pattern readwrite own/%u/#\nuser alice\ntopic readwrite test/#\n", encoding="utf-8")
        cls.lines = ("allow_anonymous false", f"acl_file {acl}", "jwt_audience house", "jwt_acl_claim rights", *cls.make_key())
        super().setUpClass()

    @classmethod
    def make_key(cls):
        raise NotImplementedError

    def signature(self, text):
        raise NotImplementedError

    def token(self, **claims):
        body = {"sub": "alice", "aud": "house", "exp": int(time.time()) + 600, **claims}
        text = part({"alg": self.algorithm, "typ": "JWT"}) + "." + part({key: each for key, each in body.items() if each is not None})
        return text + "." + part(self.signature(text.encode()))

    def words(self, token):
        return ("-u", "anything", "-P", token)

    def http(self, token, *words):
        return curl(f"{self.web}/topics/{self.topic}", "-H", f"Authorization: Bearer {token}", *words)

    def check_good_token(self):
        good = self.token()
        with Subscriber(self.mqtt_port, self.topic, extra=self.words(good)) as subscriber:
            self.assertEqual(201, self.http(good, "-X", "PUT", "-d", "on").status)
            self.assertEqual([f"{self.topic} on"], subscriber.wait_for(1))
        self.assertIn("Not authorized", publish(self.mqtt_port, "own/bob/x", "1", *self.words(good), qos=1, version="5"))
        self.assertNotIn(good, self.sluice.log())

    def check_bad_tokens(self):
        good = self.token()
        for name, bad in (("expired", self.token(exp=int(time.time()) - 60)), ("no end", self.token(exp=None)),
                          ("another audience", self.token(aud="garden")), ("no name", self.token(sub=None)),
                          ("changed", good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")),
                          ("unsigned", part({"alg": "none"}) + "." + good.split(".")[1] + ".")):
            with self.subTest(name):
                self.assertEqual(401, self.http(bad).status)
                publish(self.mqtt_port, self.topic, "x", *self.words(bad), version="5", expect=0x87)

    def check_rights_of_its_own(self):
        narrow = self.token(rights={"pub": [self.topic], "sub": []})
        self.assertEqual(200, self.http(narrow, "-d", "1").status)
        self.assertEqual(403, self.http(narrow).status)
        self.assertIn("Not authorized", publish(self.mqtt_port, "own/alice/x", "1", *self.words(narrow), qos=1, version="5"))

    def check_end(self):
        brief = self.token(exp=int(time.time()) - 3)  # with the leeway of five seconds, good for two more
        with Subscriber(self.mqtt_port, self.topic, extra=self.words(brief), version="5") as subscriber:
            subscriber.wait_for_line("Received DISCONNECT (135)")
        self.sluice.wait_for_log("its token has expired")


class Secret(TokenCase):
    algorithm = "HS256"

    @classmethod
    def make_key(cls):
        path = cls.folder / "secret"
        path.write_bytes(SECRET)
        return (f"jwt_key_file {path}", "jwt_algorithms HS256")

    def signature(self, text):
        return hmac.digest(SECRET, text, hashlib.sha256)

    def test_a_good_token_opens_both_doors(self):
        self.check_good_token()

    def test_bad_tokens_open_none(self):
        self.check_bad_tokens()

    def test_a_token_may_bring_rights_that_count_alone(self):
        self.check_rights_of_its_own()

    def test_the_end_of_a_token_ends_its_connection(self):
        self.check_end()


class PublicKey(TokenCase):
    algorithm = "RS256"

    @classmethod
    def make_key(cls):
        private, public = cls.folder / "private.pem", cls.folder / "public.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(private), "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", str(private), "-pubout", "-out", str(public)], check=True, capture_output=True)
        return (f"jwt_key_file {public}",)

    def signature(self, text):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.folder / "private.pem")], input=text,
                              check=True, capture_output=True).stdout

    def test_a_good_token_opens_both_doors(self):
        self.check_good_token()

    def test_bad_tokens_open_none(self):
        self.check_bad_tokens()

    def test_the_public_key_is_no_secret(self):
        text = part({"alg": "HS256"}) + "." + part({"sub": "alice", "aud": "house", "exp": int(time.time()) + 600})
        key = (self.folder / "public.pem").read_bytes()
        forged = text + "." + part(hmac.digest(key, text.encode(), hashlib.sha256))
        self.assertEqual(401, self.http(forged).status)
