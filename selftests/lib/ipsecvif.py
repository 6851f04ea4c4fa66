# SPDX-License-Identifier: MIT
"""The module's netlink family with typed attributes, for tests that make many
requests, or such as the command would not."""
import struct
import time

from genl import (NLM_F_ACK, NLM_F_DUMP, Genl, attr, be16, be32, constants, nest, parse, u8, u32,
                  u64)
from xfrm import family, socket

C = constants()
ESP, AH = 50, 51


def ip(text):
    return socket.inet_pton(family(text), text)


SA_TYPES = {
    "DIR": u8, "SPI": be32, "SRC": ip, "DST": ip, "PROTO": u8, "MODE": u8, "AEAD_ICV_BITS": u32,
    "AUTH_TRUNC_BITS": u32, "ENCAP_SPORT": be16, "ENCAP_DPORT": be16, "REPLAY_WINDOW": u32,
    "FLAGS": u32, "TIME_SOFT": u64, "TIME_HARD": u64, "BYTE_SOFT": u64, "BYTE_HARD": u64,
    "PACKET_SOFT": u64, "PACKET_HARD": u64, "SEQ": u64, "TFC": u32, "CPI": be16,
}
DEV_TYPES = {"LOCAL": ip, "REMOTE": ip, "FWMARK": u32, "UNDERLAY": u32, "DF": u8, "TTL": u8,
             "DSCP": u8, "HOLD": u32, "FLOW_LABEL": u8, "UDP_CSUM": u8, "STRICT": u8}


def typed(outer, prefix, types, fields):
    """A nest of fields by their short names; None is left out."""
    return nest(C[outer], *[
        attr(C[prefix + name], types[name](value) if name in types else value)
        for name, value in fields.items() if value is not None])


def sa(**fields):
    return typed("A_SA", "SA_A_", SA_TYPES, fields)


def algorithms(found):
    """The attributes of an xfrm.Algorithms."""
    fields = {}
    if found.aead:
        fields["AEAD_NAME"], fields["AEAD_KEY"], fields["AEAD_ICV_BITS"] = found.aead
    if found.enc:
        fields["ENC_NAME"], fields["ENC_KEY"] = found.enc[0], found.enc[1] or None
    if found.auth:
        fields["AUTH_NAME"], fields["AUTH_KEY"], fields["AUTH_TRUNC_BITS"] = found.auth
    if found.comp:
        fields["COMP_NAME"] = found.comp
    return fields


class Ipsecvif(Genl):
    """The family in the namespace that this is made in, and a device there."""

    def __init__(self, device="ipsec0"):
        super().__init__()
        self.device = attr(C["A_IFNAME"], device)

    def set(self, **fields):
        return self.request(C["CMD_DEV_SET"],
                            self.device + typed("A_DEV", "DEV_A_", DEV_TYPES, fields))

    def sa_add(self, *nests):
        return self.request(C["CMD_SA_ADD"], self.device + b"".join(nests))

    def sa_flush(self):
        return self.request(C["CMD_SA_FLUSH"], self.device)

    def sas(self):
        """Every SA of the device, as {attribute: payload}."""
        answer = self.request(C["CMD_SA_GET"], self.device, NLM_F_ACK | NLM_F_DUMP)
        return [dict(parse(payload)) for reply in answer.replies for kind, payload in parse(reply)
                if kind == C["A_SA"]]

    def sa_numbers(self, direction, *names):
        """64- or 32-bit attributes of the first SA of a direction; 0 where absent."""
        for found in self.sas():
            if found[C["SA_A_DIR"]] == u8(direction):
                return [int.from_bytes(found.get(C["SA_A_" + name], b"\0"), "little")
                        for name in names]
        return None

    def settled_mtu(self, seconds):
        """The outbound SA's, which a worker finds and tells the device; 0 if it didn't."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            mtu = self.sa_numbers(C["DIR_OUT"], "MTU")[0]
            if mtu and mtu == self.mtu():
                return mtu
            time.sleep(0.01)
        return 0

    def mtu(self):
        """The device's."""
        for reply in self.request(C["CMD_DEV_GET"], self.device).replies:
            for kind, payload in parse(reply):
                if kind == C["A_DEV"]:
                    return struct.unpack("=I", dict(parse(payload))[C["DEV_A_MTU"]])[0]
        return None

    def drops(self):
        """{reason: count} over all devices here and the packets of none, of those
        that are not 0."""
        answer = self.request(C["CMD_DROPS_GET"], b"", NLM_F_ACK | NLM_F_DUMP)
        found = {}
        for reply in answer.replies:
            for kind, payload in parse(reply):
                if kind != C["A_DROP"]:
                    continue
                drop = dict(parse(payload))
                name = drop[C["DROP_A_NAME"]].rstrip(b"\0").decode()
                count = struct.unpack("=Q", drop[C["DROP_A_COUNT"]])[0]
                if count:
                    found[name] = found.get(name, 0) + count
        return found

    def drops_since(self, before):
        after = self.drops()
        return {name: count - before.get(name, 0) for name, count in after.items()
                if count != before.get(name, 0)}

    def attach(self, sock):
        """Let the module take ESP out of a UDP socket."""
        return self.request(C["CMD_SOCK_ATTACH"],
                            attr(C["A_SOCK_FD"], struct.pack("=i", sock.fileno())))

    def caps(self):
        """The algorithms: [{kind, name, key_bits, salt_bits, icv_bits, ah, legacy}]."""
        found = []
        for reply in self.request(C["CMD_CAPS_GET"]).replies:
            for kind, payload in parse(reply):
                if kind == C["A_ALG"]:
                    found.append(self._alg(parse(payload)))
        return found

    @staticmethod
    def _alg(attributes):
        alg = {"key_bits": [], "icv_bits": [], "salt_bits": 0, "ah": False, "legacy": False}
        for kind, payload in attributes:
            if kind == C["ALG_A_KIND"]:
                alg["kind"] = payload[0]
            elif kind == C["ALG_A_NAME"]:
                alg["name"] = payload.rstrip(b"\0").decode()
            elif kind == C["ALG_A_SALT_BITS"]:
                alg["salt_bits"] = struct.unpack("=I", payload)[0]
            elif kind == C["ALG_A_KEY_BITS"]:
                alg["key_bits"].append(struct.unpack("=I", payload)[0])
            elif kind == C["ALG_A_ICV_BITS"]:
                alg["icv_bits"].append(struct.unpack("=I", payload)[0])
            elif kind == C["ALG_A_AH"]:
                alg["ah"] = True
            elif kind == C["ALG_A_LEGACY"]:
                alg["legacy"] = True
        return alg
