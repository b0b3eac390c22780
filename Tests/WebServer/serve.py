"""A web server with faults, for tests: the first part of a path says which.

    serve.py FOLDER [CERTIFICATE KEY [CLIENT_CA]]

Prints its port, then a line of JSON for each request. Ends with its standard input.
"""

import base64
import http.server
import json
import os
import socket
import sys
import threading
import time
import urllib.parse

# Nothing is left in the checkout.
sys.dont_write_bytecode = True
import serving  # noqa: E402

FOLDER = sys.argv[1]
seen = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def count(self):
        """How often this very path was asked for before."""
        with lock:
            seen[self.path] = seen.get(self.path, 0) + 1
            return seen[self.path] - 1

    def tell(self, sent):
        line = {
            "method": self.command,
            "path": self.path,
            "host": self.headers.get("Host"),
            "range": self.headers.get("Range"),
            "ifRange": self.headers.get("If-Range"),
            "authorization": self.headers.get("Authorization"),
            "cacheControl": self.headers.get("Cache-Control"),
            "body": getattr(self, "posted", None),
            "webhookID": self.headers.get("webhook-id"),
            "sent": sent,
        }
        with lock:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()

    def answer(self, status, headers=(), body=b""):
        self.tell(len(body))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def until_gone(self):
        """Waits for the client to close the connection."""
        try:
            while self.connection.recv(1024):
                pass
        except OSError:
            pass

    def content(self, body, ranges=True, tag='"1"', cut=None, length=None):
        start, status, headers = 0, 200, [("ETag", tag)]
        asked = self.headers.get("Range")
        condition = self.headers.get("If-Range")
        if ranges and asked and (condition is None or condition == tag):
            start = int(asked.removeprefix("bytes=").split("-")[0])
            if start >= len(body):
                return self.answer(416, [("Content-Range", f"bytes */{len(body)}")])
            status = 206
            headers.append(("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}"))
        part = body[start:]
        headers.append(("Content-Length", str(len(part) if length is None else length)))
        self.answer(status, headers, part if cut is None else part[:cut])

    def do_POST(self):
        self.posted = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.do_GET()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        parts = url.path.split("/")
        words, name = parts[1].split(":"), parts[-1]
        mode = words[0]
        try:
            with open(os.path.join(FOLDER, name), "rb") as file:
                body = file.read()
        except OSError:
            body = None
        before = self.count()
        if mode == "status":
            headers = [("Retry-After", words[2])] if len(words) > 2 else []
            return self.answer(int(words[1]), headers, b"no")
        if mode == "refusing":
            # More than anybody reads of a refusal.
            return self.answer(503, [], b"no\n" * (5 << 20))
        if mode == "once" and before == 0:
            return self.answer(int(words[1]), [], b"not now")
        if mode == "hang" and before == 0:
            self.tell(0)
            return self.until_gone()
        if mode == "token":
            # For one client with one secret, an unsigned token of so many seconds; the request with
            # the number behind that, from 0 on, finds nobody.
            if len(words) > 2 and before == int(words[2]):
                return self.answer(503, [], b"not now")
            known = base64.b64encode(b"swerve:s3%3Dcret").decode()
            if self.headers.get("Authorization") != f"Basic {known}":
                return self.answer(401, [], b'{"error":"invalid_client"}')
            now, seconds = int(time.time()), int(words[1])

            def part(value):
                return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

            claims = {"sub": "worker", "iat": now, "exp": now + seconds}
            token = f"{part({'alg': 'none'})}.{part(claims)}."
            return self.answer(
                200, [], json.dumps({"access_token": token, "expires_in": seconds}).encode())
        if mode == "redirect":
            left = int(words[2])
            to = f"/redirect:{words[1]}:{left - 1}/{name}" if left > 1 else f"/plain/{name}"
            return self.answer(int(words[1]), [("Location", to)])
        if mode == "to":
            to = urllib.parse.parse_qs(url.query)["url"][0]
            return self.answer(302, [("Location", to)])
        if mode == "auth" and self.headers.get("Authorization") != f"Bearer {words[1]}":
            return self.answer(401)
        if mode == "endless":
            self.tell(0)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + (body or b""))
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(bytes(65536))
            except OSError:
                return None
        if mode == "headers":
            self.tell(0)
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            try:
                while True:
                    self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            except OSError:
                return None
        if mode == "huge":
            self.answer(200, [("Content-Length", str(10**12))])
            return None
        if body is None:
            return self.answer(404)
        if mode == "noranges":
            cut = int(words[1]) if before == 0 else None
            return self.content(body, ranges=False, cut=cut)
        if mode == "cut":
            return self.content(body, cut=int(words[1]) if before == 0 else None)
        if mode == "cuts":
            return self.content(body, cut=int(words[1]))
        if mode == "changed":
            if before == 0:
                return self.content(body, tag='"old"', cut=int(words[1]))
            return self.content(body, tag='"new"')
        if mode == "wrongrange" and before > 0 and self.headers.get("Range"):
            return self.answer(
                206, [("Content-Range", f"bytes 0-{len(body) - 1}/{len(body)}")], body)
        if mode == "wrongrange":
            return self.content(body, cut=int(words[1]) if before == 0 else None)
        if mode == "slow":
            self.content(body, cut=int(words[1]))
            self.wfile.flush()
            return self.until_gone()
        if mode == "long":
            return self.content(body, ranges=False, length=len(body) + 1000)
        if mode == "short":
            return self.content(body[: -int(words[1])], ranges=False)
        if mode == "gzip":
            return self.answer(200, [("Content-Encoding", "gzip")], body)
        if mode == "cached" and self.headers.get("Cache-Control") != "no-cache":
            place = int(words[1])
            return self.content(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        return self.content(body)


serving.run(Handler)
