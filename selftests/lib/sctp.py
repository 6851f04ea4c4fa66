#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sctp.py CLIENT ITS_ADDRESS SERVER ITS_ADDRESS BYTES: so much each way at once, by one
association."""
import os
import select
import socket
import sys
import time

from netns import socket_in

PATIENCE = 60  # seconds for all of it


def main():
    client, own, server, address, size = *sys.argv[1:5], int(sys.argv[5])
    os.sched_setaffinity(0, {0})  # or what moves to another CPU overtakes itself
    listener = socket_in(server, socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    listener.bind((address, 5000))
    listener.listen()
    one = socket_in(client, socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    one.bind((own, 0))
    one.settimeout(PATIENCE)
    one.connect((address, 5000))
    ends = [one, listener.accept()[0]]
    to_send, to_come = ({end: size for end in ends} for _ in range(2))
    for end in ends:
        end.setblocking(False)
    deadline = time.monotonic() + PATIENCE
    while any(to_come.values()) and time.monotonic() < deadline:
        readable, writable, _ = select.select(
            [end for end in ends if to_come[end]], [end for end in ends if to_send[end]], [], 1)
        for end in readable:
            to_come[end] -= len(end.recv(65536))
        for end in writable:
            to_send[end] -= end.send(bytes(min(1200, to_send[end])))
    print("lacks %d and %d bytes" % tuple(to_come.values()))


if __name__ == "__main__":
    main()
