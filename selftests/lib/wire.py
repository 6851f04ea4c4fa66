# SPDX-License-Identifier: MIT
"""Frames for the left gateway, as the router could send them."""
import errno
import json
import socket
import subprocess
import time

from netns import Netns, socket_in


class Wire:
    """The cable into the left gateway, for whole frames."""

    def __init__(self):
        def link(netns, device):
            shown = subprocess.check_output(["ip", "-n", netns, "-j", "link", "show", device])
            return json.loads(shown)[0]

        self.to = bytes.fromhex(link("left", "wan")["address"].replace(":", ""))
        self.frm = bytes.fromhex(link("wan", "left")["address"].replace(":", ""))
        self.socket = socket_in("wan", socket.AF_PACKET, socket.SOCK_RAW)
        with Netns("wan"):
            self.socket.bind(("left", 0))

    def send(self, packet):
        frame = self.to + self.frm + b"\x08\x00" + packet
        while True:
            try:
                self.socket.send(frame)
                return
            except OSError as error:  # the queue of an emulated CPU
                if error.errno != errno.ENOBUFS:
                    raise
                time.sleep(0.01)
