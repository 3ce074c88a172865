"""The PKCS#11 module as a hostile program calls it: through its list of functions (2.40), with ctypes.

Needs nothing of the suite, so that it can be run by any user and inside any host.
"""
import ctypes
import itertools
import random

NAMES = """Initialize Finalize GetInfo GetFunctionList GetSlotList GetSlotInfo GetTokenInfo
GetMechanismList GetMechanismInfo InitToken InitPIN SetPIN OpenSession CloseSession CloseAllSessions
GetSessionInfo GetOperationState SetOperationState Login Logout CreateObject CopyObject DestroyObject
GetObjectSize GetAttributeValue SetAttributeValue FindObjectsInit FindObjects FindObjectsFinal
EncryptInit Encrypt EncryptUpdate EncryptFinal DecryptInit Decrypt DecryptUpdate DecryptFinal
DigestInit Digest DigestUpdate DigestKey DigestFinal SignInit Sign SignUpdate SignFinal
SignRecoverInit SignRecover VerifyInit Verify VerifyUpdate VerifyFinal VerifyRecoverInit VerifyRecover
DigestEncryptUpdate DecryptDigestUpdate SignEncryptUpdate DecryptVerifyUpdate GenerateKey
GenerateKeyPair WrapKey UnwrapKey DeriveKey SeedRandom GenerateRandom GetFunctionStatus CancelFunction
WaitForSlotEvent""".split()

OK, SENSITIVE, TYPE_INVALID, NOT_SUPPORTED = 0, 0x11, 0x12, 0x54
RW_SERIAL, USER = 6, 1
PRIVATE_KEY = 3
UNAVAILABLE = ctypes.c_ulong(-1).value
VENDOR = 0x80000000
# Whatever says a part of a private or secret key.
SECRET_ATTRIBUTES = (0x11, 0x123, 0x124, 0x125, 0x126, 0x127, 0x128)
# CLASS, TOKEN, PRIVATE, LABEL, TRUSTED, ..., SENSITIVE, ENCRYPT, DECRYPT, WRAP, UNWRAP, SIGN, DERIVE,
# EXTRACTABLE, LOCAL, NEVER_EXTRACTABLE, ALWAYS_SENSITIVE, MODIFIABLE, COPYABLE, DESTROYABLE, ...
CHANGEABLE = (0x0, 0x1, 0x2, 0x3, 0x11, 0x80, 0x86, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106,
              0x107, 0x108, 0x109, 0x10A, 0x10B, 0x10C, 0x110, 0x120, 0x123, 0x162, 0x163, 0x164,
              0x165, 0x170, 0x171, 0x172, 0x180, 0x202, 0x210, 0x211, 0x40000211, 0x40000212,
              0x40000600)
# What may be asked of C_SignInit: RSA_PKCS and its SHA-2 kin, PSS, ECDSA and its SHA-2 kin, EDDSA.
SIGNS = {0x1, 0x40, 0x41, 0x42, 0xD, 0x43, 0x44, 0x45, 0x1041, 0x1044, 0x1045, 0x1046, 0x1057}


class Attribute(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ulong), ("value", ctypes.c_void_p), ("size", ctypes.c_ulong)]


class Mechanism(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ulong), ("parameter", ctypes.c_void_p), ("size", ctypes.c_ulong)]


