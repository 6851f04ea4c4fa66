#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every load through every set-up, all in one run and in turn, so that what the
machine does meanwhile meets all alike. Prints as it goes; the readings go to a JSON
file: {environment, unit and readings of each load and set-up}."""
import argparse
import json
import os
import platform
import re
import sys
import time

import loads
import setups


def progress(text):
    print(text, flush=True)


def measure(chosen, found, rounds):
    readings = {}
    for number in range(rounds):
        # Each round begins with another one.
        for setup in chosen[number % len(chosen):] + chosen[:number % len(chosen)]:
            setup.up()
            for load in found:
                value = load.measure(setup)
                readings.setdefault(load.name, {}).setdefault(setup.title(), []).append(value)
                progress("%2d  %-38s %-34s %12.1f %s" % (
                    number + 1, setup.title(), load.name, value, load.unit))
            setup.down()
    return readings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", default=os.environ.get("RESULTS", "."), help="directory")
    parser.add_argument("environment", help="its name, and the result's")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--ciphers", default="aes128gcm,chacha20poly1305,null")
    parser.add_argument("--udp", action="store_true", help="ESP in UDP, too")
    parser.add_argument("--quick", action="store_true", help="fewer loads")
    parser.add_argument("--only", default="", help="set-ups whose name matches")
    parser.add_argument("--loads", default="", help="loads whose name matches")
    args = parser.parse_args()

    os.environ["PATH"] += ":/usr/sbin:/sbin"
    chosen = [setup for setup in setups.all_setups(args.ciphers.split(","), args.udp)
              if re.search(args.only, setup.title())]
    for setup in [setup for setup in chosen if not setup.available()]:
        progress("%s: not measured, since this kernel has not all of its modules: %s" % (
            setup.title(), ", ".join(setup.modules)))
        chosen.remove(setup)
    found = [load for load in loads.all_loads(args.seconds, args.quick)
             if re.search(args.loads, load.name)]
    begun = time.monotonic()
    setups.topology_up()
    setups.run("modprobe", "pktgen")
    try:
        readings = measure(chosen, found, args.rounds)
    finally:
        setups.topology_down()
    result = {
        "environment": args.environment, "kernel": platform.release(),
        "cpus": os.cpu_count(), "rounds": args.rounds, "seconds": round(time.monotonic() - begun),
        "loads": {load.name: {"unit": load.unit, "more_is_better": load.more_is_better,
                              "readings": readings[load.name]} for load in found},
    }
    with open(os.path.join(args.output, args.environment + ".json"), "w") as file:
        json.dump(result, file, indent=1)
    progress("all in %d s" % result["seconds"])


if __name__ == "__main__":
    sys.exit(main())
