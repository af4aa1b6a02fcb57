"""An HTTP or HTTPS server that stands for a webhook's endpoint: it keeps what it is sent, and answers as it is told."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading

from conditions import wait_until


class Call:
    def __init__(self, path, fields, body):
        self.path, self.fields, self.body = path, fields, body

    @property
    def json(self):
        return json.loads(self.body)

    def field(self, name):
        return self.fields.get(name)

    def is_signed_by(self, secret):
        """As Standard Webhooks says it, and apart from our own code."""
        text = f"{self.field('webhook-id')}.{self.field('webhook-timestamp')}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()
        return wanted in self.field("webhook-signature").split(" ")


class Endpoint:
    """`answers` are (status, fields, body), one a call; behind the last one 204 is said. `hold`: an event that every
    call waits for before it is answered."""

    def __init__(self, certificate=None):
        self.calls = []
        self.answers = []
        self.hold = None
        self.lock = threading.Lock()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name; the library's
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with endpoint.lock:
                    endpoint.calls.append(Call(self.path, self.headers, body))
                    status, fields, text = endpoint.answers.pop(0) if endpoint.answers else (204, {}, b"")
                    hold = endpoint.hold
                if hold:
                    hold.wait(60)
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a caller that went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def answer(self, *answers):
        with self.lock:
            self.answers = [(status, fields, body) for status, fields, body in answers]

    def wait_for(self, count):
        wait_until(lambda: len(self.calls) >= count, lambda: f"{count} calls; there were {len(self.calls)}", 30)
        return self.calls[:count]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
