"""A schema registry of one schema, on this machine: what a consumer of Avro asks for."""
import http.server
import json
import threading

_TYPE = "application/vnd.schemaregistry.v1+json"


def start(schemas):
    """Serves schemas by their ids from a thread of its own; the registry's address."""
    texts = {f"/schemas/ids/{number}": json.dumps(schema) for number, schema in schemas.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            schema = texts.get(self.path.split("?")[0])
            answer = {"schema": schema} if schema else {
                "error_code": 40403, "message": "Schema not found"}
            body = json.dumps(answer).encode()
            self.send_response(200 if schema else 404)
            self.send_header("Content-Type", _TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
