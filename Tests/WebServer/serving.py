"""What the web servers of the tests have in common: a port that is printed, TLS, and their end."""

import http.server
import ssl
import sys
import threading


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def run(handler):
    """Serves until standard input ends; arguments: FOLDER [CERTIFICATE KEY [CLIENT_CA]]."""
    server = Server(("127.0.0.1", 0), handler)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        if len(sys.argv) > 4:
            context.load_verify_locations(sys.argv[4])
            context.verify_mode = ssl.CERT_REQUIRED
        # In the thread of a connection, or one that says nothing would hold up all others.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
