# SPDX-License-Identifier: MIT
"""A small generic-netlink client on the standard library, for tests that must
say what no well-behaved client says. Its numbers come from the uapi header."""
import os
import re
import socket
import struct

HEADER = os.path.join(os.path.dirname(__file__), "../../uapi/linux/ipsecvif.h")

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK = 10, 11
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_ACK_TLVS, NLM_F_CAPPED = 0x200, 0x100
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3FFF
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2
NLMSGERR_ATTR_MISS_TYPE, NLMSGERR_ATTR_MISS_NEST = 5, 6


def constants():
    """Every enumerator of the uapi header, by name."""
    with open(HEADER) as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = {}
    for body in re.findall(r"enum \w+ \{(.*?)\};", text, flags=re.S):
        if "#define" in body:
            continue
        number = 0
        for entry in body.split(","):
            name, _, value = entry.partition("=")
            if name.strip():
                number = int(value, 0) if value.strip() else number
                found[name.strip().replace("IPSECVIF_", "", 1)] = number
                number += 1
    return found


def u8(value):
    return struct.pack("=B", value)


def u32(value):
    return struct.pack("=I", value)


def be16(value):
    return struct.pack("!H", value)


def be32(value):
    return struct.pack("!I", value)


def u64(value):
    return struct.pack("=Q", value)


def attr(kind, payload):
    if isinstance(payload, str):
        payload = payload.encode() + b"\0"
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + b"\0" * (-length % 4)


def nest(kind, *attrs):
    return attr(kind | NLA_F_NESTED, b"".join(attrs))


def parse(data):
    """[(type, payload)] of a run of attributes."""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4 or length > len(data):
            break
        found.append((kind & NLA_TYPE_MASK, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


class Answer:
    """errno (0 for success), the extack's sentence, whether it pointed at an
    attribute, and the payloads of the replies."""

    def __init__(self):
        self.errno, self.message, self.pointed, self.replies = None, "", False, []

    def words(self):
        """What the kernel said, or what its errno means."""
        return self.message or os.strerror(self.errno)


class Netlink:
    """Requests, one at a time, to a family of netlink in the namespace that this
    is made in."""
    header = 0  # bytes before the attributes of a reply

    def __init__(self, protocol):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.socket.bind((0, 0))
        self.socket.settimeout(60)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sequence = 0

    def request(self, kind, body=b"", flags=NLM_F_ACK):
        self.sequence += 1
        self.socket.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags,
                                     self.sequence, 0) + body)
        answer = Answer()
        while answer.errno is None:
            self._receive(answer)
        return answer

    def _receive(self, answer):
        data = self.socket.recv(1 << 20)
        while len(data) >= 16:
            length, kind, flags, sequence, _ = struct.unpack("=IHHII", data[:16])
            body, data = data[16:length], data[(length + 3) & ~3:]
            if sequence != self.sequence:
                continue
            if kind == NLMSG_ERROR or kind == NLMSG_DONE:
                answer.errno = -struct.unpack("=i", body[:4])[0] if len(body) >= 4 else 0
                if flags & NLM_F_ACK_TLVS:
                    self._extack(answer, body, kind, flags)
            else:
                answer.replies.append(body[self.header:])

    @staticmethod
    def _extack(answer, body, kind, flags):
        skip = 4
        if kind == NLMSG_ERROR:
            skip = 20
            if not flags & NLM_F_CAPPED:
                skip = 4 + ((struct.unpack("=I", body[4:8])[0] + 3) & ~3)
        for name, value in parse(body[skip:]):
            if name == NLMSGERR_ATTR_MSG:
                answer.message = value.rstrip(b"\0").decode()
            elif name in (NLMSGERR_ATTR_OFFS, NLMSGERR_ATTR_MISS_TYPE, NLMSGERR_ATTR_MISS_NEST):
                answer.pointed = True


class Genl(Netlink):
    header = 4

    def __init__(self, family="ipsecvif"):
        super().__init__(NETLINK_GENERIC)
        self.family = GENL_ID_CTRL
        answer = self.request(CTRL_CMD_GETFAMILY, attr(CTRL_ATTR_FAMILY_NAME, family))
        if answer.errno:
            raise OSError(answer.errno, "no netlink family " + family)
        self.family = struct.unpack(
            "=H", dict(parse(answer.replies[0]))[CTRL_ATTR_FAMILY_ID])[0]

    def request(self, command, attrs=b"", flags=NLM_F_ACK, version=1):
        return super().request(self.family, struct.pack("=BBH", command, version, 0) + attrs, flags)
