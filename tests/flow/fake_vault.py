"""A vault that answers as a test wants: for certificates that no real one could have in time.

It speaks only hello, list and, when told, errors; the command line takes it for a private vault,
because it runs as the same user and KINKO_SOCKET names it.
"""
import os
import socket
import struct
import threading

import kinko

READY = 0


def text(value):
    return kinko.text(value)


def entry(label="DEMO Taro", fingerprint="", number=1, subject="CN=DEMO Taro,C=JP", active=False,
          tries_left=5, follows_rule=True, verified_at=0, where="", not_before=1_000_000_000,
          not_after=4_000_000_000, original=bytes(32), issuer="CN=DEMO CA,C=JP", serial="0a1b",
          key="rsa-2048"):
    """One certificate as it crosses the wire (vault/cert/entry.c)."""
    return b"".join([
        bytes.fromhex(fingerprint.ljust(64, "0")), text(subject), text(issuer),
        text(serial), text(""), text(key), struct.pack(">qq", not_before, not_after),
        text(label), struct.pack(">Q", number), bytes([active, tries_left, follows_rule]),
        struct.pack(">q", verified_at), text(where), original, struct.pack(">q", 0)])


class FakeVault:
    """Lists the entries given; answers everything else with an error of this number."""

    def __init__(self, folder, entries=(), error=kinko.ERRORS["ERR_PIN_WRONG"][0], tries_left=4,
                 taken=(), silent=()):
        self.path = os.path.join(folder, "vault.sock")
        self.entries, self.error, self.tries_left = list(entries), error, tries_left
        self.taken, self.silent = taken, silent  # answered with an empty reply; with nothing
        self.asked = []  # the names of the messages that came
        self.bodies = {}  # the last body of each
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                while packet := client.recv(256 * 1024):
                    if answer := self._answer(packet):
                        client.send(answer)

    def _answer(self, packet):
        request_id, _, number = struct.unpack(">IBB", packet[:6])
        name = {value: key for key, value in kinko.MESSAGES.items()}[number]
        self.asked.append(name)
        self.bodies[name] = packet[6:]
        head = struct.pack(">IBB", request_id, kinko.REPLY, number)
        if name == "hello":
            return head + struct.pack(">HIBB", 1, 0, READY, 1)
        if name in self.silent:
            return b""
        if name in self.taken:
            return head
        if name == "list":
            return head + struct.pack(">BH", 0, len(self.entries)) + b"".join(self.entries)
        return (struct.pack(">IBB", request_id, kinko.ERROR, number) +
                struct.pack(">IB", self.error, self.tries_left) + text(""))
