# SPDX-License-Identifier: MIT
"""One process in many network namespaces: a socket stays in the one that it was
made in, and so a test needs no process for each party."""
import ctypes
import os
import socket

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _setns(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Netns:
    """with Netns("left"): what is opened here is opened there."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open("/run/netns/" + self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
        finally:
            os.close(there)
        return self

    def __exit__(self, *_):
        _setns(self.home)
        os.close(self.home)


def socket_in(name, *arguments):
    with Netns(name):
        return socket.socket(*arguments)


def write_in(name, path, text):
    """A file of /proc/sys/net, whose content depends on who opens it."""
    with Netns(name), open(path, "w") as file:
        file.write(text)
