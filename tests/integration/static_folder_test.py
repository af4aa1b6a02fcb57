"""Files of the operator's own (http_dir), and GET that publishes, conditions that are asked for, ids that say nothing."""

import os
import pathlib
import tempfile
import unittest

from conditions import wait_until
from raw_websocket import RawWebSocket
from sluice_case import SluiceCase
from web_client import curl, delete, get, put


class StaticFolderTest(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-pages-")
        cls.addClassCleanup(folder.cleanup)
        base = pathlib.Path(folder.name)
        (base / "secret.txt").write_text("secret")
        pages = base / "pages"
        (pages / "sub").mkdir(parents=True)
        (pages / ".git").mkdir()
        for name, text in (("index.html", "<p>hello"), ("a b.css", "p {}"), ("sub/index.html", "sub"), (".env", "hidden"),
                           (".git/config", "hidden"), ("sub/.x", "hidden")):
            (pages / name).write_text(text)
        (pages / "inside.txt").symlink_to("a b.css")
        (pages / "outside.txt").symlink_to(base / "secret.txt")
        (pages / "upwards.txt").symlink_to("../secret.txt")
        (pages / "updir").symlink_to("..")
        os.mkfifo(pages / "pipe")
        (pages / "large.bin").touch()
        os.truncate(pages / "large.bin", 100_000_000)
        cls.listeners = {"http": (f"http_dir {pages}",), "http_plain": (), "websockets": (f"http_dir {pages}",)}
        super().setUpClass()

    def page(self, path, *words, name="http"):
        return curl(self.sluice.base(name) + path, *words)

    def test_files_are_served_with_type_and_tag(self):
        for path, text, kind in (("/", "<p>hello", "text/html; charset=utf-8"), ("/index.html", "<p>hello", "text/html; charset=utf-8"),
                                 ("/a%20b.css", "p {}", "text/css; charset=utf-8"), ("/sub/", "sub", "text/html; charset=utf-8"),
                                 ("/inside.txt", "p {}", "text/plain; charset=utf-8"), ("/?x=1", "<p>hello", "text/html; charset=utf-8")):
            with self.subTest(path=path):
                answer = self.page(path)
                self.assertEqual((answer.status, answer.text, answer.field("Content-Type")), (200, text, kind))
                again = self.page(path, "-H", f"If-None-Match: {answer.field('ETag')}")
                self.assertEqual((again.status, again.body), (304, b""))
        head = self.page("/", "-I")
        self.assertEqual((head.status, head.field("Content-Length")), (200, "8"))

    def test_a_folder_is_shown_behind_its_slash(self):
        answer = self.page("/sub")
        self.assertEqual((answer.status, answer.field("Location")), (308, "/sub/"))

    def test_nothing_else_is_served(self):
        for path in ("/.env", "/.git/config", "/sub/.x", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/sub/../../secret.txt",
                     "/outside.txt", "/upwards.txt", "/updir/secret.txt", "/updir/pages/index.html", "/pipe", "/missing", "/sub/missing",
                     "/index.html/", "/%00", "//etc/passwd", "/etc/passwd"):
            with self.subTest(path=path):
                answer = self.page(path)
                self.assertEqual(answer.status, 404, answer)
                self.assertNotIn("secret", answer.text.replace("secret.txt", ""))
        self.assertEqual(self.page("/large.bin").status, 422)

    def test_what_the_server_serves_itself_stays(self):
        self.assertEqual(self.page("/healthz").status, 200)
        self.assertEqual(self.page("/api/v1/version").status, 200)
        self.assertEqual(self.page(f"/topics/{self.topic}").status, 404)
        self.assertEqual(self.page("/index.html", "-X", "DELETE").status, 405)
        self.assertNotIn("hello", self.page("/", name="http_plain").text)

    def test_beside_websockets_as_in_mosquitto(self):
        self.assertEqual(self.page("/", name="websockets").text, "<p>hello")
        self.assertEqual(self.page("/missing", name="websockets").status, 426)
        web = RawWebSocket(self.sluice.port("websockets"), path="/")
        self.addCleanup(web.socket.close)
        self.assertEqual(web.status, 101)


class HttpOptionsTest(SluiceCase):
    listeners = {"http": (), "http_get": ("http_get_publish true",), "http_match": ("http_require_if_match true",)}

    def url(self, name="http"):
        return f"{self.sluice.base(name)}/topics/{self.topic}"

    def test_get_publishes_where_the_operator_wants_it(self):
        answer = get(self.url("http_get") + "?publish=ON%201&retain=1")
        self.assertEqual((answer.status, answer.json["retain"], answer.field("Cache-Control")), (200, True, "no-store"))
        self.assertEqual(get(self.url("http_get")).text, "ON 1")

    def test_and_nowhere_else(self):
        answer = get(self.url() + "?publish=ON&retain=1")
        self.assertEqual((answer.status, "PUT" in answer.field("Allow")), (405, True))
        self.assertIn("http_get_publish", answer.json["hint"])
        for more in (("-H", "Sec-Fetch-Site: cross-site"), ("-H", "Sec-Fetch-Site: same-site"), ("-H", "Origin: https://evil.example"),
                     ("-H", "Sec-Purpose: prefetch")):
            with self.subTest(more=more):
                self.assertEqual(get(self.url("http_get") + "?publish=ON&retain=1", *more).status, 403)
        self.assertEqual(curl(self.url("http_get") + "?publish=ON", "-I").status, 405)
        self.assertEqual(put(self.url("http_get") + "?publish=ON", "x").status, 400)
        self.assertEqual(get(self.url()).status, 404)

    def test_a_condition_is_asked_for(self):
        url = self.url("http_match")
        refused = put(url, "1")
        self.assertEqual((refused.status, refused.json["type"]), (428, "/problems/condition-needed"))
        made = put(url, "1", "-H", "If-None-Match: *")
        self.assertEqual(made.status, 201)
        self.assertEqual(put(url, "2", "-H", "If-None-Match: *").status, 412)
        self.assertEqual(put(url, "2", "-H", f"If-Match: {made.field('ETag')}").status, 200)
        self.assertEqual(delete(url).status, 428)
        self.assertEqual(curl(url, "-d", "event").status, 200, "an event replaces nothing")
        self.assertEqual(delete(url, "-H", "If-Match: *").status, 204)


class PacketSizeTest(SluiceCase):
    lines = ("max_packet_size 1000",)

    def test_no_body_is_larger_than_a_packet(self):
        self.assertEqual(put(f"{self.web}/topics/{self.topic}", "x" * 900).status, 201)
        self.assertEqual(put(f"{self.web}/topics/{self.topic}", "x" * 1001).status, 413)


class OpaqueIdTest(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-ids-")
        cls.addClassCleanup(folder.cleanup)
        cls.lines = ("http_opaque_ids true", "persistence true", f"persistence_location {folder.name}/")
        super().setUpClass()

    def test_ids_say_nothing_and_mean_the_same_after_a_restart(self):
        url = f"{self.web}/topics/{self.topic}"
        tags = [put(url, str(each)).field("ETag") for each in range(3)]
        for tag in tags:
            self.assertRegex(tag, '^"[a-z0-9]+-[A-Za-z0-9_-]{22}"$')
        self.assertEqual(len({tag[:12] for tag in tags}), 3)
        self.assertEqual(get(url, "-H", f"If-None-Match: {tags[2]}").status, 304)
        self.assertEqual(put(url, "x", "-H", f"If-Match: {tags[0]}").status, 412)
        self.sluice.process.terminate()
        self.sluice.process.wait()
        self.sluice.launch()
        wait_until(self.sluice.is_ready, "it is back")
        self.assertEqual(get(url, "-H", f"If-None-Match: {tags[2]}").status, 304)


if __name__ == "__main__":
    unittest.main()
