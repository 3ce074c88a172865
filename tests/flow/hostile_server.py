"""An HTTPS server that misbehaves in every way a test asks for, and remembers what it was told.

The first part of the path chooses the behaviour: https://localhost:PORT/short-body/v1/...
"""
import base64
import contextlib
import gzip
import hashlib
import json
import socket
import ssl
import threading
import time
import warnings

ORIGINAL = bytes(range(256)) * 16
HEADER_END = b"\r\n\r\n"


def digest_header(body):
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"


def headers_of(body, **changes):
    """What a right answer has; None takes a header out."""
    headers = {"Content-Type": "application/pkcs12", "Cache-Control": "no-store",
               "Content-Length": str(len(body)), "Repr-Digest": digest_header(body),
               "Kinko-Ticket": "ticket-1"}
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in headers.items() if value is not None}


def answer(body=ORIGINAL, status="200 OK", **changes):
    head = [f"HTTP/1.1 {status}"]
    head += [f"{name}: {value}" for name, value in headers_of(body, **changes).items()]
    return "\r\n".join(head).encode() + HEADER_END + body


def problem(status, code, **changes):
    body = json.dumps({"title": "a title", "status": int(status.split()[0]), "code": code}).encode()
    return answer(body, status, Content_Type="application/problem+json", Repr_Digest=None,
                  Kinko_Ticket=None, **changes)


def send_for_ever(connection, piece):
    while True:
        connection.sendall(piece)


# -- behaviours: each is given the connection after a whole request was read ------------------

def redirect_to(location, status):
    return lambda connection: connection.sendall(
        answer(b"", f"{status} Elsewhere", Location=location))


def endless_body(connection):
    connection.sendall(answer(b"", Content_Length=str(10 * 1024 ** 3)))
    send_for_ever(connection, b"x" * 65536)


def endless_chunks(connection):
    connection.sendall(answer(b"", Content_Length=None, Transfer_Encoding="chunked"))
    send_for_ever(connection, b"10000\r\n" + b"x" * 65536 + b"\r\n")


def endless_without_length(connection):
    connection.sendall(answer(b"", Content_Length=None))
    send_for_ever(connection, b"x" * 65536)


def many_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    send_for_ever(connection, b"A: b\r\n" * 1000)


