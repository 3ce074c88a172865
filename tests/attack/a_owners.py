"""A01, A20-A23, A30: who asks is what the kernel says of each message, and a login belongs to one
process on one connection."""
import array
import os
import pathlib
import socket
import time

import kinko
import requests
import users
from case import case

OWN, OTHER = users.FIRST, users.SECOND


# -- A01: another user's certificate ---------------------------------------------------------------


def ask_for(real, nobodys, pin, owner):
    """(name, word, whether both answers are the same) for every message about a certificate."""
    rows = []
    for (name, body), (_, same) in zip(requests.about(real, pin, owner),
                                       requests.about(nobodys, pin, owner)):
        packets = []
        for each in (body, same):
            with requests.greeted() as wire:
                packets.append(without(requests.answer(wire, name, each), each))
        rows.append([name, requests.word(packets[0]), packets[0] == packets[1]])
    return rows


def without(packet, body):
    """The answer without the beginning of the id that was asked for, where it repeats that."""
    digits = (body[5:] if len(body) == 37 else body[-32:] if body[:2] == b"\0\4" else body).hex()
    for size in range(64, 7, -1):
        packet = packet.replace(digits[:size].encode(), b"ID")
    return packet


@case("A01", "another user's certificate is as one that does not exist, for every message",
      root=True, short=True)
def another_users_certificate(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    own = vault.imported(OTHER, trial.original("other.p12", owner=OTHER, kind="p-256"))
    real = bytes.fromhex(original.id)
    for uid in (OTHER, users.NOBODY - 1, users.ADMINISTRATOR):
        for name, word, same in trial.become(uid, ask_for, real, requests.random_id(),
                                             original.pin, OWN):
            trial.attempt(word == "ok" and name != "explain", f"uid {uid}: {name} was granted")
            trial.attempt(not same, f"uid {uid}: {name} tells a real one from none ({word})")
    # With a login of one's own, too.
    answer = trial.become(OTHER, sign_with_login, own.id, own.pin, original.id)
    trial.attempt(answer == "ok", "u2 signed with u1's key")
    row, = [row for row in vault.kinko(OWN, "list").json["certificates"]]
    trial.attempt(row["tries_left"] != 5, "u2 used up tries of u1")
    trial.count("messages", len(requests.about(real, "")))


def sign_with_login(login_id, pin, sign_id):
    with requests.greeted() as wire:
        wire.login(login_id, pin)
        return requests.try_to_sign(wire, bytes.fromhex(sign_id))


# -- A20: a connection that was passed on ----------------------------------------------------------


def logged_in(original):
    wire = requests.greeted()
    wire.login(original.id, original.pin)
    assert requests.try_to_sign(wire, bytes.fromhex(original.id)) == "ok", "a login signs"
    return wire


def send_descriptors(channel, descriptors):
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                              array.array("i", descriptors).tobytes())])


def receive_descriptor(channel):
    _, control, *_ = channel.recvmsg(1, socket.CMSG_SPACE(4))
    return array.array("i", control[0][2][:4])[0]


def hand_over(channel, original):
    """Logs in, passes the connection on, and stays alive until the other has used it."""
    wire = logged_in(original)
    send_descriptors(channel, [wire.socket.fileno()])
    channel.recv(1)
    return requests.try_to_sign(wire, bytes.fromhex(original.id))


def use_handed(channel, id_hex):
    descriptor = receive_descriptor(channel)
    word = try_on(descriptor, id_hex)
    channel.send(b"x")
    return word


def try_on(descriptor, id_hex):
    wire = kinko.Wire.__new__(kinko.Wire)
    wire.socket, wire.request_id = socket.socket(fileno=os.dup(descriptor)), 1000
    wire.socket.settimeout(kinko.PATIENCE)
    return requests.try_to_sign(wire, bytes.fromhex(id_hex))


def fork_and_use(original):
    """A child of the process that logged in."""
    wire = logged_in(original)
    return users.become_as_is(try_on, wire.socket.fileno(), original.id)


@case("A20", "a connection with a login is worth nothing to another user, process or child",
      root=True)
def connection_passed_on(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    for uid, who in ((OTHER, "another user"), (OWN, "another process"), (0, "root"),
                     (users.KINKO, "the vault's own user")):
        giving, taking = socket.socketpair()
        giver = users.start(OWN, hand_over, giving, original)
        word = trial.become(uid, use_handed, taking, original.id)
        trial.attempt(word == "ok", f"{who} signed on a connection that was passed on")
        giver.result()
        giving.close(), taking.close()
    word = trial.become(OWN, fork_and_use, original)
    trial.attempt(word == "ok", "a child signed on its parent's connection")
    trial.count("signatures", trial.got_through)


# -- A21: descriptors sent to the daemon -----------------------------------------------------------


def descriptors_of(pid):
    return sorted(os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))


def flood(folder):
    """Every way to push descriptors and other ancillary data; how many packets were sent."""
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    things = [os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in
              ("/dev/null", "/dev/zero", fifo)] + [os.open("/", os.O_RDONLY), os.pipe()[0]]
    hello = b"\0\0\0\1\1\1" + b"\0\1\0\0\0\0" + kinko.text("attack")
    sent = 0
    for count in (1, 2, 3, 5, 17, 64, 100, 200, 253):
        for packet in (hello, b"", b"x", hello * 100):
            with kinko.Wire("/run/kinko/vault.sock", 5) as wire:
                descriptors = (things * 60)[:count]
                for _ in range(4):
                    try:
                        wire.socket.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                                        array.array("i", descriptors).tobytes())])
                        sent += 1
                    except (BrokenPipeError, ConnectionResetError):
                        break
                wire.is_closed()
    return sent


