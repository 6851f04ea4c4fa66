# SPDX-License-Identifier: MIT
"""The daemons that bench/ike sets against each other, each in a network namespace."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(TOP, os.environ.get("O", "build"))
TICK = os.sysconf("SC_CLK_TCK")
LEFT, RIGHT = "192.0.2.1", "192.0.2.2"
INSIDE = "10.255.255.1/32"  # libipsec wants an address of its own in the selectors
PSK = "a shared secret for the benchmark"
RUNNING = []
SPACES = ("ipsecvif-bench-l", "ipsecvif-bench-r")


def run(*words, **more):
    return subprocess.run(words, check=True, **more)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            found = [int(word) for word in f.read().split()]
    except OSError:
        return []
    return found + [pid for child in found for pid in children(child)]


class Usage:
    """CPU seconds, and anonymous memory (pages shared counted in shares), of all processes
    of a daemon; by their names in @parts."""

    def __init__(self, pid):
        self.cpu, self.user, self.memory, self.parts = 0.0, 0.0, 0, {}
        for one in [pid] + children(pid):
            with open(f"/proc/{one}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            user, system = int(fields[11]) / TICK, int(fields[12]) / TICK
            with open(f"/proc/{one}/smaps_rollup") as f:
                memory = sum(int(line.split()[1]) * 1024 for line in f
                             if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
            with open(f"/proc/{one}/comm") as f:
                name = f.read().strip()
            self.user += user
            self.cpu += user + system
            self.memory += memory
            self.parts[name] = (memory, user + system)


class Peer:
    """A daemon's process."""

    def spawn(self, words, out, **more):
        self.out = open(out, "w")
        self.process = subprocess.Popen(["ip", "netns", "exec", self.space] + words,
                                        stdout=self.out, stderr=self.out, **more)
        RUNNING.append(self)

    def alive(self):
        return self.process.poll() is None

    def wait(self, condition, seconds, step=0.05):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or not self.alive():
                sys.stderr.write(self.said())
                raise SystemExit("bench: a daemon did not do what was waited for")
            time.sleep(step)

    def usage(self):
        return Usage(self.process.pid)

    def said(self):
        return "".join(open(name).read()[-3000:] for name in self.logs if os.path.exists(name))