def one_endless_header(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nA: ")
    send_for_ever(connection, b"x" * 65536)


def large_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    send_for_ever(connection, b"A: " + b"x" * 8000 + b"\r\n")


def endless_interim(connection):
    send_for_ever(connection, b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def chunk_cut(connection):
    connection.sendall(answer(b"", Content_Length=None, Transfer_Encoding="chunked")
                       + b"1000\r\n" + ORIGINAL[:100])


def chunked(connection):
    connection.sendall(answer(b"", Content_Length=None, Transfer_Encoding="chunked",
                              Repr_Digest=digest_header(ORIGINAL))
                       + b"%x\r\n" % len(ORIGINAL) + ORIGINAL + b"\r\n0\r\n\r\n")


def silent(connection):
    time.sleep(30)


def silent_after_headers(connection):
    connection.sendall(answer()[:-len(ORIGINAL)])
    time.sleep(30)


def one_byte_at_a_time(connection):
    for byte in answer():
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


def slow_but_steady(connection):
    """Faster than the slowest allowed, but too slow to end in time."""
    connection.sendall(answer()[:-len(ORIGINAL)])
    for at in range(0, len(ORIGINAL), 60):
        connection.sendall(ORIGINAL[at:at + 60])
        time.sleep(0.15)


def raw(content):
    return lambda connection: connection.sendall(content)


BEHAVIOURS = {
    "right": raw(answer()),
    "chunked": chunked,
    "interim-then-right": raw(b"HTTP/1.1 103 Early Hints\r\nKinko-Ticket: wrong\r\n\r\n" + answer()),
    "short-body": raw(answer()[:-1]),
    "no-body": raw(answer()[:-len(ORIGINAL)]),
    "half-headers": raw(answer()[:60]),
    "nothing": raw(b""),
    "long-body": raw(answer(ORIGINAL, Repr_Digest=digest_header(ORIGINAL + b"tail")) + b"tail"),
    "empty": raw(answer(b"")),
    "no-length": raw(answer(Content_Length=None)),
    "two-lengths": raw(answer(X="1\r\nContent-Length: 7")),
    "two-tickets": raw(answer(X="1\r\nKinko-Ticket: ticket-2")),
    "bad-ticket": raw(answer(Kinko_Ticket="a\"b")),
    "no-ticket": raw(answer(Kinko_Ticket=None)),
    "long-ticket": raw(answer(Kinko_Ticket="t" * 257)),
    "chunk-cut": chunk_cut,
    "wrong-digest": raw(answer(Repr_Digest=digest_header(b"another"))),
    "no-digest": raw(answer(Repr_Digest=None)),
    "weak-digest": raw(answer(Repr_Digest="md5=:" + base64.b64encode(b"x" * 16).decode() + ":")),
    "wrong-type": raw(answer(Content_Type="text/html")),
    "no-type": raw(answer(Content_Type=None)),
    "gzip": raw(answer(gzip.compress(ORIGINAL), Content_Encoding="gzip")),
    "gzip-bomb": raw(answer(gzip.compress(bytes(200 * 1024 ** 2)), Content_Encoding="gzip")),
    "too-large": raw(answer(bytes(1024 * 1024 + 1))),
    "largest": raw(answer(bytes(1024 * 1024))),
    "endless-body": endless_body,
    "endless-chunks": endless_chunks,
    "endless-without-length": endless_without_length,
    "many-headers": many_headers,
    "one-endless-header": one_endless_header,
    "large-headers": large_headers,
    "endless-interim": endless_interim,
    "not-http": raw(b"220 mail.example ESMTP\r\n"),
    "http-0.9": raw(ORIGINAL),
    "silent": silent,
    "silent-after-headers": silent_after_headers,
    "one-byte-at-a-time": one_byte_at_a_time,
    "slow-but-steady": slow_but_steady,
    "401": raw(problem("401 No", "id-or-pin-wrong")),
    "403": raw(problem("403 No", "id-locked")),
    "404": raw(problem("404 No", "not-found")),
    "409": raw(problem("409 No", "digest-differs")),
    "410-saved": raw(problem("410 Gone", "deleted-after-save")),
    "410-window": raw(problem("410 Gone", "window-expired")),
    "410-unknown": raw(problem("410 Gone", "whatever")),
    "429": raw(problem("429 Wait", "too-many-requests", Retry_After="1")),
    "429-long": raw(problem("429 Wait", "too-many-requests", Retry_After="100000")),
    "429-bare": raw(problem("429 Wait", "too-many-requests")),
    "500": raw(problem("500 Broken", "internal")),
    "503": raw(problem("503 Later", "unavailable", Retry_After="1")),
    "garbage-json": raw(answer(b"{\"code\": \"id-or-pin-wrong", "401 No",
                               Content_Type="application/problem+json")),
    "deep-json": raw(answer(b"[" * 60000, "401 No", Content_Type="application/problem+json")),
    "html-error": raw(answer(b"<html>no</html>", "401 No", Content_Type="text/html")),
    "control-title": raw(answer(b'{"title":"\\u001b[2J\\u202e","code":"x"}', "404 No",
                                Content_Type="application/problem+json")),
    "saved": raw(answer(b'{"delete_at":"2026-11-24T23:20:04Z"}', Content_Type="application/json")),
    "saved-no-moment": raw(answer(b'{"delete_at":"soon"}', Content_Type="application/json")),
    "saved-no-json": raw(answer(b'delete_at', Content_Type="application/json")),
}


class Listener:
    """A free port until closed; each connection is served by `_serve` in a thread of its own."""

    def __init__(self):
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve_and_close, args=(connection,), daemon=True).start()

    def _serve_and_close(self, connection):
        # What goes wrong here is what the tests are about; they look at the other side.
        with contextlib.suppress(OSError), connection:
            connection.settimeout(60)
            self._serve(connection)


class HostileServer(Listener):
    """`requests` holds (path, body) of each request; `plain_bytes` counts what came through any TLS
    connection at all."""

    def __init__(self, certificate, key, minimum=None, maximum=None, ciphers=None,
                 behaviours=None):
        self.behaviours = dict(BEHAVIOURS, **(behaviours or {}))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the point
            self.context.minimum_version = minimum or ssl.TLSVersion.TLSv1_2
            self.context.maximum_version = maximum or ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(certificate, key)
        self.requests, self.plain_bytes = [], 0
        super().__init__()
        self.url = f"https://localhost:{self.port}"

    def _serve(self, connection):
        with self.context.wrap_socket(connection, server_side=True) as secured:
            path = self._read_request(secured)
            if path is not None:
                self.behaviours[path.split("/")[1]](secured)

    def _read_request(self, connection):
        data = b""
        while HEADER_END not in data:
            piece = connection.recv(65536)
            self.plain_bytes += len(piece)
            if not piece:
                return None
            data += piece
        head, body = data.split(HEADER_END, 1)
        lines = head.decode().split("\r\n")
        size = next(int(line.split(":")[1]) for line in lines
                    if line.lower().startswith("content-length:"))
        while len(body) < size:
            piece = connection.recv(65536)
            self.plain_bytes += len(piece)
            if not piece:
                return None
            body += piece
        path = lines[0].split(" ")[1]
        self.requests.append((path, lines, body))
        return path


class PlainServer(Listener):
    """Does `behaviour(connection)`; counts connections and bytes."""

    def __init__(self, behaviour):
        self.behaviour, self.received = behaviour, b""
        super().__init__()

    def _serve(self, connection):
        self.behaviour(self, connection)
