#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every load through every set-up, all in one run and in turn, so that what the
machine does meanwhile meets all alike. Prints as it goes; the readings go to a JSON
file: {environment, rows {name: unit and readings of each set-up}, what was left out}."""
import argparse
import json
import os
import platform
import re
import sys
import time

import batch
import ceiling
import loads
import many
import network
import setups
from network import say


# Where the clock counts instructions, 1,000,000,000 of them are its second.
INSTRUCTIONS = {
    "packets/s": ("instructions/packet", lambda rate: 1e9 / rate),
    "pairs/s": ("instructions/pair", lambda rate: 1e9 / rate),
    "Mbit/s": ("instructions/byte", lambda rate: 8e3 / rate),
    "us": ("instructions", lambda time: 1000 * time),
}


class Readings:
    """What was found so far, in a file that is written as it comes: the machine may die."""

    def __init__(self, args, busy):
        self.rows, self.left_out, self.begun = {}, {}, time.monotonic()
        self.instructions = args.instructions
        self.path = os.path.join(args.output, args.environment + ".json")
        self.about = {"environment": args.environment, "kernel": platform.release(),
                      "cpus": os.cpu_count(), "load_average": os.environ.get("BUSY", busy)}

    def save(self):
        self.about["seconds"] = round(time.monotonic() - self.begun)
        with open(self.path + ".new", "w") as file:
            json.dump(dict(self.about, rows=self.rows, left_out=self.left_out), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.rename(self.path + ".new", self.path)

    def add(self, row, what, title, value):
        unit, more_is_better = what
        if self.instructions and unit in INSTRUCTIONS:
            unit, conversion = INSTRUCTIONS[unit]
            value, more_is_better = conversion(value), False
        found = self.rows.setdefault(row, {"unit": unit, "more_is_better": more_is_better, "readings": {}})
        values = found["readings"].setdefault(title, [])
        values.append(value)
        say("%4d s  %2d  %-34s %-44s %12.1f %s" % (
            time.monotonic() - self.begun, len(values), title, row, value, unit))

    def leave_out(self, row, title, why):
        self.left_out["%s, %s" % (row, title)] = why
        say("%s, %s: not measured: %s" % (row, title, why))


def visit(setup, found, readings):
    setup.up()
    for load in found:
        for row, value in load.measure().items():
            readings.add(row, load.rows[row], setup.title(), value)
    readings.save()
    setup.down()


def traffic(chosen, found, args, deadline, readings):
    """Each round begins with another set-up. A round that the time does not suffice for
    is not begun."""
    longest = 0
    for number in range(args.rounds):
        begun = time.monotonic()
        if number and begun + longest > deadline:
            readings.leave_out("traffic", "rounds after %d" % number, "no time left")
            return
        for setup in chosen[number % len(chosen):] + chosen[:number % len(chosen)]:
            visit(setup, found, readings)
        for cipher in [cipher for cipher in args.ciphers if cipher in ceiling.DRIVERS]:
            readings.add("UDP, 1400 bytes", ("packets/s", True), "crypto alone " + cipher,
                         ceiling.measure(cipher, 1400))
        longest = max(longest, time.monotonic() - begun)


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", default=os.environ.get("RESULTS", "."), help="directory")
    parser.add_argument("environment", help="its name, and the result's")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=1e9, help="seconds for all of it")
    parser.add_argument("--seconds", type=float, default=0.3, help="of a load, more or less")
    parser.add_argument("--ciphers", type=lambda text: text.split(","),
                        default=["aes128gcm", "chacha20poly1305", "null"])
    parser.add_argument("--udp", type=lambda text: text.split(",") if text else [], default=["aes128gcm"],
                        help="ciphers to measure in UDP, too")
    parser.add_argument("--only", default="", help="set-ups whose name matches")
    parser.add_argument("--loads", default="", help="loads whose name matches; \"^$\" none")
    parser.add_argument("--pairs", type=int, default=0, help="SA pairs of a batch")
    parser.add_argument("--many", type=lambda text: [int(word) for word in text.split(",")], default=[],
                        help="numbers of SAs and selectors")
    parser.add_argument("--instructions", action="store_true", help="the clock counts instructions")
    return parser.parse_args()


def available(args, readings):
    chosen = []
    for setup in setups.all_setups(args.ciphers, args.udp):
        if not re.search(args.only, setup.title()):
            continue
        if setup.available():
            chosen.append(setup)
        else:
            readings.leave_out("all", setup.title(), "this kernel has not all of " + ", ".join(setup.modules))
    return chosen


def measure(args, readings):
    deadline = time.monotonic() + args.budget
    chosen = available(args, readings)
    found = [load for load in loads.all_loads(args.seconds, os.cpu_count())
             if any(re.search(args.loads, row) for row in load.rows)]
    # The traffic is to have the larger part of the time.
    if args.pairs:
        batch.measure(args.pairs, args.rounds, time.monotonic() + args.budget / 8, readings)
    if args.many:
        many.Many(args.many, args.seconds, args.rounds).measure(
            readings, time.monotonic() + args.budget / 3)
    if found and chosen:
        traffic(chosen, found, args, deadline, readings)


def main():
    args = options()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    with open("/proc/loadavg") as file:
        readings = Readings(args, file.read().split()[0])
    network.up()
    network.run("modprobe", "pktgen")
    try:
        measure(args, readings)
    finally:
        network.down()
    readings.save()
    say("all in %d s" % readings.about["seconds"])


if __name__ == "__main__":
    sys.exit(main())