class Module:
    """C_X is called as module.X(...); the result is the return value."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        where = ctypes.POINTER(ctypes.c_void_p)()
        assert self.library.C_GetFunctionList(ctypes.byref(where)) == OK
        kind = ctypes.CFUNCTYPE(ctypes.c_ulong)
        for number, name in enumerate(NAMES):
            function = kind(where[number + 1])  # after the version
            function.argtypes = None
            setattr(self, name, function)
        assert self.Initialize(None) == OK

    def session(self, pin=None):
        slots, count = (ctypes.c_ulong * 16)(), ctypes.c_ulong(16)
        assert self.GetSlotList(ctypes.c_ubyte(1), slots, ctypes.byref(count)) == OK
        assert count.value > 0, "no token"
        self.slot, handle = slots[0], ctypes.c_ulong()
        assert self.OpenSession(ctypes.c_ulong(slots[0]), ctypes.c_ulong(RW_SERIAL), None, None,
                                ctypes.byref(handle)) == OK
        if pin is not None:
            result = self.login(handle, pin)
            assert result == OK, hex(result)
        return handle

    def login(self, session, pin):
        return self.Login(session, ctypes.c_ulong(USER), pin.encode(), ctypes.c_ulong(len(pin)))

    def objects(self, session):
        assert self.FindObjectsInit(session, None, ctypes.c_ulong(0)) == OK
        found, count = (ctypes.c_ulong * 100)(), ctypes.c_ulong()
        assert self.FindObjects(session, found, ctypes.c_ulong(100), ctypes.byref(count)) == OK
        assert self.FindObjectsFinal(session) == OK
        return [ctypes.c_ulong(handle) for handle in found[:count.value]]

    def attribute(self, session, handle, kind, room=4096):
        """(return value, the bytes given back, all bytes of the buffer)."""
        buffer = ctypes.create_string_buffer(room)
        row = Attribute(kind, ctypes.cast(buffer, ctypes.c_void_p), room)
        result = self.GetAttributeValue(session, handle, ctypes.byref(row), ctypes.c_ulong(1))
        size = 0 if row.size in (UNAVAILABLE, 0) or result != OK else row.size
        return result, buffer.raw[:size], buffer.raw

    def private_key(self, session):
        for handle in self.objects(session):
            if self.attribute(session, handle, 0)[1][:1] == bytes([PRIVATE_KEY]):
                return handle
        raise AssertionError("no private key is shown")


def kinds(seed=1):
    """Every attribute that is defined, those around it, and a thousand of vendors."""
    chance = random.Random(seed)
    return [*range(0x800), *range(0x40000200, 0x40000700), *range(VENDOR, VENDOR + 0x300),
            *(VENDOR | chance.randrange(1 << 31) for _ in range(1000))]


def read_everything(path, pin):
    """[pairs tried, secret attributes that were answered, every byte that came back as hex]."""
    module = Module(path)
    session, tried, given, said = module.session(pin), 0, [], b""
    for handle in module.objects(session):
        is_private = module.attribute(session, handle, 0)[1][:1] == bytes([PRIVATE_KEY])
        for kind in kinds():
            result, value, whole = module.attribute(session, handle, kind)
            tried += 1
            said += whole.rstrip(b"\0") + b"|"
            if is_private and kind in SECRET_ATTRIBUTES and \
                    (result not in (SENSITIVE, TYPE_INVALID) or value):
                given.append(f"attribute {kind:#x}: result {result:#x}, {len(value)} bytes")
    return [tried, given, said.hex()]


def state_of(module, session, handle):
    return {kind: module.attribute(session, handle, kind)[:2] for kind in CHANGEABLE}


def template(kind, value):
    buffer = ctypes.create_string_buffer(value, len(value))
    row = Attribute(kind, ctypes.cast(buffer, ctypes.c_void_p), len(value))
    row.keep = buffer
    return row


def change_everything(path, pin):
    """[templates tried, those that were taken, whether attributes differ]."""
    module = Module(path)
    session, tried, taken, differs = module.session(pin), 0, [], []
    for handle in module.objects(session):
        before = state_of(module, session, handle)
        for kind, value in itertools.product(CHANGEABLE, (b"\0", b"\1", b"\3" + bytes(7), b"")):
            row, new = template(kind, value), ctypes.c_ulong()
            for name, call in (
                    ("SetAttributeValue", lambda: module.SetAttributeValue(
                        session, handle, ctypes.byref(row), ctypes.c_ulong(1))),
                    ("CopyObject", lambda: module.CopyObject(
                        session, handle, ctypes.byref(row), ctypes.c_ulong(1), ctypes.byref(new)))):
                tried += 1
                if call() == OK:
                    taken.append(f"{name} of {kind:#x}")
        if state_of(module, session, handle) != before:
            differs.append(str(handle.value))
    return [tried, taken, differs]


def call_forbidden(path, pin):
    """[calls tried, those that worked]: whatever could move, make or unmake a key."""
    module = Module(path)
    session = module.session(pin)
    key = module.private_key(session)
    size, out, new, new2 = ctypes.c_ulong(4096), ctypes.create_string_buffer(4096), \
        ctypes.c_ulong(), ctypes.c_ulong()
    none, four = ctypes.c_ulong(0), ctypes.c_ulong(4)
    worked, tried = [], 0
    rows = (template(0, b"\4" + bytes(7)), template(0x100, b"\x1f" + bytes(7)))
    both = (Attribute * 2)(*rows)
    mechanisms = [Mechanism(kind, None, 0) for kind in
                  (*range(0x400), 0x1040, 0x1050, 0x1051, 0x1080, 0x1082, 0x1085, 0x1087, 0x2109, 0x210A,
                   0x350, 0x360, 0x362, 0x363, 0x364, 0x365, 0x392, VENDOR)]
    for mechanism in mechanisms:
        it = ctypes.byref(mechanism)
        calls = {
            "WrapKey": lambda: module.WrapKey(session, it, key, key, out, ctypes.byref(size)),
            "UnwrapKey": lambda: module.UnwrapKey(session, it, key, out, ctypes.c_ulong(256), both,
                                                  ctypes.c_ulong(2), ctypes.byref(new)),
            "DeriveKey": lambda: module.DeriveKey(session, it, key, both, ctypes.c_ulong(2),
                                                  ctypes.byref(new)),
            "GenerateKey": lambda: module.GenerateKey(session, it, both, ctypes.c_ulong(2),
                                                      ctypes.byref(new)),
            "GenerateKeyPair": lambda: module.GenerateKeyPair(
                session, it, both, ctypes.c_ulong(2), both, ctypes.c_ulong(2), ctypes.byref(new),
                ctypes.byref(new2)),
            "SignRecoverInit": lambda: module.SignRecoverInit(session, it, key),
            "VerifyRecoverInit": lambda: module.VerifyRecoverInit(session, it, key),
            "EncryptInit": lambda: module.EncryptInit(session, it, key),
        }
        for name, call in calls.items():
            tried += 1
            if call() == OK:
                worked.append(f"{name} with mechanism {mechanism.type:#x}")
    once = {
        "CreateObject": lambda: module.CreateObject(session, both, ctypes.c_ulong(2), ctypes.byref(new)),
        "DestroyObject": lambda: module.DestroyObject(session, key),
        "DigestKey": lambda: module.DigestKey(session, key),
        "GetOperationState": lambda: module.GetOperationState(session, out, ctypes.byref(size)),
        "SetOperationState": lambda: module.SetOperationState(session, out, four, none, none),
        "InitToken": lambda: module.InitToken(ctypes.c_ulong(module.slot), b"12345678",
                                              ctypes.c_ulong(8), b" " * 32),
        "InitPIN": lambda: module.InitPIN(session, b"12345678", ctypes.c_ulong(8)),
        "SignRecover": lambda: module.SignRecover(session, out, four, out, ctypes.byref(size)),
        "Login as SO": lambda: module.Login(session, none, b"12345678", ctypes.c_ulong(8)),
    }
    for name, call in once.items():
        tried += 1
        if call() == OK:
            worked.append(name)
    return [tried, worked]


def use_mechanisms(path, pin):
    """[tried, what was accepted though it is raw, old or malformed, proper mechanisms accepted]."""
    module = Module(path)
    session = module.session(pin)
    key = module.private_key(session)
    accepted, tried, proper = [], 0, 0
    out = ctypes.create_string_buffer(4096)
    for kind in (*range(0x2200), *range(0x4000, 0x4100), *range(VENDOR, VENDOR + 64)):
        mechanism = Mechanism(kind, None, 0)
        tried += 2
        if module.SignInit(session, ctypes.byref(mechanism), key) == OK:
            proper += kind in SIGNS
            if kind not in SIGNS:
                accepted.append(f"SignInit with {kind:#x}")
            module.SignInit(session, None, ctypes.c_ulong(0))  # ends it
        if module.DecryptInit(session, ctypes.byref(mechanism), key) == OK:
            accepted.append(f"DecryptInit with {kind:#x}")
    for data in bad_inputs():
        mechanism = Mechanism(0x1, None, 0)
        tried += 1
        module.SignInit(session, ctypes.byref(mechanism), key)
        size = ctypes.c_ulong(4096)
        if module.Sign(session, data, ctypes.c_ulong(len(data)), out, ctypes.byref(size)) == OK:
            accepted.append(f"RSA_PKCS signed {len(data)} bytes {data[:24].hex()}")
    return [tried, accepted, proper]


def bad_inputs():
    """What no DigestInfo of SHA-2 is (RFC 8017, 9.2)."""
    good = bytes.fromhex("3031300d060960864801650304020105000420") + bytes(32)
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414") + bytes(20)
    md5 = bytes.fromhex("3020300c06082a864886f70d020505000410") + bytes(16)
    yield from (sha1, md5, b"", bytes(16), bytes(20), bytes(32), bytes(36), bytes(48), bytes(64),
                bytes(245), bytes(256), good + b"\0", good[:-1], b"\0" + good, good * 2)
    for at in range(19):
        for bit in range(8):
            yield good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1:]
