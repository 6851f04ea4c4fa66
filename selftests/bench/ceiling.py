# SPDX-License-Identifier: MIT
"""The kernel's AEADs with nothing around them, by the module of ceiling/: packets a
second that one CPU could encrypt and decrypt, if it did nothing else."""
import os

from network import run

MODULE = os.path.join(os.environ.get("OUT", "build"), "module-ceiling", os.uname().release, "ceiling.ko")
DRIVERS = {
    "aes128gcm": ("alg=gcm(aes)", "internal=__gcm(aes)", "key_len=16"),
    "chacha20poly1305": ("alg=rfc7539(chacha20,poly1305)", "key_len=32"),
}


def measure(cipher, size, rounds=16):
    run("modprobe", "-a", "gcm", "chacha20poly1305", check=False)  # or it is built in
    run("insmod", MODULE, "size=%d" % size, "rounds=%d" % rounds, *DRIVERS[cipher])
    took = 0
    for name in ("encrypt_ns", "decrypt_ns"):
        with open("/sys/module/ceiling/parameters/" + name) as file:
            took += int(file.read())
    run("rmmod", "ceiling")
    return 1e9 / took
