# SPDX-License-Identifier: MIT
"""Pings and TCP from one process: an emulated CPU is slow to start processes."""
import os
import select
import socket
import struct
import time

from checksum import checksum
from netns import socket_in

IP_RECVERR, IPV6_RECVERR, MSG_ERRQUEUE = 11, 25, 0x2000
ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}  # request, reply
TCP_BYTES = 128 * 1024


class Pinger:
    """Echo requests from the namespace that this is made in."""

    def __init__(self, family, patience):
        v4 = family == socket.AF_INET
        self.family, self.patience = family, patience
        self.request, self.reply = ECHO[family]
        self.socket = socket.socket(family, socket.SOCK_RAW,
                                    socket.IPPROTO_ICMP if v4 else socket.IPPROTO_ICMPV6)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        # "Too big" wakes us, so that we send again at once.
        if v4:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        else:
            self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        self.identity = os.getpid() & 0xFFFF
        self.sequence = 0
        self.data = os.urandom(16384)

    def message(self, sequence, size):
        head = struct.pack("!BBHHH", self.request, 0, 0, self.identity, sequence)
        body = self.data[:size]
        if self.family == socket.AF_INET:
            head = struct.pack("!BBHHH", self.request, 0, checksum(head + body), self.identity,
                               sequence)
        return head + body

    def answered(self, data):
        """The sequence number of a whole reply, or None."""
        if self.family == socket.AF_INET:
            data = data[(data[0] & 15) * 4:]
        if len(data) < 8 or data[0] != self.reply:
            return None
        identity, sequence = struct.unpack("!HH", data[4:8])
        if identity != self.identity or data[8:] != self.data[:len(data) - 8]:
            return None
        return sequence, len(data) - 8

    def errors(self):
        """Empties the error queue; was anything in it?"""
        seen = False
        while True:
            try:
                self.socket.recvmsg(65536, 512, MSG_ERRQUEUE)
                seen = True
            except BlockingIOError:
                return seen

    def receive(self, waiting, seconds):
        """Takes answers off `waiting`; ends with them, an error, or the time."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        end = time.monotonic() + seconds
        while waiting and time.monotonic() < end:
            for _, events in poll.poll(max(1, 1000 * (end - time.monotonic()))):
                if events & select.POLLERR and self.errors():
                    return True
                try:
                    found = self.answered(self.socket.recv(65536))
                except OSError:
                    continue
                if found and waiting.get(found[0]) == found[1]:
                    del waiting[found[0]]
        return False

    def send(self, to, sequence, size):
        # A pending error of the path is told by the next call, whatever it is.
        for _ in range(3):
            try:
                return self.socket.sendto(self.message(sequence, size), (to, 0))
            except BlockingIOError:
                select.select([], [self.socket], [], 1)
            except OSError:
                self.errors()

    def ping(self, to, sizes, fits):
        """Sends one request of each size, and the unanswered again only while ICMP
        says why; returns the sizes that had no answer. Of those above `fits` an answer
        may have been too big, of which not we are told but its sender: once more."""
        waiting, spared = {}, False
        for size in sizes:
            self.sequence = (self.sequence + 1) & 0xFFFF
            waiting[self.sequence] = size
        for _ in range(8):
            for sequence, size in waiting.items():
                self.send(to, sequence, size)
            told = self.receive(waiting, 0.5 * self.patience)
            if waiting and not told and not spared and min(waiting.values()) > fits:
                spared = told = True
            if not waiting or not told:
                break
        return sorted(waiting.values())


def tcp_back_and_forth(ends, family, to, patience):
    """A connection from the first namespace to the second, so much data, and the
    same back; returns what went wrong."""
    listener = socket_in(ends[1], family, socket.SOCK_STREAM)
    client = socket_in(ends[0], family, socket.SOCK_STREAM)
    with listener, client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((to, 0))
        listener.listen()
        client.setblocking(False)
        client.connect_ex(listener.getsockname()[:2])
        end = time.monotonic() + 4 * patience
        listener.settimeout(4 * patience)
        try:
            server, _ = listener.accept()
        except TimeoutError:
            return "no connection"
        with server:
            server.setblocking(False)
            # Nothing of it comes after its end.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
            data = os.urandom(TCP_BYTES)
            for sender, receiver, name in ((client, server, "there"), (server, client, "back")):
                problem = transfer(sender, receiver, data, end)
                if problem:
                    return "%s, on the way %s" % (problem, name)
            client.close()
    return None


def transfer(sender, receiver, data, end):
    sent, received = 0, bytearray()
    while len(received) < len(data):
        left = end - time.monotonic()
        if left <= 0:
            return "%d of %d bytes in time" % (len(received), len(data))
        readable, writable, _ = select.select(
            [receiver], [sender] if sent < len(data) else [], [], left)
        if writable:
            sent += sender.send(data[sent:])
        if readable:
            part = receiver.recv(1 << 18)
            if not part:
                return "the connection ended"
            received += part
    return None if bytes(received) == data else "other bytes than were sent"
