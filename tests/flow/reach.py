"""What other users need where the checkout lies in a folder that is closed to them (below /root): a
copy of it.
"""
import atexit
import functools
import os
import pathlib
import shutil
import tempfile
import unittest

import kinko


def is_within_reach(place):
    """Whether every user may enter it."""
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))


@functools.lru_cache(None)
def open_folder():
    """A folder for what other users need, where the checkout lies in one that is closed to them."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kinko-open-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    return folder


def reachable(path):
    """This file, or a copy of it that every user can read."""
    path = pathlib.Path(path)
    if is_within_reach(path.parent):
        return path
    return pathlib.Path(shutil.copy(path, open_folder()))


def bring_within_reach():
    """From now on the programs are a copy, where those that were built are out of other users'
    reach."""
    if is_within_reach(kinko.BIN):
        return
    for name in ("bin", "lib", "share"):
        if (kinko.BIN.parent / name).is_dir():
            shutil.copytree(kinko.BIN.parent / name, open_folder() / name)
    kinko.BIN = open_folder() / "bin"


def needs_root(test):
    """For tests that become other users on the way."""
    if os.geteuid() == 0:
        bring_within_reach()
    return unittest.skipUnless(os.geteuid() == 0, "needs root")(test)
