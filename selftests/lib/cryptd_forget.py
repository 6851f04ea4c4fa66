#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Deletes the algorithms that cryptd made and nobody uses any more. They would
stay, before the synchronous ones that they wrap: later tests would get them."""
import struct
import sys

from genl import Netlink

NETLINK_CRYPTO, CRYPTO_MSG_DELALG = 21, 0x11


def drivers():
    with open("/proc/crypto") as file:
        for line in file:
            name, _, value = line.partition(":")
            driver = value.strip()
            # The kernel's own are of internal drivers, whose names begin with __.
            if name.strip() == "driver" and driver.startswith("cryptd(") and "__" not in driver:
                yield driver


def main():
    netlink = Netlink(NETLINK_CRYPTO)
    for driver in list(drivers()):
        # struct crypto_user_alg: name, driver, module; type, mask, references, flags
        answer = netlink.request(CRYPTO_MSG_DELALG, struct.pack("64s64s64sIIII", b"", driver.encode(),
                                                                b"", 0, 0, 0, 0))
        print(driver + ":", answer.words() if answer.errno else "forgotten")
    return any(True for _ in drivers())


if __name__ == "__main__":
    sys.exit(main())
