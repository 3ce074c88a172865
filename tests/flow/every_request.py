"""One request of every kind, well formed, about a certificate that is not there."""
import struct

import kinko

CERTIFICATE = struct.pack(">BI", 0, 0) + b"\x11" * 32
COMMIT = kinko.blob(b"demo1234") + bytes([0, 0, 0]) + struct.pack(">q", 0) + kinko.text("")
EVERY_REQUEST = {
    "list": struct.pack(">BIQ", 0, 0, 0),
    "show": CERTIFICATE,
    "use": CERTIFICATE,
    "delete": CERTIFICATE,
    "confirm": CERTIFICATE,
    "pin": b"\x11" * 32 + kinko.blob(b"demo1234") + kinko.blob(b"demo5678"),
    "import_begin": struct.pack(">I", 10) + bytes(32),
    "import_data": struct.pack(">I", 0) + kinko.blob(b"x" * 10),
    "import_commit": COMMIT,
    "login": b"\x11" * 32 + kinko.blob(b"demo1234"),
    "original_proven": b"\x11" * 64 + struct.pack(">q", 1) + kinko.text("STICK"),
    "explain": kinko.text("sign") + b"\0" + bytes(32),
}
