"""The download client against servers that misbehave."""
import concurrent.futures
import hashlib
import json
import os
import re
import socket
import ssl
import threading
import time
import unittest

from certificates import Authority, self_signed
from download import PIN, WithFolder, attempt
from hostile_server import ORIGINAL, HostileServer, PlainServer, raw, redirect_to, answer

RAM_KIB_MAX = 400 * 1024  # with a sanitizer's shadow; an unbounded client takes gigabytes


class WithAuthority(WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(cls.folder, "right")
        cls.ca_file = cls.authority.certificate
        cls.pair = cls.authority.issue()


class TheServerMustProveItself(WithAuthority):
    """Otherwise not one byte of the request leaves."""

    def refused(self, pair, word="server-tls", detail="", ca_file=None, host="localhost", **options):
        with HostileServer(*pair, **options) as server:
            result = attempt(f"https://{host}:{server.port}/right", ca_file or self.ca_file)
            self.assertEqual(result.word, word, result.note)
            self.assertIn(detail, result.detail)
            self.assertEqual(server.plain_bytes, 0)
            self.assertGreater(server.connections, 0)

    def test_a_right_server_is_believed(self):
        with HostileServer(*self.pair) as server:
            for host in ("localhost", "127.0.0.1"):
                result = attempt(f"https://{host}:{server.port}/right", self.ca_file)
                self.assertEqual(result.word, "ok", result.note)
                self.assertEqual(result.sha256, hashlib.sha256(ORIGINAL).hexdigest())
                self.assertEqual(result.ticket, "ticket-1")

    def test_self_signed(self):
        self.refused(self_signed(self.folder), detail="signed by itself")

    def test_of_an_unknown_authority(self):
        other = Authority(self.folder, "other")
        self.refused(other.issue(), detail="not trusted")

    def test_of_the_systems_authorities_when_a_ca_file_is_set(self):
        """SSL_CERT_FILE stands for the system's here: neither may count beside the ca-file."""
        other = Authority(self.folder, "system")
        with HostileServer(*other.issue()) as server:
            result = attempt(server.url + "/right", self.ca_file,
                             environment={"SSL_CERT_FILE": str(other.certificate),
                                          "SSL_CERT_DIR": str(other.folder),
                                          "CURL_CA_BUNDLE": str(other.certificate)})
        self.assertEqual(result.word, "server-tls")
        self.assertEqual(server.plain_bytes, 0)

    def test_the_systems_authorities_come_from_no_variable(self):
        with HostileServer(*self.pair) as server:
            result = attempt(server.url + "/right", "-",
                             environment={"SSL_CERT_FILE": str(self.ca_file),
                                          "CURL_CA_BUNDLE": str(self.ca_file)})
        self.assertEqual(result.word, "server-tls")
        self.assertEqual(server.plain_bytes, 0)

    def test_expired(self):
        self.refused(self.authority.issue(valid=("20200101000000Z", "20210101000000Z")),
                     word="server-clock")

    def test_not_yet_valid(self):
        self.refused(self.authority.issue(valid=("20980101000000Z", "20990101000000Z")),
                     word="server-clock")

    def test_for_another_host(self):
        self.refused(self.authority.issue(names="DNS:example.com", common_name="example.com"),
                     detail="another host")

    def test_for_another_host_with_a_fitting_cn(self):
        self.refused(self.authority.issue(names="DNS:example.com"), detail="another host")

    def test_for_another_address(self):
        self.refused(self.authority.issue(names="DNS:localhost"), host="127.0.0.1",
                     detail="another host")

    def test_with_a_cn_only(self):
        self.refused(self.authority.issue(names=""), detail="names no host")

    def test_with_a_cn_and_names_that_are_no_hosts(self):
        self.refused(self.authority.issue(names="email:localhost@example.com,URI:https://localhost"),
                     detail="names no host")

    def test_wildcards_that_reach_too_far(self):
        for name in ("DNS:*", "DNS:*host", "DNS:l*t", "DNS:local*"):
            with self.subTest(name):
                self.refused(self.authority.issue(names=name), detail="another host")

    def test_against_a_name_constraint(self):
        bound = Authority(self.folder, "bound",
                          "nameConstraints=critical,permitted;DNS:example.com")
        self.refused(bound.issue(), ca_file=bound.certificate, detail="not valid")

    def test_signed_with_sha1(self):
        self.refused(self.authority.issue(md="sha1"), detail="too weak")

    def test_rsa_1024(self):
        self.refused(self.authority.issue(key=("-newkey", "rsa:1024")), detail="too weak")

    def test_old_versions_of_tls(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version):
                self.refused(self.pair, minimum=version, maximum=version,
                             detail="secure connection")

    def test_tls_1_2_is_enough(self):
        with HostileServer(*self.pair, maximum=ssl.TLSVersion.TLSv1_2) as server:
            self.assertEqual(attempt(server.url + "/right", self.ca_file).word, "ok")

    def test_ciphers_without_encryption(self):
        self.refused(self.pair, maximum=ssl.TLSVersion.TLSv1_2, ciphers="eNULL:@SECLEVEL=0",
                     detail="secure connection")

    def test_a_handshake_that_breaks_off(self):
        for wanted in (1, 200):
            def cut(server, connection, wanted=wanted):
                server.received += connection.recv(wanted)
            with self.subTest(wanted), PlainServer(cut) as server:
                result = attempt(f"https://localhost:{server.port}/right", self.ca_file)
                self.assertEqual(result.word, "server-tls", result.note)
                self.assertNotIn(PIN.encode(), server.received)

    def test_a_server_that_speaks_no_tls(self):
        def plain(server, connection):
            server.received += connection.recv(4096)
            connection.sendall(answer())
        with PlainServer(plain) as server:
            result = attempt(f"https://localhost:{server.port}/right", self.ca_file)
            self.assertEqual(result.word, "server-tls", result.note)
            self.assertNotIn(PIN.encode(), server.received)

    def test_a_ca_file_that_cannot_be_read_is_named(self):
        self.refused(self.pair, word="configuration", detail="/nonexistent/ca.crt",
                     ca_file="/nonexistent/ca.crt")


class NothingIsFollowed(WithAuthority):
    def test_redirects(self):
        def count(server, connection):
            server.received += connection.recv(4096)
        with PlainServer(count) as elsewhere:
            targets = [f"http://localhost:{elsewhere.port}/", "file:///etc/passwd",
                       f"ftp://localhost:{elsewhere.port}/x", f"gopher://localhost:{elsewhere.port}/x",
                       f"https://localhost:{elsewhere.port}/", "/right/v1/originals:retrieve",
                       "https://u:p@localhost/", "redirect"]
            for status in (301, 302, 303, 307, 308):
                behaviours = {f"to-{i}": redirect_to(target, status)
                              for i, target in enumerate(targets)}
                with HostileServer(*self.pair, behaviours=behaviours) as server:
                    for i, target in enumerate(targets):
                        with self.subTest(status=status, target=target):
                            result = attempt(f"{server.url}/to-{i}", self.ca_file)
                            self.assertEqual(result.word, "server-redirect")
                    self.assertEqual(len(server.requests), len(targets))
            self.assertEqual(elsewhere.connections, 0)


class WithHostileServer(WithAuthority):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = HostileServer(*cls.pair)
        cls.addClassCleanup(cls.server.listener.close)

    def expect(self, behaviour, word, detail="", *options):
        with self.subTest(behaviour):
            began = time.monotonic()
            result = attempt(f"{self.server.url}/{behaviour}", self.ca_file, *options)
            self.assertEqual(result.word, word, (result.detail, result.note))
            self.assertIn(detail, result.detail)
            self.assertLess(int(result.peak_kib), RAM_KIB_MAX)
            self.assertLess(time.monotonic() - began, 20)
            return result


class AnswersAreBounded(WithHostileServer):
    def test_right_answers_of_every_form(self):
        for behaviour in ("right", "chunked", "largest"):
            self.expect(behaviour, "ok")
        self.assertEqual(self.expect("interim-then-right", "ok").ticket, "ticket-1")

    def test_bodies_that_end_too_early(self):
        for behaviour in ("short-body", "no-body", "nothing", "empty", "chunk-cut"):
            self.expect(behaviour, "server-short")
        self.expect("half-headers", "server-reply", "Content-Length")

    def test_a_body_longer_than_announced(self):
        self.expect("long-body", "server-digest")

    def test_bodies_whose_end_is_unclear(self):
        self.expect("no-length", "server-reply", "Content-Length")
        self.expect("two-lengths", "server-reply")

    def test_bodies_that_are_too_large(self):
        for behaviour in ("too-large", "endless-body", "endless-chunks", "endless-without-length"):
            self.expect(behaviour, "server-too-much")

    def test_headers_without_end(self):
        for behaviour in ("many-headers", "large-headers", "endless-interim"):
            self.expect(behaviour, "server-too-much")
        result = attempt(f"{self.server.url}/one-endless-header", self.ca_file)
        self.assertIn(result.word, ("server-too-much", "server-reply", "no-memory"))
        self.assertLess(int(result.peak_kib), RAM_KIB_MAX)

    def test_bodies_that_are_not_what_was_promised(self):
        self.expect("wrong-digest", "server-digest")
        for behaviour in ("no-digest", "weak-digest"):
            self.expect(behaviour, "server-reply", "Repr-Digest")
        for behaviour in ("wrong-type", "no-type"):
            self.expect(behaviour, "server-reply", "Content-Type")
        for behaviour in ("no-ticket", "bad-ticket", "long-ticket"):
            self.expect(behaviour, "server-reply", "Kinko-Ticket")
        self.expect("two-tickets", "server-reply")

    def test_compression_is_never_undone(self):
        for behaviour in ("gzip", "gzip-bomb"):
            self.expect(behaviour, "server-reply", "Content-Encoding: gzip")

    def test_what_is_no_http(self):
        self.expect("not-http", "server-reply")
        self.expect("http-0.9", "server-reply")

    def test_slow_and_silent_servers(self):
        for behaviour in ("silent", "silent-after-headers", "one-byte-at-a-time"):
            self.expect(behaviour, "server-slow")
        self.expect("slow-but-steady", "server-slow", "", "--total-ms", 1500)

    def test_a_server_that_is_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.assertEqual(attempt(f"https://localhost:{port}", self.ca_file).word,
                         "server-unreachable")

    def test_a_server_that_accepts_and_says_nothing(self):
        def wait(server, connection):
            time.sleep(10)
        with PlainServer(wait) as server:
            result = attempt(f"https://localhost:{server.port}", self.ca_file)
            self.assertEqual(result.word, "server-unreachable", result.note)

    def test_every_cut_of_an_answer_is_noticed(self):
        whole = answer()
        cuts = list(range(0, 260, 13)) + [len(whole) - 2, len(whole) - 1]
        behaviours = {f"cut-{at}": raw(whole[:at]) for at in cuts}
        with HostileServer(*self.pair, behaviours=behaviours) as server:
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                results = list(pool.map(
                    lambda at: attempt(f"{server.url}/cut-{at}", self.ca_file), cuts))
        for at, result in zip(cuts, results):
            with self.subTest(at=at):
                self.assertIn(result.word, ("server-short", "server-reply"))

    def test_a_user_can_stop_it(self):
        self.expect("right", "cancelled", "", "--cancel-after", 1)


class EveryNoHasItsMeaning(WithHostileServer):
    def expect_requests(self, count, behaviour, *expected):
        before = len(self.server.requests)
        self.expect(behaviour, *expected)
        self.assertEqual(len(self.server.requests) - before, count, behaviour)

    def test_final_answers_are_asked_for_once(self):
        for behaviour, word in (("401", "id-or-pin-wrong"), ("403", "id-locked"),
                                ("409", "digest-differs"), ("410-saved", "deleted-after-save"),
                                ("410-window", "window-expired"), ("410-unknown", "server-reply"),
                                ("404", "server-reply"), ("429-long", "server-busy")):
            self.expect_requests(1, behaviour, word)

    def test_passing_ones_are_asked_again_a_few_times(self):
        for behaviour, word in (("429-bare", "server-busy"), ("500", "server-failed")):
            self.expect_requests(3, behaviour, word)

    def test_the_servers_wish_to_wait_is_obeyed(self):
        for behaviour in ("429", "503"):
            began = time.monotonic()
            self.expect_requests(3, behaviour, "server-busy", "1 s")
            self.assertGreater(time.monotonic() - began, 2)
        self.expect("429-long", "server-busy", "100000 s")

    def test_a_busy_server_that_recovers_delivers(self):
        left = [2]

        def busy_twice(connection):
            left[0] -= 1
            connection.sendall(answer(b"", "503 Later") if left[0] >= 0 else answer())
        with HostileServer(*self.pair, behaviours={"busy-twice": busy_twice}) as server:
            self.assertEqual(attempt(server.url + "/busy-twice", self.ca_file).word, "ok")
            self.assertEqual(len(server.requests), 3)

    def test_garbage_is_not_believed(self):
        for behaviour in ("garbage-json", "deep-json", "html-error"):
            self.expect(behaviour, "server-reply", "HTTP 401")
        self.expect("control-title", "server-reply", "HTTP 404")

    def test_confirmations(self):
        confirm = ("--saved", "ticket-1", "ab" * 32)
        self.assertEqual(self.expect("saved", "ok", "", *confirm).delete_at, "1795562404")
        self.expect("409", "digest-differs", "", *confirm)
        for behaviour in ("saved-no-moment", "saved-no-json"):
            self.expect(behaviour, "server-reply", "delete_at", *confirm)
        self.expect("right", "server-reply", "Content-Type", *confirm)

    def test_the_request_says_what_it_should_and_no_more(self):
        self.expect("right", "ok")
        path, lines, body = [r for r in self.server.requests if r[0].startswith("/right/")][-1]
        self.assertEqual(path, "/right/v1/originals:retrieve")
        self.assertEqual(json.loads(body), {"id": "ID-1", "pin": PIN})
        names = sorted(line.split(":")[0].lower() for line in lines[1:])
        self.assertEqual(names, ["accept", "accept-language", "content-length", "content-type",
                                 "host", "user-agent"])

    def test_the_language_is_the_users(self):
        attempt(self.server.url + "/right", self.ca_file, environment={"LC_ALL": "ja_JP.UTF-8"})
        lines = self.server.requests[-1][1]
        self.assertIn("Accept-Language: ja, en;q=0.5", lines)


class TheEnvironmentHasNoEffect(WithAuthority):
    def test_proxies(self):
        def count(server, connection):
            server.received += connection.recv(4096)
        with PlainServer(count) as proxy, HostileServer(*self.pair) as server:
            address = f"http://127.0.0.1:{proxy.port}"
            names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
            result = attempt(server.url + "/right", self.ca_file,
                             environment={name: address for name in names})
            self.assertEqual(result.word, "ok", result.note)
            self.assertEqual(proxy.connections, 0)

    def test_a_proxy_of_the_configuration_is_used_whatever_no_proxy_says(self):
        def connect(server, connection):
            server.received += connection.recv(4096)
            connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
        with PlainServer(connect) as proxy, HostileServer(*self.pair) as server:
            result = attempt(server.url + "/right", self.ca_file,
                             "--proxy", f"http://127.0.0.1:{proxy.port}",
                             environment={"no_proxy": "*", "NO_PROXY": "*"})
            self.assertNotEqual(result.word, "ok")
            self.assertEqual(server.connections, 0)
            self.assertIn(f"CONNECT localhost:{server.port}".encode(), proxy.received)
            self.assertNotIn(PIN.encode(), proxy.received)

    def test_a_proxy_sees_only_the_encrypted_connection(self):
        def tunnel(server, connection):
            head = connection.recv(4096)
            target = socket.create_connection(("127.0.0.1", int(re.search(rb":(\d+)", head)[1])))
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")

            def back():
                with target:
                    while piece := target.recv(65536):
                        connection.sendall(piece)
            threading.Thread(target=back, daemon=True).start()
            while piece := connection.recv(65536):
                server.received += piece
                target.sendall(piece)
        with PlainServer(tunnel) as proxy, HostileServer(*self.pair) as server:
            result = attempt(server.url + "/right", self.ca_file,
                             "--proxy", f"http://127.0.0.1:{proxy.port}")
            self.assertEqual(result.word, "ok", result.note)
            self.assertNotIn(PIN.encode(), proxy.received)

    def test_files_of_the_home_folder(self):
        home = self.folder / "home"
        home.mkdir()
        (home / ".netrc").write_text("machine localhost login me password netrc-secret\n")
        (home / ".curlrc").write_text("insecure\nproxy = http://127.0.0.1:1\n")
        with HostileServer(*self.pair) as server:
            result = attempt(server.url + "/right", self.ca_file,
                             environment={"HOME": str(home), "CURL_HOME": str(home),
                                          "XDG_CONFIG_HOME": str(home)})
            self.assertEqual(result.word, "ok", result.note)
            self.assertFalse([line for line in server.requests[-1][1] if "uthorization" in line])
        self.assertEqual(sorted(os.listdir(home)), [".curlrc", ".netrc"])

    def test_no_log_of_session_keys_is_written(self):
        log = self.folder / "keys.log"
        with HostileServer(*self.pair) as server:
            result = attempt(server.url + "/right", self.ca_file,
                             environment={"SSLKEYLOGFILE": str(log)})
        self.assertEqual(result.word, "ok", result.note)
        self.assertFalse(log.exists())

    def test_a_configuration_of_openssl_cannot_weaken_it(self):
        weak = self.folder / "weak.cnf"
        weak.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                        "[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n"
                        "VerifyMode = None\n")
        for pair in (self.authority.issue(md="sha1"), self.authority.issue(key=("-newkey", "rsa:1024"))):
            with HostileServer(*pair) as server:
                result = attempt(server.url + "/right", self.ca_file,
                                 environment={"OPENSSL_CONF": str(weak)})
                self.assertEqual(result.word, "server-tls")
                self.assertEqual(server.plain_bytes, 0)


if __name__ == "__main__":
    unittest.main()
