"""A private network namespace with a TUN device: the host under test on one side, the hand-made peer on the other.

The namespace belongs to the calling process and dies with it, so nothing needs to be cleaned up by name, also after a
failure. The host has two addresses of each family; a route leads to the peer's net, and no route leads anywhere else.
"""

import ctypes
import fcntl
import os
import socket
import struct
import time

HOST4, OTHER4, PEER4 = "192.0.2.1", "192.0.2.3", "192.0.2.2"
HOST6, OTHER6, PEER6 = "2001:db8::1", "2001:db8::3", "2001:db8::2"

# The names that steps use for addresses; `mapped-` before a name is the IPv4 address written as IPv6.
ADDRESSES = {
    "any": ("0.0.0.0", "::"),
    "host": (HOST4, HOST6),
    "other": (OTHER4, OTHER6),
    "peer": (PEER4, PEER6),
    "loop": ("127.0.0.1", "::1"),
    "foreign": ("192.0.2.77", "2001:db8::77"),
    "nowhere": ("203.0.113.1", "2001:db8:ffff::1"),
    "broadcast": ("255.255.255.255", "ff02::1"),
    "multicast": ("224.0.0.7", "ff0e::7"),
}

# What differs between machines by their memory or their distribution is set to one value, so that a table made on one
# machine holds on another. Everything else stays as the kernel makes it for a new namespace.
PINNED = {
    "net.ipv4.tcp_congestion_control": "reno",
    "net.ipv4.tcp_no_metrics_save": "1",
    "net.ipv4.tcp_rmem": "4096 131072 6291456",
    "net.ipv4.tcp_wmem": "4096 16384 4194304",
    "net.ipv4.tcp_max_syn_backlog": "1024",
    "net.ipv4.tcp_max_tw_buckets": "65536",
    "net.ipv4.tcp_ecn": "2",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv6.icmp.ratelimit": "0",
}

_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCGIFINDEX = 0x8914, 0x8916, 0x891C, 0x8933
_IFF_UP, _IFF_NOARP, _IFF_POINTOPOINT, _IFF_RUNNING = 0x1, 0x80, 0x10, 0x40

libc = ctypes.CDLL(None, use_errno=True)


def sysctl_path(name):
    """`net.ipv4.tcp_rmem` → `/proc/sys/net/ipv4/tcp_rmem`."""
    return "/proc/sys/" + name.replace(".", "/")


def read_sysctl(name):
    """The value of a sysctl, numbers separated by one space."""
    with open(sysctl_path(name)) as file:
        return " ".join(file.read().split())


def write_sysctl(name, value):
    """Sets a sysctl; OSError when the kernel refuses. An empty value is an empty line: no octets would change nothing."""
    fd = os.open(sysctl_path(name), os.O_WRONLY)
    try:
        os.write(fd, value.encode() or b"\n")
    finally:
        os.close(fd)


def _unshare():
    if libc.unshare(_CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "a private network namespace needs root: " + os.strerror(number))


class World:
    """The namespace and its TUN device; `send` and `receive` are the peer's wire."""

    def __init__(self, pinned=True):
        _unshare()
        # A table of sockets of its own, small: else each reading of /proc/net/tcp walks the whole machine's.
        if pinned and os.path.exists(sysctl_path("net.ipv4.tcp_child_ehash_entries")):
            write_sysctl("net.ipv4.tcp_child_ehash_entries", "1024")
            _unshare()
        self._tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(self._tun, _TUNSETIFF, struct.pack("16sH22x", b"tun0", _IFF_TUN | _IFF_NO_PI))
        write_sysctl("net.ipv6.conf.tun0.addr_gen_mode", "1")
        write_sysctl("net.ipv6.conf.tun0.accept_dad", "0")
        self._configure()
        if pinned:
            for name, value in PINNED.items():
                write_sysctl(name, value)
        self._settle()

    def _configure(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four:
            up(four, "lo")
            for alias, address in (("tun0", HOST4), ("tun0:1", OTHER4)):
                for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.0")):
                    packed = struct.pack("16sHH4s8x", alias.encode(), socket.AF_INET, 0, socket.inet_aton(value))
                    fcntl.ioctl(four, request, packed)
            up(four, "tun0")
            answer = fcntl.ioctl(four, _SIOCGIFINDEX, struct.pack("16si", b"tun0", 0))
            index = struct.unpack("16si", answer)[1]
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            for address in (OTHER6, HOST6):
                packed = socket.inet_pton(socket.AF_INET6, address) + struct.pack("Ii", 64, index)
                fcntl.ioctl(six, _SIOCSIFADDR, packed)

    def restart_network(self):
        """The interface goes down, loses its addresses, and comes back as it was."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"tun0", 0))
            for alias in ("tun0:1", "tun0"):
                packed = struct.pack("16sHH4s8x", alias.encode(), socket.AF_INET, 0, bytes(4))
                fcntl.ioctl(control, _SIOCSIFADDR, packed)
        self._configure()
        self._settle()

    def _settle(self):
        """Waits until the addresses of both families can be used, and drops what the set-up sent."""
        for family, address in ((socket.AF_INET, HOST4), (socket.AF_INET6, HOST6), (socket.AF_INET6, "::1")):
            deadline = time.monotonic() + 2
            while True:
                with socket.socket(family, socket.SOCK_STREAM) as probe:
                    try:
                        probe.bind((address, 0))
                        break
                    except OSError:
                        if time.monotonic() > deadline:
                            raise
                time.sleep(0.001)
        while self.receive() is not None:
            pass

    def send(self, packet):
        """Hands one IP packet to the host; it is processed before this returns."""
        os.write(self._tun, packet)

    def receive(self):
        """The next IP packet that the host sent, or None."""
        try:
            return os.read(self._tun, 65536)
        except BlockingIOError:
            return None

    def fileno(self):
        """The TUN descriptor, to wait for packets with poll."""
        return self._tun

    def is_clean(self):
        """True when the namespace holds no TCP or UDP socket and no TIME-WAIT entry."""
        for path in ("/proc/self/net/sockstat", "/proc/self/net/sockstat6"):
            with open(path) as file:
                for line in file:
                    words = line.split()
                    pairs = dict(zip(words[1::2], words[2::2]))
                    if words[0] in ("TCP:", "TCP6:", "UDP:", "UDP6:"):
                        if pairs["inuse"] != "0" or pairs.get("tw", "0") != "0":
                            return False
        return True

    def close(self):
        """Gives the TUN device up; the namespace goes with the process or with the next World."""
        os.close(self._tun)


def up(control, name):
    """Sets an interface up. `control` is any socket of the namespace."""
    flags = _IFF_UP | _IFF_RUNNING | (_IFF_NOARP | _IFF_POINTOPOINT if name == "tun0" else 0)
    fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags))
