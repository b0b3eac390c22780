"""A schema registry with faults, for tests.

    registry.py FOLDER [CERTIFICATE KEY [CLIENT_CA]]

Prints its port, and writes a line of JSON for each request to FOLDER/requests.jsonl. Ends with its
standard input. It reads FOLDER/registry.json at each request:

    {"ids": {"17": ANSWER}, "guids": {GUID: ANSWER}, "subjects": {SUBJECT: {VERSION: ANSWER}},
     "authorization": "Bearer x", "faults": {PLACE: [FAULT, …]}, "rejects": [STATUS, BODY]}

PLACE is an id, a GUID, a subject, or * for all; the first request of a place gets the first fault,
and so on; the last one holds for all behind it where it ends in *. Without a fault it answers as a
registry does.
"""

import gzip
import http.server
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse

# Nothing is left in the checkout.
sys.dont_write_bytecode = True
import serving  # noqa: E402

FOLDER = sys.argv[1]
lock = threading.Lock()
counts = {}
registered = {}


def settings():
    try:
        with open(os.path.join(FOLDER, "registry.json"), encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=(), length=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)
        if length is not None:
            self.close_connection = True

    def missing(self, code):
        self.answer(404, {"error_code": code, "message": f"Not found ({code})"})

    def until_gone(self):
        """Waits for the client to close the connection."""
        self.close_connection = True
        try:
            while self.connection.recv(1024):
                pass
        except OSError:
            pass

    def fault(self, place):
        """What this request of the place is to get; nil for an honest answer."""
        faults = settings().get("faults", {})
        key = place if place in faults else "*"
        if key not in faults:
            return None
        with lock:
            number = counts.get(key, 0)
            counts[key] = number + 1
        words = faults[key]
        if number < len(words):
            return words[number].removesuffix("*")
        return words[-1][:-1] if words and words[-1].endswith("*") else None

    def do_POST(self):
        self.posted = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.serve()

    def do_GET(self):
        self.posted = None
        self.serve()

    def serve(self):
        line = {
            "method": self.command,
            "path": self.path,
            "authorization": self.headers.get("Authorization"),
            "accept": self.headers.get("Accept"),
            "contentType": self.headers.get("Content-Type"),
            "cluster": self.headers.get("target-sr-cluster"),
            "body": self.posted,
            "atMs": int(time.monotonic() * 1000),
        }
        with lock, open(os.path.join(FOLDER, "requests.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        path = urllib.parse.urlsplit(self.path).path.removeprefix("/apis/ccompat/v7")
        parts = [urllib.parse.unquote(part) for part in path.split("/")[1:]]
        place = parts[2] if parts[0] == "schemas" and len(parts) > 2 else parts[-1]
        if parts[0] == "subjects" and len(parts) > 1:
            place = parts[1]
        fault = self.fault(place)
        if fault and fault != "gzip":
            return self.misbehave(*fault.split(":", 1))
        wanted = settings().get("authorization")
        if wanted and self.headers.get("Authorization") != wanted:
            return self.answer(401, {"error_code": 401, "message": "Unauthorized"})
        return self.honest(parts, fault == "gzip")

    def honest(self, parts, zipped):
        now = settings()
        if self.command == "POST" and parts[0] == "subjects":
            return self.post(parts[1], json.loads(self.posted)["schema"], len(parts) == 3)
        if parts[0] == "schemas":
            found = now.get(parts[1], {}).get(parts[2])
            if found is None:
                return self.missing(40403)
        else:
            versions = now.get("subjects", {}).get(parts[1])
            found = (versions or {}).get(parts[3])
            if found is None:
                return self.missing(40401 if versions is None else 40402)
        if zipped:
            data = gzip.compress(json.dumps(found).encode())
            return self.answer(200, data, [("Content-Encoding", "gzip")])
        return self.answer(200, found)

    def post(self, subject, schema, registers):
        rejection = settings().get("rejects")
        with lock:
            known = registered.get(subject, {})
            number = known.get(schema)
            if number is None and registers and not rejection:
                number = known[schema] = 9001 + sum(map(len, registered.values()))
                registered[subject] = known
        if number is not None:
            return self.answer(200, {"subject": subject, "id": number, "version": 1})
        if registers:
            return self.answer(rejection[0], rejection[1])
        return self.missing(40403 if known else 40401)

    def misbehave(self, name, value=""):
        if name == "html":
            return self.answer(200, b"<html>Sign in</html>")
        if name == "404html":
            return self.answer(404, b"<html>no</html>")
        if name == "array":
            return self.answer(200, [1])
        if name == "noschema":
            return self.answer(200, {"id": 1})
        if name == "redirect":
            return self.answer(302, b"", [("Location", value)])
        if name == "retry":
            status, seconds = value.split(":")
            return self.answer(int(status), {"message": "later"}, [("Retry-After", seconds)])
        if name == "cut":
            return self.answer(200, b'{"schema":"', length=1000)
        if name == "deep":
            return self.answer(200, {"schema": "[" * int(value)})
        if name == "deepanswer":
            return self.answer(200, b"[" * int(value))
        if name == "big":
            return self.answer(200, {"schema": "x" * int(value)})
        if name == "bomb":
            data = gzip.compress(json.dumps({"schema": " " * int(value)}).encode())
            return self.answer(200, data, [("Content-Encoding", "gzip")])
        if name == "endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(b" " * 65536)
            except OSError:
                return None
        if name == "headers":
            self.close_connection = True
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            except OSError:
                return None
        if name == "hang":
            return self.until_gone()
        if name == "reset":
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        status = int(name)
        body = {"error_code": int(value or name), "message": "so it is"}
        return self.answer(status, body)


serving.run(Handler)
