# SPDX-License-Identifier: MIT
"""The network that all set-ups are compared in, and how to do something in it:

   hosta 10.1.0.2 --- 10.1.0.1 left 192.0.2.1 --- 192.0.2.2 right 10.2.0.1 --- 10.2.0.2 hostb

Whatever runs in a namespace is started from within it: `ip netns exec` takes long on
an emulated machine."""
import functools
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from netns import Netns, write_in  # pylint: disable=wrong-import-position

ENDS = {"left": ("192.0.2.1", "192.0.2.2", "10.2.0.0/16"),
        "right": ("192.0.2.2", "192.0.2.1", "10.1.0.0/16")}
LAN = {"left": "10.1.0.1", "right": "10.2.0.1"}
OTHER = {"left": "right", "right": "left"}
TOPOLOGY = ("hosta", "left", "right", "hostb")
HOST_A, HOST_B = "10.1.0.2", "10.2.0.2"
MTU = 1400  # of every tunnel: fits each of them, so that all carry the same packets
SINK = "10.2.0.99"  # nobody's: what pktgen sends ends at the device that counts it


class TooSlow(Exception):
    """A command took longer than it may."""


def say(text):
    print(text, flush=True)


def run(*command, text=None, check=True, timeout=None):
    try:
        done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise TooSlow("more than %d s" % timeout) from None
    if check and done.returncode:
        raise SystemExit("%s: %s%s" % (" ".join(command), done.stdout, (text or "")[:2000]))
    return done.stdout


def inside(netns, *command, **options):
    with Netns(netns):
        return run(*command, **options)


def ip(netns, commands, check=True):
    return run("ip", "-n", netns, "-batch", "-", text=commands, check=check)


def write(netns, path, text):
    write_in(netns, path, "%s\n" % text)


def read(netns, path):
    with Netns(netns), open(path) as file:
        return file.read()


def start(netns, *command):
    """A process that goes on."""
    with Netns(netns):
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def arrived():
    """Packets that reached the last device."""
    for line in read("hostb", "/proc/net/dev").splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "site":
            return int(numbers.split()[1])
    raise SystemExit("there is no last device")


@functools.lru_cache
def mac(netns, device):
    words = run("ip", "-n", netns, "-o", "link", "show", device).split()
    return words[words.index("link/ether") + 1]


def up():
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
           "neigh add %s.99 lladdr 02:00:00:00:00:99 dev lan nud permanent\n" % (
               net, ENDS[name][0], net))


def down():
    for name in TOPOLOGY:
        run("ip", "netns", "del", name, check=False)
