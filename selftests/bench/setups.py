# SPDX-License-Identifier: MIT
"""The ways from site A to site B that are compared. Each set-up has up() and down();
both gateways run the same."""
import os
import re
import subprocess
import time

from network import ENDS, HOST_B, LAN, MTU, OTHER, inside, ip, read, run, start, write

SPI = {"left": 0x1001, "right": 0x1002}  # of what the gateway sends

# What ipsecvif and XFRM call a cipher, and bytes of its key
CIPHERS = {
    "aes128gcm": ("aead 'rfc4106(gcm(aes))' 0x{} 128", 20),
    "chacha20poly1305": ("aead 'rfc7539esp(chacha20,poly1305)' 0x{} 128", 36),
    "null": ("enc ecb(cipher_null) '' auth digest_null 0x{}", 1),
}


class Setup:
    device = "tunnel0"
    modules = ()

    def __init__(self, name, cipher=None, udp=False):
        self.name, self.cipher, self.udp = name, cipher, udp

    def title(self):
        return " ".join(filter(None, (self.name, self.cipher, "in UDP" if self.udp else "")))

    def available(self):
        return all(subprocess.run(("modprobe", "-nq", module), check=False).returncode == 0
                   for module in self.modules)

    def keys(self):
        """The words for the SA that each gateway sends by."""
        words, length = CIPHERS[self.cipher]
        return {gateway: words.format(os.urandom(length).hex()) for gateway in ENDS}

    def encap(self):
        return " encap espinudp 4500 4500 0.0.0.0" if self.udp else ""

    def up(self):
        for module in self.modules:
            run("modprobe", module)
        self.make()
        for gateway, (_, _, there) in ENDS.items():
            ip(gateway, "link set %s mtu %d up\nroute add %s dev %s src %s\n" % (
                self.device, MTU, there, self.device, LAN[gateway]))
        self.proven()

    def proven(self):
        end = time.monotonic() + 20
        while "1 received" not in inside("hosta", "ping", "-n", "-c", "1", "-W", "1", HOST_B,
                                         check=False):
            if time.monotonic() > end:
                raise SystemExit(self.title() + " does not work")

    def down(self):
        for gateway in ENDS:
            ip(gateway, "link del %s" % self.device)


class Plain(Setup):
    def up(self):
        for gateway, (_, remote, there) in ENDS.items():
            ip(gateway, "route add %s via %s mtu %d src %s" % (there, remote, MTU, LAN[gateway]))
        self.proven()

    def down(self):
        for gateway, (_, _, there) in ENDS.items():
            ip(gateway, "route del %s" % there)


class Sockets:
    """UDP 4500 on both gateways, in processes that stay."""

    def __init__(self, *words):
        helper = os.path.join(os.path.dirname(__file__), "../lib/natt.py")
        self.processes = [start(gateway, "python3", "-SE", helper, *words) for gateway in ENDS]
        for gateway in ENDS:
            while ":1194 " not in read(gateway, "/proc/net/udp"):  # 4500
                time.sleep(0.02)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


class Ipsecvif(Setup):
    modules = ("udp_tunnel", "ip6_udp_tunnel")
    spread = "auto"

    def make(self):
        with open("/sys/module/ipsecvif/parameters/spread", "w") as file:
            file.write(self.spread)
        keys, spis = self.keys(), {}
        sa = "sa add dev {dev} dir {dir} src {src} dst {dst} proto esp mode tunnel {key} flag esn{encap}"
        for gateway, (local, remote, _) in ENDS.items():
            ip(gateway, "link add %s type ipsecvif" % self.device)
            words = sa.format(dev=self.device, dir="in", src=remote, dst=local, encap=self.encap(),
                              key=keys[OTHER[gateway]])
            # The kernel chooses the SPI, as it does for the keyer.
            said = inside(gateway, "ipsecvif", "-b", "-", text=(
                "dev set %s local %s remote %s\n%s replay-window 4096\n" % (
                    self.device, local, remote, words)))
            spis[OTHER[gateway]] = re.search(r"spi (0x\w+)", said)[1]
        for gateway, (local, remote, _) in ENDS.items():
            words = sa.format(dev=self.device, dir="out", src=local, dst=remote, encap=self.encap(),
                              key=keys[gateway])
            inside(gateway, "ipsecvif", "-b", "-", text="%s spi %s\n" % (words, spis[gateway]))
        self.sockets = Sockets() if self.udp else None

    def down(self):
        super().down()
        if self.sockets:
            self.sockets.close()


