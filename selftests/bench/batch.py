# SPDX-License-Identifier: MIT
"""How fast SA pairs with selectors are set up by a batch of commands, and the memory
that they take: by how much Slab, Percpu and VmallocUsed of /proc/meminfo grow. (Free
memory says less: pages that were freed stay in lists of each CPU.) A pair is what one
tunnel of a gateway needs: of XFRM two states and the policies out, in and fwd."""
import os
import re
import time

from network import ENDS, HOST_A, inside, ip, run
from many import address, keys

CIPHER = "aes128gcm"
DEVICE = "batch0"
SPI = 0x200001
TIMEOUT = 120  # seconds
WARM_UP = 20  # pairs: the first of them load modules
ENOUGH = 1000  # pairs that show in the machine's memory
SPEED = "SA pairs with selectors set up"
MEMORY = "memory of an SA pair with selectors"
MEMORY_ALONE = "memory of an SA pair alone"


def kernel_bytes():
    """When it changes no more: SAs are freed in the background."""
    now = 0
    while True:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3\n")
        time.sleep(0.2)
        with open("/proc/meminfo") as file:
            found = re.findall(r"^(?:Slab|Percpu|VmallocUsed): *(\d+)", file.read(), re.M)
        before, now = now, sum(map(int, found)) * 1024
        if abs(now - before) < 64 * 1024:
            return now


def idle_seconds():
    """Of all CPUs, so far."""
    with open("/proc/uptime") as file:
        return float(file.read().split()[1])


class Ipsecvif:
    title = "ipsecvif " + CIPHER
    command = ("ipsecvif", "-b", "-")

    def begin(self):
        local, remote, _ = ENDS["left"]
        ip("left", "link add %s type ipsecvif" % DEVICE)
        inside("left", "ipsecvif", "dev", "set", DEVICE, "local", local, "remote", remote)

    def lines(self, count, selectors):
        local, remote, _ = ENDS["left"]
        secrets = keys(2 * count, CIPHER)
        half = "dir %s src %s dst %s proto esp spi %d mode tunnel %s flag esn"
        for number in range(count):
            yield "sa add dev %s %s%s and %s replay-window 128" % (
                DEVICE, half % ("out", local, remote, SPI + number, secrets[2 * number]),
                " sel src %s/32 dst %s/32" % (HOST_A, address(number)) if selectors else "",
                half % ("in", remote, local, SPI + count + number, secrets[2 * number + 1]))

    def end(self):
        ip("left", "link del %s" % DEVICE)


class Xfrm:
    title = "xfrm " + CIPHER
    command = ("ip", "-batch", "-")

    def begin(self):
        run("modprobe", "-a", "xfrm_user", "esp4")

    def lines(self, count, selectors):
        here, there, _ = ENDS["left"]
        secrets = keys(2 * count, CIPHER)
        state = "xfrm state add src %s dst %s proto esp spi %d reqid %d mode tunnel %s replay-window 128 flag esn"
        policy = "xfrm policy add src %s dst %s dir %s tmpl src %s dst %s proto esp reqid %d mode tunnel"
        for number in range(count):
            away = (HOST_A + "/32", address(number) + "/32")
            yield state % (here, there, SPI + number, number + 1, secrets[2 * number])
            yield state % (there, here, SPI + count + number, number + 1, secrets[2 * number + 1])
            if selectors:
                yield policy % (*away, "out", here, there, number + 1)
                yield policy % (*away[::-1], "in", there, here, number + 1)
                yield policy % (*away[::-1], "fwd", there, here, number + 1)

    def end(self):
        ip("left", "xfrm state flush\nxfrm policy flush\n")


def visit(kind, count, selectors, busy=False):
    """Pairs a second, by the clock or by what of it the CPU was `busy`; and bytes of each."""
    kind.begin()
    text = "\n".join(kind.lines(count, selectors)) + "\n"
    before = kernel_bytes()
    begun, idle = time.monotonic(), idle_seconds()
    inside("left", *kind.command, text=text, timeout=TIMEOUT)
    took = time.monotonic() - begun
    if busy:
        took -= idle_seconds() - idle
    used = kernel_bytes() - before
    kind.end()
    return count / took, used / count


def measure(count, rounds, deadline, readings):
    kinds = [Ipsecvif(), Xfrm()]
    for kind in kinds:
        visit(kind, WARM_UP, True)
    for number in range(rounds):
        if number and time.monotonic() > deadline:
            readings.leave_out(SPEED, "rounds after %d" % number, "no time left")
            break
        for kind in kinds[number % 2:] + kinds[:number % 2]:
            speed, memory = visit(kind, count, True, readings.instructions)
            readings.add(SPEED, ("pairs/s", True), kind.title, speed)
            if count < ENOUGH:
                continue
            readings.add(MEMORY, ("bytes", False), kind.title, memory)
            readings.add(MEMORY_ALONE, ("bytes", False), kind.title, visit(kind, count, False)[1])