@case("A21", "descriptors sent to the vault are closed and not used", root=True)
def descriptors_sent(trial):
    vault = trial.system_vault().start()
    trial.become(OWN, lambda: requests.greeted().close())
    kinko.wait_until(lambda: descriptors_of(vault.pid) == settled(vault.pid, None))
    before = descriptors_of(vault.pid)
    folder = trial.path("u1")
    folder.mkdir()
    os.chown(folder, OWN, OWN)
    sent = trial.become(OWN, flood, str(folder))
    after = settled(vault.pid, before)
    trial.held(sent)
    trial.attempt(after != before, f"descriptors stayed: {len(before)} before, {len(after)} after")
    trial.attempt(not vault.is_running(), "the vault ended")
    trial.count("descriptors before", len(before))
    trial.count("descriptors after", len(after))


def settled(pid, wanted):
    """The descriptors once the connections of before are gone."""
    end = time.monotonic() + (5 if wanted else 0.3)
    while time.monotonic() < end and descriptors_of(pid) != wanted:
        time.sleep(0.1)
    return descriptors_of(pid)


# -- A22: bytes that another process was made to write ---------------------------------------------


def make_write(channel, original):
    """u1 offers a connection as somebody's standard output."""
    wire = logged_in(original)
    send_descriptors(channel, [wire.socket.fileno()])
    channel.recv(1)
    return True


def write_there(channel, packet):
    descriptor = receive_descriptor(channel)
    os.dup2(descriptor, 1)
    try:
        os.write(1, packet)
        answered = socket.socket(fileno=descriptor).recv(65536)
    except OSError:
        answered = b""
    channel.send(b"x")
    return answered[4:5].hex()


@case("A22", "what a process of another user is made to write into a connection is not executed",
      root=True)
def written_by_another(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    id_ = bytes.fromhex(original.id)
    for uid in (0, OTHER, users.KINKO, users.ADMINISTRATOR, users.NOBODY - 1):
        for name, body in (("list", requests.others()[2][1]), ("sign", requests.sign(id_)),
                           ("delete", requests.one(id_))):
            giving, taking = socket.socketpair()
            giver = users.start(OWN, make_write, giving, original)
            packet = b"\0\0\3\1\1" + bytes([kinko.MESSAGES[name]]) + body
            kind = trial.become(uid, write_there, taking, packet)
            trial.attempt(kind == "02", f"{name} written by uid {uid} was executed")
            giver.result()
            giving.close(), taking.close()
    trial.attempt(len(vault.kinko(OWN, "list").json["certificates"]) != 1,
                  "a certificate was deleted that way")


# -- A23: a process id that comes again ------------------------------------------------------------


def keep_after_the_parent(channel, original):
    """Logs in, leaves the connection to a child, and ends; the child goes on as the same user."""
    wire = logged_in(original)
    send_descriptors(channel, [wire.socket.fileno()])
    return os.getpid()


def reborn_as(pid):
    """Whether the next process has this number (root of its own processes can arrange it)."""
    pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))


@case("A23", "a login ends with its process, also where the process id comes again", root=True)
def recycled_process_id(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    same = 0
    for _ in range(15):
        giving, taking = socket.socketpair()
        first = users.start(OWN, keep_after_the_parent, giving, original)
        pid = first.result()
        descriptor = receive_descriptor(taking)
        reborn_as(pid)
        second = users.start(OWN, with_pid, descriptor, original.id)
        number, word = second.result()
        same += number == pid
        trial.attempt(word == "ok", f"process {number} signed with the login of {pid}")
        os.close(descriptor)
        giving.close(), taking.close()
    trial.count("times the same number", same)
    if same == 0:
        trial.cannot("the kernel gave no process id twice")


def with_pid(descriptor, id_hex):
    return [os.getpid(), try_on(descriptor, id_hex)]


# -- A30: two connections --------------------------------------------------------------------------


def two_connections(original):
    """(what was tried, what the vault said): a login in one, a signature in the other."""
    id_ = bytes.fromhex(original.id)
    rows = []
    with logged_in(original) as first, requests.greeted() as second:
        rows.append(["sign on a second connection of the same process",
                     requests.try_to_sign(second, id_)])
        rows.append(["sign with an empty PIN while another is logged in", login_word(second, id_, b"")])
        rows.append(["sign after that", requests.try_to_sign(second, id_)])
        rows.append(["sign in another program of the same user",
                     users.become_as_is(on_a_new_connection, original.id)])
        child = users.become_as_is(try_on, first.socket.fileno(), original.id)
        rows.append(["sign in a child, by fork()", child])
    with requests.greeted() as after:
        rows.append(["sign after the connection ended", requests.try_to_sign(after, id_)])
    return rows


def login_word(wire, id_, pin):
    return requests.word(requests.answer(wire, "login", id_ + kinko.blob(pin)))


def on_a_new_connection(id_hex):
    with requests.greeted() as wire:
        return requests.try_to_sign(wire, bytes.fromhex(id_hex))


@case("A30", "a login in one connection or process is none in another", root=True, short=True)
def two_programs(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    for what, word in trial.become(OWN, two_connections, original):
        trial.attempt(word == "ok", what)