class OneCpu(Ipsecvif):
    """Where other CPUs don't help the one that packets come to."""
    spread = "never"


class Xfrm(Setup):
    """XFRM's states and policies, chosen by `select` (an interface id or a mark)."""
    modules = ("xfrm_user", "esp4")
    offload = False
    select = ""

    def states(self):
        keys = self.keys()
        for gateway, (local, remote, _) in ENDS.items():
            words = "proto esp spi %d reqid 1 mode tunnel %s replay-window 4096 flag esn" + self.encap()
            ip(gateway, "\n".join((
                "xfrm state add src %s dst %s %s %s" % (
                    local, remote, words % (SPI[gateway], keys[gateway]), self.select),
                "xfrm state add src %s dst %s %s %s" % (
                    remote, local, words % (SPI[OTHER[gateway]], keys[OTHER[gateway]]), self.select),
                "xfrm policy add dir out tmpl src %s dst %s proto esp reqid 1 mode tunnel %s" % (
                    local, remote, self.select),
                "xfrm policy add dir in tmpl src %s dst %s proto esp reqid 1 mode tunnel %s" % (
                    remote, local, self.select),
                "xfrm policy add dir fwd tmpl src %s dst %s proto esp reqid 1 mode tunnel %s" % (
                    remote, local, self.select))))

    def make(self):
        run("modprobe", *([] if self.offload else ["-r"]), "esp4_offload", check=self.offload)
        self.interfaces()
        self.states()
        self.sockets = Sockets("xfrm") if self.udp else None

    def down(self):
        super().down()
        for gateway in ENDS:
            ip(gateway, "xfrm state flush\nxfrm policy flush\n")
        if self.sockets:
            self.sockets.close()


class XfrmInterface(Xfrm):
    modules = Xfrm.modules + ("xfrm_interface",)
    select = "if_id 1"

    def interfaces(self):
        for gateway in ENDS:
            ip(gateway, "link add %s type xfrm dev wan if_id 1" % self.device)


class XfrmOffload(XfrmInterface):
    offload = True


class Vti(Xfrm):
    modules = Xfrm.modules + ("ip_vti",)
    select = "mark 1"

    def interfaces(self):
        for gateway, (local, remote, _) in ENDS.items():
            ip(gateway, "link add %s type vti local %s remote %s key 1" % (self.device, local, remote))
            write(gateway, "/proc/sys/net/ipv4/conf/%s/disable_policy" % self.device, 1)


class WireGuard(Setup):
    modules = ("wireguard",)

    def make(self):
        secret = {gateway: run("wg", "genkey").strip() for gateway in ENDS}
        for gateway, (_, remote, _) in ENDS.items():
            public = run("wg", "pubkey", text=secret[OTHER[gateway]]).strip()
            ip(gateway, "link add %s type wireguard" % self.device)
            inside(gateway, "wg", "setconf", self.device, "/dev/stdin", text=(
                "[Interface]\nPrivateKey = %s\nListenPort = 51820\n[Peer]\nPublicKey = %s\n"
                "Endpoint = %s:51820\nAllowedIPs = 0.0.0.0/0\n" % (secret[gateway], public, remote)))


def all_setups(ciphers, udp=()):
    """Every set-up with each of the ciphers; with those of `udp` ESP in UDP, too."""
    found = [Plain("plain"), WireGuard("wireguard", "")]
    for cipher in ciphers:
        found += [Ipsecvif("ipsecvif", cipher), XfrmInterface("xfrmi", cipher),
                  XfrmOffload("xfrmi+offload", cipher), Vti("vti", cipher)]
    if os.cpu_count() > 1 and "aes128gcm" in ciphers:
        found.append(OneCpu("ipsecvif on 1 CPU", "aes128gcm"))
    for cipher in udp:
        # What esp4_offload adds does not concern UDP.
        found += [Ipsecvif("ipsecvif", cipher, True), XfrmInterface("xfrmi", cipher, True)]
    return found
