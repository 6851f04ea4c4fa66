#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A responder of OCSP that is none: what it does instead, the path of the URL says.

    ocsp.py PORT REPLAY    REPLAY: a file with an answer that once was right
"""
import http.server
import socketserver
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body, kind="application/ocsp-response", length=None):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        what = self.path.strip("/").split("/")[0]
        if what == "replay":
            with open(sys.argv[2], "rb") as file:
                self.answer(file.read())
        elif what == "html":
            self.answer(b"<html>please log in</html>", "text/html")
        elif what == "huge":
            # a structure of 256 MiB, and it does come
            self.answer(b"\x30\x84\x10\x00\x00\x00", length=0x10000006)
            try:
                for _ in range(4096):
                    self.wfile.write(bytes(65536))
            except OSError:
                pass
        elif what == "slow":
            # one byte and then another, for as long as anybody listens
            self.send_response(200)
            self.flush_headers()
            try:
                while True:
                    self.wfile.write(b"X-Slow: 1\r\n")
                    time.sleep(0.3)
            except OSError:
                pass
        else:
            self.send_error(500)

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
