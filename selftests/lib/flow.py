#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flow.py [--at-once N] [--tcp] FROM TO ADDRESS PACKETS: numbered packets of all sizes, and
how they arrive.

From one socket and one CPU, so that what is out of order was not so when it was sent;
never more at once than the queues on the way take. Datagrams, or segments of TCP (IPv4)
that belong to no connection and ask for no answer. Prints `N of N, M out of order`.
"""
import argparse
import os
import random
import select
import socket
import struct

from netns import socket_in

PATIENCE = 10  # seconds without a packet
PORT = 9


class Udp:
    kind = socket.SOCK_DGRAM, 0

    def head(self, number):
        return b""

    def body(self, packet):
        return packet


class Tcp:
    kind = socket.SOCK_RAW, socket.IPPROTO_TCP
    length, rst, far = 20, 0x04, 5000  # none follows on the one before

    def head(self, number):
        return struct.pack("!HHIIBBHHH", PORT, PORT, number * self.far, 0, self.length << 2,
                           self.rst, 0, 0, 0)

    def body(self, packet):
        return packet[(packet[0] & 15) * 4 + self.length:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--tcp", action="store_const", const=Tcp, default=Udp, dest="protocol")
    parser.add_argument("sender")
    parser.add_argument("receiver")
    parser.add_argument("address")
    parser.add_argument("packets", type=int)
    args = parser.parse_args()

    protocol = args.protocol()
    family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
    os.sched_setaffinity(0, {0})
    to = socket_in(args.receiver, family, *protocol.kind)
    frm = socket_in(args.sender, family, *protocol.kind)
    to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    to.bind((args.address, PORT))
    frm.connect((args.address, PORT))
    sent = arrived = disorder = 0
    last = -1
    while arrived < args.packets:
        # The first alone: neighbours that are not yet known have short queues.
        while sent < args.packets and sent - arrived < (args.at_once if arrived else 1):
            frm.send(protocol.head(sent) + struct.pack("!I", sent) +
                     bytes(random.choice((0, 60, 600, 1300))))
            sent += 1
        if not select.select([to], [], [], PATIENCE)[0]:
            break
        number, = struct.unpack("!I", protocol.body(to.recv(2048))[:4])
        arrived += 1
        disorder += number != last + 1
        last = number
    print("%d of %d, %d out of order" % (arrived, args.packets, disorder))


if __name__ == "__main__":
    main()
