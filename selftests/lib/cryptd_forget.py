#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Deletes the algorithms that cryptd made, and what was made of them, once nobody
uses them. They would stay, preferred to the synchronous ones that they wrap: later
tests would get them."""
import struct
import sys

from genl import Netlink

NETLINK_CRYPTO, CRYPTO_MSG_DELALG = 21, 0x11
NAME_BYTES = 64


def drivers():
    """The outermost first. The kernel's own are of internal drivers, named __; the
    interface takes no name of 64 bytes, as of 3DES with SHA-256."""
    found = set()
    with open("/proc/crypto") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() == "driver" and "cryptd(" in value and "__" not in value and \
                    len(value.strip()) < NAME_BYTES:
                found.add(value.strip())
    return sorted(found, key=len, reverse=True)


def main():
    netlink = Netlink(NETLINK_CRYPTO)
    for driver in drivers():
        # struct crypto_user_alg: name, driver, module; type, mask, references, flags
        answer = netlink.request(CRYPTO_MSG_DELALG, struct.pack(
            "64s64s64sIIII", b"", driver.encode(), b"", 0, 0, 0, 0))
        if answer.errno:
            print(driver + ":", answer.words())
    return bool(drivers())


if __name__ == "__main__":
    sys.exit(main())
