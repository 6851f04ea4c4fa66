# SPDX-License-Identifier: MIT
"""The ways from site A to site B that are compared, over the same cables:

   hosta 10.1.0.2 --- 10.1.0.1 left 192.0.2.1 --- 192.0.2.2 right 10.2.0.1 --- 10.2.0.2 hostb

Each set-up has up() and down(); both gateways run the same. Packets of 1400 bytes
fit each tunnel, so that all carry the same ones."""
import os
import subprocess
import time

ENDS = {"left": ("192.0.2.1", "192.0.2.2", "10.2.0.0/16"),
        "right": ("192.0.2.2", "192.0.2.1", "10.1.0.0/16")}
OTHER = {"left": "right", "right": "left"}
MTU = 1400
TOPOLOGY = ("hosta", "left", "right", "hostb")
SPI = {"left": 0x1001, "right": 0x1002}  # of what the gateway sends

# What ipsecvif and XFRM call a cipher, and bytes of its key
CIPHERS = {
    "aes128gcm": ("aead 'rfc4106(gcm(aes))' 0x{} 128", 20),
    "chacha20poly1305": ("aead 'rfc7539esp(chacha20,poly1305)' 0x{} 128", 36),
    "null": ("enc ecb(cipher_null) '' auth digest_null 0x{}", 1),
}


def run(*command, text=None, check=True):
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        raise SystemExit("%s: %s%s" % (" ".join(command), done.stdout, text or ""))
    return done.stdout


def ip(netns, commands, check=True):
    return run("ip", "-n", netns, "-batch", "-", text=commands, check=check)


def inside(netns, *command, text=None, check=True):
    return run("ip", "netns", "exec", netns, *command, text=text, check=check)


def write(netns, path, text):
    inside(netns, "sh", "-c", "echo '%s' >%s" % (text, path))


def topology_up():
    for name in TOPOLOGY:
        run("ip", "netns", "add", name)
        for line in ("ipv4/conf/all/rp_filter", "ipv4/conf/default/rp_filter"):
            write(name, "/proc/sys/net/" + line, 0)
        write(name, "/proc/sys/net/ipv6/conf/default/disable_ipv6", 1)
        ip(name, "link set lo up")
    for one, name, other, peer in (("hosta", "site", "left", "lan"), ("left", "wan", "right", "wan"),
                                   ("right", "lan", "hostb", "site")):
        run("ip", "link", "add", "name", name, "netns", one, "type", "veth",
            "peer", "name", peer, "netns", other)
    for gateway in ENDS:
        write(gateway, "/proc/sys/net/ipv4/ip_forward", 1)
    for name, net in (("hosta", "10.1.0"), ("hostb", "10.2.0")):
        ip(name, "addr add %s.2/16 dev site\nlink set site up\nroute add default via %s.1\n" % (net, net))
    for name, net in (("left", "10.1.0"), ("right", "10.2.0")):
        ip(name, "addr add %s.1/16 dev lan\naddr add %s/24 dev wan\nlink set lan up\nlink set wan up\n"
           # Nobody has this address: what pktgen sends ends at the device that counts it.
           "neigh add %s.99 lladdr 02:00:00:00:00:99 dev lan nud permanent\n" % (
               net, ENDS[name][0], net))


def topology_down():
    for name in TOPOLOGY:
        run("ip", "netns", "del", name, check=False)


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
            ip(gateway, "link set %s mtu %d up\nroute add %s dev %s\n" % (
                self.device, MTU, there, self.device))
        self.proven()

    def proven(self):
        end = time.monotonic() + 20
        while "1 received" not in inside("hosta", "ping", "-n", "-c", "1", "-W", "1", "10.2.0.2",
                                         check=False):
            if time.monotonic() > end:
                raise SystemExit(self.title() + " does not work")

    def down(self):
        for gateway in ENDS:
            ip(gateway, "link del %s" % self.device)


class Plain(Setup):
    def up(self):
        for gateway, (_, remote, there) in ENDS.items():
            ip(gateway, "route add %s via %s mtu %d" % (there, remote, MTU))
        self.proven()

    def down(self):
        for gateway, (_, _, there) in ENDS.items():
            ip(gateway, "route del %s" % there)


class Sockets:
    """UDP 4500 on both gateways, in processes that stay."""

    def __init__(self, *words):
        helper = os.path.join(os.path.dirname(__file__), "../lib/natt.py")
        self.processes = [subprocess.Popen(("ip", "netns", "exec", gateway, "python3", helper) + words)
                          for gateway in ENDS]
        for gateway in ENDS:
            while "4500" not in inside(gateway, "ss", "-Huln"):
                time.sleep(0.05)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


class Ipsecvif(Setup):
    modules = ("udp_tunnel", "ip6_udp_tunnel")

    def make(self):
        keys = self.keys()
        for gateway, (local, remote, _) in ENDS.items():
            ip(gateway, "link add %s type ipsecvif" % self.device)
            inside(gateway, "ipsecvif", "-b", "-", text=(
                "dev set {dev} local {local} remote {remote}\n"
                "sa add dev {dev} dir in src {remote} dst {local} proto esp spi {spi_in} mode tunnel "
                "{key_in} replay-window 4096 flag esn{encap}\n"
                "sa add dev {dev} dir out src {local} dst {remote} proto esp spi {spi_out} mode tunnel "
                "{key_out} flag esn{encap}\n").format(
                    dev=self.device, local=local, remote=remote, encap=self.encap(), spi_in=SPI[OTHER[gateway]],
                    spi_out=SPI[gateway], key_in=keys[OTHER[gateway]], key_out=keys[gateway]))
        self.sockets = Sockets() if self.udp else None

    def down(self):
        super().down()
        if self.sockets:
            self.sockets.close()


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


def all_setups(ciphers, udp=False):
    found = [Plain("plain"), WireGuard("wireguard", "")]
    for cipher in ciphers:
        for encap in (False, True) if udp else (False,):
            found += [Ipsecvif("ipsecvif", cipher, encap), XfrmInterface("xfrmi", cipher, encap),
                      XfrmOffload("xfrmi+offload", cipher, encap)]
            if not encap:
                found.append(Vti("vti", cipher))
    return found
