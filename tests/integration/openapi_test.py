"""Every operation of the OpenAPI document, called as its examples say, and its answers held against their schemas.

How an operation is called stands in the document: by x-example-request (tests/openapi/README.md says what goes into it), or
by the examples of its required parameters and of its body. An operation that can't be called so fails the test."""

import base64
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from conditions import PATIENCE_SECONDS, Stopwatch
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import RawWeb

OPENAPI = pathlib.Path(__file__).resolve().parents[1] / "openapi"
# What an operation needs may be made by another one: what makes comes first, what ends comes last.
ORDER = ("put", "post", "patch", "get", "head", "options", "delete")
# Fields that any HTTP answer may have; all others have to be described.
COMMON_FIELDS = {"date", "server", "connection", "content-length", "content-type", "transfer-encoding", "vary", "cache-control",
                 "x-content-type-options", "content-security-policy", "referrer-policy", "x-accel-buffering", "keep-alive"}
ADMINISTRATOR = "Basic " + base64.b64encode(b"admin:secret").decode()


def missing():
    if shutil.which("node") is None:
        return "this suite needs node"
    if not (OPENAPI / "node_modules").is_dir():
        return "this suite needs the npm packages of tests/openapi (npm ci)"
    return None


def escaped(part):
    return part.replace("~", "~0").replace("/", "~1")


def member(value, pointer):
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def filled(value, kept):
    """The value with every ${name} replaced by what an earlier request kept under that name."""
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: str(kept[found[1]]), value)
    if isinstance(value, list):
        return [filled(each, kept) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, kept) for name, each in value.items()}
    return value


def example_of(content):
    if "example" in content:
        return content["example"]
    return next(iter(content["examples"].values()))["value"] if content.get("examples") else None


class Operation:
    def __init__(self, document, path, method):
        self.document, self.path, self.method = document, path, method
        self.described = document["paths"][path][method]
        self.pointer = f"/paths/{escaped(path)}/{method}"
        self.name = f"{method.upper()} {path}"

    def resolved(self, value):
        while isinstance(value, dict) and "$ref" in value:
            value = member(self.document, value["$ref"][1:])
        return value

    def parameters(self):
        both = [*self.document["paths"][self.path].get("parameters", []), *self.described.get("parameters", [])]
        return [self.resolved(each) for each in both]

    def requests(self):
        """The requests that call it, whole."""
        named = self.described.get("x-example-request", {})
        for each in named if isinstance(named, list) else [named]:
            yield self.request(each)

    def request(self, named):
        made = {"method": self.method.upper(), "headers": {}, "before": [], "status": None, **named}
        target, query = self.path, []
        for parameter in self.parameters():
            if not parameter.get("required"):
                continue
            value = self.example_of_parameter(parameter, named)
            if parameter["in"] == "path":
                target = target.replace("{" + parameter["name"] + "}", urllib.parse.quote(value, safe=""))
            elif parameter["in"] == "query":
                query.append(f"{parameter['name']}={urllib.parse.quote(value, safe='')}")
            elif parameter["in"] == "header":
                made["headers"] = {parameter["name"]: value, **made["headers"]}
        made.setdefault("target", target + ("?" + "&".join(query) if query else ""))
        self.add_body(made)
        return made

    def example_of_parameter(self, parameter, named):
        value = parameter.get("example", parameter["schema"].get("const"))
        if value is None and parameter.get("examples"):
            value = next(iter(parameter["examples"].values()))["value"]
        if value is None:
            if "target" in named:
                return ""
            raise AssertionError(f"{self.name}: the parameter {parameter['name']} has no example")
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)

    def add_body(self, made):
        body = self.resolved(self.described.get("requestBody"))
        if body is None or "body" in made and "Content-Type" in made["headers"]:
            return
        kind, content = next(iter(body["content"].items()))
        if "body" not in made:
            made["body"] = example_of(content)
            if made["body"] is None:
                raise AssertionError(f"{self.name}: its body has no example")
        if "*" not in kind:
            made["headers"] = {"Content-Type": kind, **made["headers"]}