class Ours(Peer):
    """ipsecvifd over a kernel that does nothing."""

    def __init__(self, work, name, space):
        self.dir, self.space = os.path.join(work, name), space
        self.etc, self.control = os.path.join(self.dir, "etc"), os.path.join(self.dir, "control")
        self.logs = [os.path.join(self.dir, "log")]
        os.makedirs(self.etc)
        with open(os.open(os.path.join(self.etc, "psk"), os.O_WRONLY | os.O_CREAT, 0o600),
                  "w") as f:
            f.write(PSK + "\n")

    def configure(self, tunnels, local, remote, start, auth="psk-file = psk"):
        """@tunnels: (name, local-id, remote-id, local network, remote network, further lines)"""
        with open(os.path.join(self.etc, "all.conf"), "w") as f:
            f.write(f"template all {{\n    interface = ipsec0\n    local = {local}\n"
                    f"    remote = {remote}\n    {auth}\n    ike = aes256-sha256-x25519\n"
                    f"    start = {start}\n    unique = never\n    mss-clamp = no\n"
                    "    ike-lifetime = 4h\n    child lan {\n        esp = aes256gcm16\n"
                    "        block = no\n    }\n}\n")
            for name, ours, theirs, here, there, more in tunnels:
                f.write(f"tunnel {name} {{\n    like = all\n    local-id = {ours}\n"
                        f"    remote-id = {theirs}\n{more}    child lan {{\n"
                        f"        local = {here}\n        remote = {there}\n    }}\n}}\n")

    def start(self):
        self.spawn([os.path.join(OUT, "bench/ipsecvifd"), "-f", "-c", self.etc, "-s",
                    self.control], self.logs[0])
        self.wait(lambda: os.path.exists(self.control), 120)

    def ask(self, **request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(300)
            s.connect(self.control)
            s.sendall(json.dumps(request).encode() + b"\n")
            data = b"".join(iter(lambda: s.recv(1 << 20), b""))
        return json.loads(data.splitlines()[-1])

    def up(self):
        return sum(t["state"] == "up" and all(c["state"] == "up" for c in t["children"])
                   for t in self.ask(cmd="tunnel-list")["tunnels"])

    def keys(self):
        """What tells IKE SAs and children from those that replace them."""
        return {t["name"]: (t["ike"]["spi_local"], *(c["spi_in"] for c in t["children"]))
                for t in self.ask(cmd="tunnel-show")["tunnels"]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.out.close()


class Vici:
    """As much of charon's control protocol as is needed here."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def ask(self, command, **values):
        message = bytes([0, len(command)]) + command.encode()
        for key, value in values.items():
            message += bytes([3, len(key)]) + key.encode() + \
                struct.pack(">H", len(value)) + value.encode()
        self.socket.sendall(struct.pack(">I", len(message)) + message)
        size, = struct.unpack(">I", self.file.read(4))
        return self.parse(memoryview(self.file.read(size))[1:])

    @staticmethod
    def parse(data):
        """Sections flattened: {"ikesas.total": "3"}"""
        found, path, at = {}, [], 0

        def text(size):
            nonlocal at
            n = int.from_bytes(data[at:at + size], "big")
            at += size + n
            return bytes(data[at - n:at]).decode(errors="replace")

        while at < len(data):
            kind = data[at]
            at += 1
            if kind in (1, 4):
                path.append(text(1))
            elif kind in (2, 6):
                path.pop()
            elif kind == 3:
                key = text(1)
                found[".".join(path + [key])] = text(2)
            else:
                found.setdefault(".".join(path), []).append(text(2))
        return found


class Charon(Peer):
    """strongSwan's, with libipsec for a kernel."""

    PLUGINS = "random nonce openssl pem pkcs1 pkcs8 pubkey x509 constraints kdf hmac gcm aes " \
        "curve25519 kernel-libipsec kernel-netlink socket-default vici"

    def __init__(self, work, name, space):
        self.dir, self.space = os.path.join(work, name), space
        self.logs = [os.path.join(self.dir, "out"), os.path.join(self.dir, "log")]
        self.socket = os.path.join(self.dir, "vici")
        for directory in ("", "x509", "x509ca", "private"):
            os.makedirs(os.path.join(self.dir, directory))
        with open(os.path.join(self.dir, "strongswan.conf"), "w") as f:
            f.write(f"charon {{\n  load = {self.PLUGINS}\n  install_routes = no\n  port = 500\n"
                    "  dos_protection = no\n  reuse_ikesa = no\n  plugins {\n"
                    f"    vici {{\n      socket = unix://{self.socket}\n    }}\n"
                    "    kernel-libipsec {\n      allow_peer_ts = yes\n    }\n  }\n"
                    f"  filelog {{\n    l {{\n      path = {self.logs[1]}\n"
                    "      default = 0\n    }\n  }\n}\n"
                    "swanctl {\n  load = random openssl pem pkcs1 pkcs8 x509\n}\n")
        self.env = dict(os.environ, STRONGSWAN_CONF=os.path.join(self.dir, "strongswan.conf"),
                        SWANCTL_DIR=self.dir)

    def start(self):
        self.spawn(["unshare", "-m", "sh", "-c",
                    "mount -t tmpfs t /run && exec /usr/lib/ipsec/charon"], self.logs[0],
                   env=self.env)
        self.wait(lambda: os.path.exists(self.socket), 20)

    def configure(self, connections, auth):
        """@connections: (name, local id, remote id, local network, remote network)"""
        how = "auth = pubkey\n      certs = right.pem" if auth == "ecdsa" else "auth = psk"
        with open(os.path.join(self.dir, "swanctl.conf"), "w") as f:
            f.write("connections {\n")
            for name, ours, theirs, here, there in connections:
                f.write(f"  {name} {{\n    version = 2\n    local_addrs = {RIGHT}\n"
                        f"    remote_addrs = {LEFT}\n    proposals = aes256-sha256-x25519\n"
                        f"    unique = never\n    local {{\n      {how}\n      id = {ours}\n"
                        f"    }}\n    remote {{\n      auth = {how.split()[2]}\n"
                        f"      id = {theirs}\n    }}\n    children {{\n      c {{\n"
                        f"        local_ts = {here}\n        remote_ts = {there}\n"
                        "        esp_proposals = aes256gcm16\n      }\n    }\n  }\n")
            f.write("}\nsecrets {\n  ike {\n    secret = \"" + PSK + "\"\n  }\n}\n")
        said = subprocess.run(["swanctl", "--load-all", "--uri", f"unix://{self.socket}", "--file",
                               os.path.join(self.dir, "swanctl.conf")], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if said.returncode:
            raise SystemExit("bench: swanctl: " + said.stdout[-1000:])
        self.vici = Vici(self.socket)

    def established(self):
        stats = self.vici.ask("stats")
        return int(stats["ikesas.total"]) - int(stats["ikesas.half-open"])

    def initiate(self, connection):
        self.vici.ask("initiate", child="c", ike=connection, timeout="-1")

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.out.close()


def certificates(directory):
    """A CA and P-256 certificates for both sides."""
    def path(name):
        return os.path.join(directory, name)

    os.makedirs(directory)
    quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run("openssl", "req", "-x509", *key, "-keyout", path("ca.key"), "-out", path("ca.pem"),
        "-subj", "/CN=benchmark CA", "-days", "30", "-addext",
        "keyUsage=critical,keyCertSign,cRLSign", **quiet)
    for side in ("left", "right"):
        with open(path("ext"), "w") as f:
            f.write(f"subjectAltName=DNS:{side}.example.net\nkeyUsage=digitalSignature\n"
                    "basicConstraints=CA:FALSE\n")
        run("openssl", "req", *key, "-keyout", path(side + ".key"), "-out", path("csr"), "-subj",
            f"/CN={side}.example.net", **quiet)
        run("openssl", "x509", "-req", "-in", path("csr"), "-CA", path("ca.pem"), "-CAkey",
            path("ca.key"), "-CAcreateserial", "-days", "30", "-extfile", path("ext"), "-out",
            path(side + ".pem"), **quiet)
        os.chmod(path(side + ".key"), 0o600)


def namespaces_drop():
    for space in SPACES:
        subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)


def namespaces():
    namespaces_drop()
    for space in SPACES:
        run("ip", "netns", "add", space)
    run("ip", "link", "add", "name", "wan", "netns", SPACES[0], "type", "veth", "peer", "name",
        "wan", "netns", SPACES[1])
    for space, address in zip(SPACES, (LEFT, RIGHT)):
        run("ip", "-n", space, "addr", "add", address + "/24", "dev", "wan")
        run("ip", "-n", space, "link", "set", "wan", "up")
        run("ip", "-n", space, "link", "set", "lo", "up")
    run("ip", "-n", SPACES[1], "addr", "add", INSIDE, "dev", "lo")
