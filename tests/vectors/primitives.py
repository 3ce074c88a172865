"""The algorithms of the vault's formats, written from their specifications, not from our C code.

ChaCha20 and Poly1305: RFC 8439. HChaCha20 and XChaCha20: draft-irtf-cfrg-xchacha-03.
BLAKE2b: hashlib. Argon2id: RFC 9106. Slow, and only for tests.
"""
import hashlib
import struct

MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF


class Refused(Exception):
    """What is not exactly as the format says."""


# ChaCha20 ----------------------------------------------------------------------------------

def _rotate(value, count):
    return ((value << count) & MASK32) | (value >> (32 - count))


def _quarter(state, a, b, c, d):
    state[a] = (state[a] + state[b]) & MASK32
    state[d] = _rotate(state[d] ^ state[a], 16)
    state[c] = (state[c] + state[d]) & MASK32
    state[b] = _rotate(state[b] ^ state[c], 12)
    state[a] = (state[a] + state[b]) & MASK32
    state[d] = _rotate(state[d] ^ state[a], 8)
    state[c] = (state[c] + state[d]) & MASK32
    state[b] = _rotate(state[b] ^ state[c], 7)


def _rounds(state):
    for _ in range(10):
        _quarter(state, 0, 4, 8, 12)
        _quarter(state, 1, 5, 9, 13)
        _quarter(state, 2, 6, 10, 14)
        _quarter(state, 3, 7, 11, 15)
        _quarter(state, 0, 5, 10, 15)
        _quarter(state, 1, 6, 11, 12)
        _quarter(state, 2, 7, 8, 13)
        _quarter(state, 3, 4, 9, 14)


_CONSTANTS = list(struct.unpack("<4I", b"expand 32-byte k"))


def _block(key, counter, nonce):
    start = _CONSTANTS + list(struct.unpack("<8I", key)) + [counter]
    start += list(struct.unpack("<3I", nonce))
    state = list(start)
    _rounds(state)
    return struct.pack("<16I", *((a + b) & MASK32 for a, b in zip(state, start)))


def _hchacha20(key, nonce):
    state = _CONSTANTS + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", nonce))
    _rounds(state)
    return struct.pack("<8I", *(state[0:4] + state[12:16]))


def _poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    total = 0
    for at in range(0, len(message), 16):
        chunk = message[at:at + 16] + b"\x01"
        total = (total + int.from_bytes(chunk, "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def _pad16(data):
    return b"\x00" * (-len(data) % 16)


def xchacha20poly1305_open(key, nonce, sealed, bound):
    """The plaintext of ciphertext | tag, or Refused."""
    if len(nonce) != 24 or len(sealed) < 16:
        raise Refused("sizes")
    ciphertext, tag = sealed[:-16], sealed[-16:]
    subkey = _hchacha20(key, nonce[:16])
    nonce = b"\x00" * 4 + nonce[16:]
    mac_input = bound + _pad16(bound) + ciphertext + _pad16(ciphertext)
    mac_input += struct.pack("<QQ", len(bound), len(ciphertext))
    if _poly1305(_block(subkey, 0, nonce)[:32], mac_input) != tag:
        raise Refused("tag")
    plain = bytearray()
    for number, at in enumerate(range(0, len(ciphertext), 64)):
        stream = _block(subkey, number + 1, nonce)
        plain += bytes(a ^ b for a, b in zip(ciphertext[at:at + 64], stream))
    return bytes(plain)


# BLAKE2b -----------------------------------------------------------------------------------

def keyed_hash(key, label, data, size=32, salt=b""):
    """BLAKE2b with a 16-byte personalisation."""
    assert len(label) == 16, label
    return hashlib.blake2b(data, digest_size=size, key=key, salt=salt, person=label).digest()


def kdf(key, number, context):
    """libsodium's crypto_kdf_derive_from_key, 32 bytes."""
    return hashlib.blake2b(b"", digest_size=32, key=key, salt=struct.pack("<QQ", number, 0),
                           person=context + b"\x00" * 8).digest()


# Argon2id ----------------------------------------------------------------------------------

def _long_hash(size, data):
    data = struct.pack("<I", size) + data
    if size <= 64:
        return hashlib.blake2b(data, digest_size=size).digest()
    out = b""
    value = hashlib.blake2b(data).digest()
    while size - len(out) > 64:
        out += value[:32]
        left = size - len(out)
        value = hashlib.blake2b(value, digest_size=min(left, 64)).digest()
    return out + value


def _mix(v, a, b, c, d):
    for first, second in ((32, 24), (16, 63)):
        v[a] = (v[a] + v[b] + 2 * (v[a] & MASK32) * (v[b] & MASK32)) & MASK64
        x = v[d] ^ v[a]
        v[d] = ((x >> first) | (x << (64 - first))) & MASK64
        v[c] = (v[c] + v[d] + 2 * (v[c] & MASK32) * (v[d] & MASK32)) & MASK64
        x = v[b] ^ v[c]
        v[b] = ((x >> second) | (x << (64 - second))) & MASK64


def _permute(words, places):
    v = [words[i] for i in places]
    for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                       (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
        _mix(v, a, b, c, d)
    for place, value in zip(places, v):
        words[place] = value


def _compress(x, y):
    r = [a ^ b for a, b in zip(x, y)]
    z = list(r)
    for row in range(8):
        _permute(z, range(16 * row, 16 * row + 16))
    for column in range(8):
        places = []
        for row in range(8):
            places += [2 * column + 16 * row, 2 * column + 16 * row + 1]
        _permute(z, places)
    return [a ^ b for a, b in zip(z, r)]


def argon2id(password, salt, passes, memory_bytes, size=32):
    """One lane, version 1.3: what libsodium computes."""
    memory = memory_bytes // 1024
    seed = struct.pack("<6I", 1, size, memory, passes, 0x13, 2)
    for item in (password, salt, b"", b""):
        seed += struct.pack("<I", len(item)) + item
    h0 = hashlib.blake2b(seed).digest()
    count = 4 * (memory // 4)
    segment = count // 4
    blocks = [None] * count
    for i in range(2):
        raw = _long_hash(1024, h0 + struct.pack("<II", i, 0))
        blocks[i] = list(struct.unpack("<128Q", raw))
    zero = [0] * 128
    for t in range(passes):
        for part in range(4):
            addresses = None
            independent = t == 0 and part < 2
            for index in range(segment):
                at = part * segment + index
                if t == 0 and at < 2:
                    continue
                if independent:
                    if addresses is None or index % 128 == 0:
                        given = [t, 0, part, count, passes, 2, index // 128 + 1] + [0] * 121
                        addresses = _compress(zero, _compress(zero, given))
                    random = addresses[index % 128]
                else:
                    random = blocks[(at - 1) % count][0]
                if t == 0:
                    area, start = at - 1, 0
                else:
                    area, start = count - segment + index - 1, ((part + 1) % 4) * segment
                x = (random & MASK32) ** 2 >> 32
                place = (start + area - 1 - (area * x >> 32)) % count
                made = _compress(blocks[(at - 1) % count], blocks[place])
                if t > 0:
                    made = [a ^ b for a, b in zip(made, blocks[at])]
                blocks[at] = made
    return _long_hash(size, struct.pack("<128Q", *blocks[count - 1]))
