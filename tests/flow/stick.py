"""USB sticks for flow tests.

A test's computer has the USB devices that the test plugs in, and no others: umockdev redirects
/sys, /dev and /proc/self/mountinfo of the programs that run with `ports.environment`. Where a stick
is mounted there is a real file system: a small tmpfs, or one that fails on demand
(tests/fault/faulty_stick.c). Its real mount id is what makes a program take it for the stick: the
mount table that the programs see names the stick's device in the line of that id.

    with stick.Ports(build) as ports:
        kinko = ports.plug("KINKO")             # a mounted, empty stick
        run([... "kinko", "get"], env={**env, **ports.environment})
        kinko.folder; kinko.unplug()
        broken = ports.plug("BROKEN", faulty=True)
        broken.fault(written_left=100, errno=errno.ENOSPC)

A tmpfs needs root, a failing stick needs FUSE: ask can_mount() or can_fail() first.
plug(mounted=False) and the disks that are no sticks need nothing.
"""

import errno
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile

PRELOAD = "libumockdev-preload.so.0"
FAULTS = ("operations_left", "written_left", "read_left", "flip_at", "sync", "read_only",
          "old_rename", "rival", "renamed", "pause_ms", "errno")  # in the order of tests/fault/faulty_stick.h


def can_mount():
    """None, or the reason why sticks cannot be mounted here (for skipTest)."""
    if os.geteuid() != 0:
        return "mounting a stick for a test needs root"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True)
        if tried.returncode != 0:
            return "this machine does not let root mount"
        subprocess.run(["umount", folder], check=True)
    return None