class Events:
    """The items of a stream, in the form that x-item-schema speaks of."""

    def __init__(self, web, kind):
        self.web, self.kind = web, kind

    def next(self):
        """The next one. Signs of life don't count, and don't make it wait for ever."""
        watch = Stopwatch()
        while watch.seconds() < PATIENCE_SECONDS:
            item = self.next_block()
            if item is not None:
                return item
        raise AssertionError("the stream showed signs of life only")

    def next_block(self):
        if self.kind != "text/event-stream":
            line = self.web.read_until(b"\n")
            return json.loads(line) if line else None
        event = {}
        for line in self.web.read_until(b"\n\n").split("\n"):
            name, _, value = line.partition(":")
            if name:
                event[name] = value.removeprefix(" ")
        if "data" not in event:
            return None
        if "retry" in event:
            event["retry"] = int(event["retry"])
        with contextlib.suppress(ValueError):
            event["data"] = json.loads(event["data"])
        return event


@unittest.skipIf(missing(), missing())
class OpenapiTest(SluiceCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-openapi-")
        cls.addClassCleanup(folder.cleanup)
        path = pathlib.Path(folder.name)
        ended = run_to_end("passwd", "-b", "-c", str(path / "passwords"), "admin", "secret")
        assert ended.returncode == 0, ended.stderr
        (path / "acl").write_text("topic readwrite #\nuser admin\ntopic readwrite #\ntopic readwrite $CONTROL/#\n"
                                  "topic read $SYS/#\n", encoding="utf-8")
        (path / "store").mkdir()
        cls.lines = ("persistence true", f"persistence_location {path}/store/", "history # 1h 1000", "last_value_cache #",
                     f"password_file {path}/passwords", f"acl_file {path}/acl")
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.kept = {}
        self.values = []  # for the judge
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def connect(self):
        web = RawWeb(self.sluice.port("http"))
        self.open.callback(web.close)
        return web

    def send(self, request):
        """The answer; its body is read unless it is a stream. Streams stay open until the test ends."""
        asked = filled(request, self.kept)
        body = asked.get("body", "")
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        fields = {"Host": "127.0.0.1", "Authorization": ADMINISTRATOR, **asked.get("headers", {})}
        if data or asked["method"] in ("PUT", "POST", "PATCH"):
            fields["Content-Length"] = str(len(data))
        head = f"{asked['method']} {asked['target']} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        web = self.connect()
        web.send(head.encode() + b"\r\n" + data)
        return web

    def prepare(self, step):
        """One request that comes before: it has to go well, and what it answers may be kept."""
        web = self.send(step)
        if step.get("stream"):
            answer = self.head_of(web)
            said = Events(web, answer.field("Content-Type").split(";")[0]).next().get("data") if "keep" in step else None
        else:
            answer = web.read_answer(step["method"])
            said = answer.json if "keep" in step else None
            web.close()
        if answer.status >= 300 and not step.get("may_fail"):
            raise AssertionError(f"before it, {step['method']} {step['target']} was answered with {answer!r}")
        for name, pointer in step.get("keep", {}).items():
            self.kept[name] = member(said, pointer)

    @staticmethod
    def head_of(web):
        answer = web.read_answer("HEAD")
        web.chunked = answer.field("Transfer-Encoding") == "chunked"
        return answer

    def judge(self, name, pointer, value):
        self.values.append({"name": name, "pointer": pointer, "value": value})

    def call(self, operation, request):
        for step in request["before"]:
            self.prepare(step)
        web = self.send(request)
        answer = self.head_of(web)
        if request["method"] != "HEAD" and answer.status not in (101, 204, 304):
            self.read_body(operation, web, answer)
        expected = request["status"]
        if answer.status >= 300 and expected != answer.status or expected and answer.status != expected:
            raise AssertionError(f"{request['target']} was answered with {answer!r}, expected was {expected or 'success'}; "
                                 "what has to be done first can be told in x-example-request, see tests/openapi/README.md")
        described = operation.described["responses"].get(str(answer.status))
        if described is None:
            raise AssertionError(f"{request['target']}: the status {answer.status} is not described")
        self.check_fields(operation, operation.resolved(described), answer)

    def read_body(self, operation, web, answer):
        responses = operation.described["responses"]
        content = operation.resolved(responses.get(str(answer.status), {})).get("content", {})
        kind = (answer.field("Content-Type") or "").split(";")[0]
        chosen = kind if kind in content else "*/*"
        if chosen not in content:
            answer.body = self.rest_of(web, answer)
            if answer.status < 300:
                raise AssertionError(f"{answer.status} with {kind!r} is not described: {answer!r}")
            return
        where = f"{operation.pointer}/responses/{answer.status}"
        if "$ref" in responses[str(answer.status)]:
            where = responses[str(answer.status)]["$ref"][1:]
        where += f"/content/{escaped(chosen)}"
        name = f"{operation.name} {answer.status} {kind}"
        if "x-item-schema" in content[chosen]:
            self.judge(name, f"{where}/x-item-schema", Events(web, kind).next())
            return
        if web.chunked and kind == "text/plain":  # a stream of payloads
            answer.body = (web.read_until(b"\n") + "\n").encode()
        else:
            answer.body = self.rest_of(web, answer)
        value = answer.json if kind.endswith("json") else answer.body.decode("utf-8", "replace")
        if chosen != "*/*":
            self.judge(name, f"{where}/schema", value)

    @staticmethod
    def rest_of(web, answer):
        if web.chunked:
            while not web.ended:
                web.read_chunk()
            return web.text
        size = answer.field("Content-Length")
        if size is None:
            return web.read_to_end()
        while len(web.unread) < int(size):
            web.fill()
        return web.unread[:int(size)]

    def check_fields(self, operation, described, answer):
        known = {name.lower(): operation.resolved(header) for name, header in described.get("headers", {}).items()}
        present = {name.lower() for name, _ in answer.fields}
        undescribed = {name for name in present - COMMON_FIELDS - known.keys() if not name.startswith("access-control-")}
        if undescribed:
            raise AssertionError(f"{answer.status}: fields that are not described: {', '.join(sorted(undescribed))}")
        absent = {name for name, header in known.items() if header.get("required")} - present
        if absent:
            raise AssertionError(f"{answer.status}: fields that are missing: {', '.join(sorted(absent))}")
        for name, value in answer.fields:
            if name.lower() in known:
                self.judge_field(operation, answer.status, name, value)

    def judge_field(self, operation, status, name, value):
        described = operation.described["responses"][str(status)]
        where = f"{operation.pointer}/responses/{status}"
        if "$ref" in described:
            where, described = described["$ref"][1:], operation.resolved(described)
        spelt = next(each for each in described["headers"] if each.lower() == name.lower())
        header = described["headers"][spelt]
        where = header["$ref"][1:] if "$ref" in header else f"{where}/headers/{spelt}"
        is_number = operation.resolved(header)["schema"].get("type") == "integer" and value.isdigit()
        self.judge(f"{operation.name} {status} {name}", f"{where}/schema", int(value) if is_number else value)

    def judged(self, document):
        ended = subprocess.run(["node", "judge.mjs"], cwd=OPENAPI, input=json.dumps({"document": document, "values": self.values}),
                               capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout.splitlines()

    def test_every_operation_answers_as_it_is_described(self):
        web = self.send({"method": "GET", "target": "/api/v1/openapi.json"})
        document = web.read_answer().json
        operations = [Operation(document, path, method) for method in ORDER for path, item in document["paths"].items()
                      if method in item]
        self.assertEqual(len(operations), sum(len(set(item) - {"parameters", "summary", "description"})
                                              for item in document["paths"].values()))
        wrong = []
        for operation in operations:
            try:
                for request in operation.requests():
                    self.call(operation, request)
            except (AssertionError, ConnectionError, TimeoutError, KeyError, ValueError) as failure:
                wrong.append(f"{operation.name}: {failure or type(failure).__name__}")
        wrong += self.judged(document)
        self.assertGreaterEqual(len(self.values), len(operations) // 2, "hardly anything was judged")
        self.assertEqual(wrong, [], "\n\n" + "\n\n".join(wrong))

    def described(self, target):
        self.prepare({"method": "PUT", "target": "/topics/home/kitchen/temp", "body": "21.5"})
        self.prepare({"method": "PUT", "target": "/topics/home/kitchen.temp", "body": '{"temp":21,"tags":["a"]}'})
        answer = self.send({"method": "GET", "target": target}).read_answer()
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_the_other_descriptions_are_what_their_standards_say(self):
        documents = {"asyncapi": self.described("/api/v1/asyncapi.json"), "thing": self.described("/.well-known/wot")}
        ended = subprocess.run(["node", "standards.mjs"], cwd=OPENAPI, input=json.dumps(documents), capture_output=True,
                               text=True, timeout=2 * PATIENCE_SECONDS, check=False)
        self.assertEqual((ended.returncode, ended.stdout), (0, ""), ended.stdout + ended.stderr)

    def test_the_mqtt_side_is_described_by_listeners_and_values(self):
        document = self.described("/api/v1/asyncapi.json?filter=home/kitchen/%23&filter=home/%2B")
        ports = {"mqtt": self.mqtt_port, "ws": self.sluice.port("http")}
        self.assertEqual({server["protocol"]: server["host"] for server in document["servers"].values()},
                         {scheme: f"localhost:{port}" for scheme, port in ports.items()})
        addresses = {name: channel["address"] for name, channel in document["channels"].items()}
        self.assertEqual(addresses, {"home.kitchen_temp": "home/kitchen.temp", "home.kitchen.temp": "home/kitchen/temp"})
        payload = document["channels"]["home.kitchen_temp"]["messages"]["value"]["payload"]
        self.assertEqual(payload["properties"]["tags"], {"type": "array", "items": {"type": "string"}})
        self.assertIn("send.home.kitchen.temp", document["operations"])

    def test_a_thing_is_read_and_written_by_its_forms(self):
        thing = self.described("/.well-known/wot?topic=home/kitchen/temp")
        forms = thing["properties"]["home.kitchen.temp"]["forms"]
        by_operation = {form["op"]: form for form in forms if isinstance(form["op"], str) and form["href"].startswith("/")}
        self.prepare({"method": by_operation["writeproperty"]["htv:methodName"], "target": by_operation["writeproperty"]["href"],
                      "body": "23"})
        answer = self.send({"method": "GET", "target": by_operation["readproperty"]["href"]}).read_answer()
        self.assertEqual(answer.text, "23")
        broker = next(form for form in forms if form["href"].startswith("mqtt:") and "observeproperty" in form["op"])
        self.assertEqual((broker["href"], broker["mqv:filter"]), (f"mqtt://localhost:{self.mqtt_port}", "home/kitchen/temp"))

    def test_pages_of_topics_lead_to_each_other(self):
        self.described("/.well-known/wot")
        answer = self.send({"method": "GET", "target": "/api/v1/asyncapi.json?limit=1"}).read_answer()
        self.assertTrue(answer.json["info"]["x-truncated"])
        following = answer.field("Link").split(">")[0].lstrip("<")
        more = self.send({"method": "GET", "target": following}).read_answer().json
        self.assertNotEqual(list(answer.json["channels"]), list(more["channels"]))
        self.assertEqual(len(more["channels"]), 1)


if __name__ == "__main__":
    unittest.main()
