#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flow.py FROM TO ADDRESS PACKETS [AT-ONCE]: numbered datagrams of all sizes, and how they
arrive.

From one socket and one CPU, so that what is out of order was not so when it was sent;
never more at once than the queues on the way take, or AT-ONCE. Prints `N of N, M out of order`.
"""
import os
import random
import select
import socket
import struct
import sys

from netns import socket_in

AT_ONCE = 100
PATIENCE = 10  # seconds without a packet


def main():
    sender, receiver, address, packets = *sys.argv[1:4], int(sys.argv[4])
    at_once = int(sys.argv[5]) if len(sys.argv) > 5 else AT_ONCE
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    os.sched_setaffinity(0, {0})
    to = socket_in(receiver, family, socket.SOCK_DGRAM)
    frm = socket_in(sender, family, socket.SOCK_DGRAM)
    to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    to.bind((address, 0))
    frm.connect(to.getsockname()[:2])
    sent = arrived = disorder = 0
    last = -1
    while arrived < packets:
        # The first alone: neighbours that are not yet known have short queues.
        while sent < packets and sent - arrived < (at_once if arrived else 1):
            frm.send(struct.pack("!I", sent) + bytes(random.choice((0, 60, 600, 1300))))
            sent += 1
        if not select.select([to], [], [], PATIENCE)[0]:
            break
        number, = struct.unpack("!I", to.recv(2048)[:4])
        arrived += 1
        disorder += number != last + 1
        last = number
    print("%d of %d, %d out of order" % (arrived, packets, disorder))


if __name__ == "__main__":
    main()