def can_fail():
    """None, or the reason why a failing stick cannot be made here. It needs no root but FUSE."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there or not for this user"
    return None if shutil.which("fusermount3") else "fusermount3 is not installed"


def asan_options(*more):
    """The environment's, without a log_path: AddressSanitizer makes its folder before umockdev,
    which redirects mkdir, is ready."""
    options = os.environ.get("ASAN_OPTIONS", "").split(":")
    return ":".join([o for o in options if o and not o.startswith("log_path=")] + list(more))


class Ports:
    """The USB ports of a computer. Sticks are named sdb1, sdc1 ... in the order of plugging."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.bed = subprocess.Popen([self.build / "tests" / "usb_ports"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE,
                                    env=dict(os.environ, ASAN_OPTIONS=asan_options()))
        self.root = pathlib.Path(os.fsdecode(self.bed.stdout.readline().rstrip(b"\n")))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kinko-ports-"))
        self.sticks = []
        self.count = 0
        (self.root / "proc" / "self").mkdir(parents=True)
        self.write_mounts()

    @property
    def environment(self):
        """What a program needs in its environment to see these ports and no others."""
        return {"UMOCKDEV_DIR": str(self.root), "LD_PRELOAD": PRELOAD,
                "ASAN_OPTIONS": asan_options("verify_asan_link_order=0")}

    def plug(self, label, *, mounted=True, faulty=False, read_only=False, size="4m",
             vendor="KINKO", model="Flash Disk", bus="usb", fill=lambda stick: None):
        """A stick with one partition. bus: "usb", or "ata" for a disk that is no stick."""
        stick = Stick(self, self.count, label, vendor, model, bus)
        self.count += 1
        self.sticks.append(stick)
        if mounted:
            stick.mount(faulty=faulty, read_only=read_only, size=size, fill=fill)
        stick.appear()
        return stick

    def tell(self, command, data=b""):
        self.bed.stdin.write(os.fsencode(command) + b"\n" + data)
        self.bed.stdin.flush()
        if self.bed.stdout.readline() != b"ok\n":
            raise RuntimeError(f"the ports do not take: {command}")

    def write_mounts(self):
        """The real mount table with the sticks' devices in the lines of their mounts."""
        lines = []
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            for stick in self.sticks:
                line = stick.as_mounted(line)
            lines.append(line + "\n")
        table = self.root / "proc" / "self" / "mountinfo"
        table.with_suffix(".new").write_text("".join(lines))
        table.with_suffix(".new").rename(table)

    def close(self):
        for stick in list(self.sticks):
            stick.unplug()
        self.bed.stdin.close()
        self.bed.wait()
        self.bed.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Stick:
    def __init__(self, ports, number, label, vendor, model, bus):
        self.ports = ports
        self.label = label
        self.name = "sd" + chr(ord("b") + number)
        self.device = f"/dev/{self.name}1"
        self.minor = 16 * (number + 1)
        self.folder = None
        self.server = None
        self.faults = None
        self.is_there = False
        port = (f"/devices/pci0000:00/0000:00:14.0/usb1/1-{number + 1}" if bus == "usb"
                else f"/devices/pci0000:00/0000:00:17.0/ata{number + 1}")
        self.path = f"{port}/host{number}/block/{self.name}"
        self.description = self.describe(port, vendor, model, bus)

    def describe(self, port, vendor, model, bus):
        encoded = "".join(c if c.isalnum() or c in "-_." else f"\\x{ord(c):02x}" if ord(c) < 128
                          else c for c in self.label)
        same = (f"E: SUBSYSTEM=block\nE: ID_BUS={bus}\nE: ID_VENDOR_ENC={vendor}\n"
                f"E: ID_MODEL_ENC={model}\n").replace(" Disk", "\\x20Disk")
        usb = (f"P: {port}\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nA: removable=removable\\n\n\n"
               if bus == "usb" else "")
        return (usb +
                f"P: {self.path}\nE: DEVNAME=/dev/{self.name}\nE: DEVTYPE=disk\nE: MAJOR=8\n"
                f"E: MINOR={self.minor}\n{same}A: removable={int(bus == 'usb')}\\n\nA: ro=0\\n\n"
                f"A: size=8192\\n\n\n"
                f"P: {self.path}/{self.name}1\nE: DEVNAME={self.device}\nE: DEVTYPE=partition\n"
                f"E: MAJOR=8\nE: MINOR={self.minor + 1}\n{same}E: ID_FS_USAGE=filesystem\n"
                f"E: ID_FS_TYPE=vfat\nE: ID_FS_LABEL={self.label}\nE: ID_FS_LABEL_ENC={encoded}\n"
                f"A: partition=1\\n\nA: ro=0\\n\nA: size=8190\\n\n")

    def mount(self, *, faulty=False, read_only=False, size="4m", fill=lambda stick: None):
        """`fill` puts files on it before any program can see the mount."""
        self.folder = self.ports.folder / self.name
        self.folder.mkdir()
        if faulty:
            self.mount_faulty()
        else:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=1777,size={size}", "none",
                            self.folder], check=True)
        fill(self)
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)
        self.ports.write_mounts()
        if self.is_there:  # the programs' mount table is a file: it cannot wake them, udev can
            self.ports.tell(f"event change {self.paths()[1]}")

    def mount_faulty(self):
        content = self.ports.folder / (self.name + ".content")
        content.mkdir()
        self.faults = self.ports.folder / (self.name + ".faults")
        self.fault()
        self.server = subprocess.Popen(
            [self.ports.build / "tests" / "faulty_stick", content, self.folder, self.faults],
            stdout=subprocess.PIPE)
        if self.server.stdout.readline() != b"ready\n":
            raise RuntimeError("the failing stick does not start")

    def fault(self, **faults):
        """Sets the faults; those not named are switched off. Counts from the next operation on."""
        numbers = [faults.pop(name, errno.EIO if name == "errno" else -1) for name in FAULTS]
        if faults:
            raise TypeError(f"no such fault: {', '.join(faults)}")
        if not self.faults.exists():
            self.faults.write_bytes(bytes(8 * len(FAULTS)))
        with open(self.faults, "r+b") as file:
            file.write(struct.pack(f"={len(FAULTS)}q", *numbers))

    def kill(self):
        """A failing stick pulled out while it is mounted: every access is ENOTCONN from now on."""
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def as_mounted(self, line):
        """This line of the real mount table as the programs shall see it."""
        fields = line.split(" ")
        if self.folder is None or fields[4] != str(self.folder):
            return line
        dash = fields.index("-")
        fields[2] = f"8:{self.minor + 1}"
        fields[dash + 1:dash + 3] = ["vfat", self.device]
        return " ".join(fields)

    def unmount(self):
        if self.folder is None:
            return
        unmount = ["umount", "-l"] if self.server is None else ["fusermount3", "-u", "-z"]
        subprocess.run([*unmount, self.folder], check=True)
        self.folder.rmdir()
        self.folder = None
        if self.server is not None:
            self.server.stdout.close()
            self.server.terminate()
            self.server.wait()
            self.server = None
        self.ports.write_mounts()

    def paths(self):
        return [f"/sys{self.path}", f"/sys{self.path}/{self.name}1"]

    def appear(self):
        description = self.description.encode()
        self.ports.tell(f"add {len(description)}", description)
        for path in self.paths():
            self.ports.tell(f"event add {path}")
        self.is_there = True

    def unplug(self):
        self.unmount()
        for path in reversed(self.paths()):
            self.ports.tell(f"event remove {path}")
            self.ports.tell(f"remove {path}")
        self.ports.sticks.remove(self)
        self.ports.write_mounts()
