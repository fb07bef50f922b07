"""What is random about a story, theme by theme. Equal seeds give equal stories."""

import random

SYSCTLS = ("tcp_rmem=4096 131072 6291456", "tcp_wmem=4096 262144 4194304", "tcp_no_metrics_save=1", "tcp_congestion_control=reno")
# What an administrator may turn, and to what.
TURNED = {"tcp_recovery": range(6), "tcp_early_retrans": range(5), "tcp_reordering": (1, 2, 3, 5, 10), "tcp_max_reordering": (3, 10, 300),
          "tcp_frto": range(3), "tcp_slow_start_after_idle": (0, 1), "tcp_min_tso_segs": (1, 2, 4), "tcp_tso_win_divisor": (0, 1, 3, 8),
          "tcp_pacing_ss_ratio": (100, 200), "tcp_pacing_ca_ratio": (100, 120), "tcp_limit_output_bytes": (2000, 20000),
          "tcp_thin_linear_timeouts": (0, 1), "tcp_min_snd_mss": (48, 600), "tcp_retrans_collapse": (0, 1)}
RARELY = {"tcp_min_rtt_wlen": (0, 1, 2), "tcp_rto_min_us": (8000, 50000, 100000), "tcp_rto_max_ms": (1000, 2000), "tcp_thin_linear_timeouts": (1,),
          "tcp_retries1": (1, 2), "tcp_tso_rtt_log": (0, 5, 12), "tcp_pacing_ss_ratio": (50, 500), "tcp_pacing_ca_ratio": (50, 500),
          "tcp_notsent_lowat": (1000, 5000, 20000), "tcp_pingpong_thresh": (1, 3), "tcp_early_retrans": (0, 4), "tcp_recovery": (1, 2, 4, 5),
          "tcp_frto": (0,), "tcp_slow_start_after_idle": (0,), "tcp_retrans_collapse": (0,), "tcp_reordering": (1, 5)}
NEVER = 999


class Story:
    """A peer, a path and a program. Times are seconds since the handshake, windows are in units of the offered scale."""

    def __init__(self, theme, seed):
        self.theme, self.seed = theme, seed
        self.random = random.Random("%s-%d" % (theme, seed))
        pick = self.random.choice
        self.mss, self.rtt, self.timestamps = pick((1000, 1000, 1460, 536)), pick((.1, .1, .2)), self.chance(.3)
        self.sysctls = ["net.ipv4." + one for one in SYSCTLS]
        self.sysctl("tcp_timestamps", int(self.timestamps))
        self.is_server, self.congestion, self.ecn, self.before = self.chance(.67), "reno", False, []
        self.sack, self.dsack, self.scale, self.window = True, True, pick((7, 7, 8)), pick((257, 500, 1000))
        self.every, self.delayed_ack, self.syn_acks_lost = pick((1, 1, 2, 2, 3)), .04, 0
        # Of segments: chances, numbers, stretches of numbers that are lost.
        self.loss, self.loss_again, self.lost, self.bursts = 0, 0, (), ()
        self.reorder, self.reorder_by, self.marks, self.copies = 0, [self.rtt * part for part in (.08, .12, .15)], 0, 0
        self.ack_loss, self.renege = 0, 0
        # Between two times, segments whose packets have more octets than this are lost without a word: (since, until, octets).
        self.six, self.narrow = False, None
        # RFC 9768: the SYN-ACK's bits and codepoint, how often the option comes, codepoints of what the peer sends.
        self.accurate, self.reflection, self.first, self.told, self.ours = False, "W", "noecn", 0, ("noecn",)
        self.jitter = pick(((0,), (0, 0, 0, .002)))
        self.windows, self.actions, self.until = [], [], 5.0
        self.segment = self.mss - (12 if self.timestamps else 0)
        THEMES[theme](self)

    def chance(self, share):
        return self.random.random() < share

    def sysctl(self, name, value):
        self.sysctls.append("net.ipv4.%s=%s" % (name, value))

    def at(self, time, *action):
        self.actions.append((time, action))

    def some_time(self, first, last):
        return round(self.random.uniform(first, last), 4)

    def bulk(self, *counts):
        """Many segments at once."""
        self.at(.01, "write", self.random.choice(counts or (10, 20, 40)) * self.segment)

    def drip(self, count, until=2.0):
        """Writes of all sizes, now and then."""
        n = self.segment
        for _ in range(count):
            self.at(self.some_time(.01, until), "write",
                    self.random.choice((1, 10, 100, 500, n - 1, n, n + 1, 2 * n, 5 * n // 2, 3 * n, 5 * n, 10 * n, 20 * n)))

    def losses(self):
        """One way or another to lose segments, or none."""
        r, kind = self.random, self.random.choice(("share", "few", "burst", "tail", "none", "mix"))
        if kind == "share":
            self.loss, self.loss_again = r.choice((.02, .05, .1)), r.choice((0, .05, .2))
        if kind in ("few", "mix"):
            self.lost = tuple(r.sample(range(30), r.randint(1, 4)))
        if kind in ("burst", "mix"):
            first = r.randint(0, 20)
            self.bursts = ((first, first + r.randint(1, 8)),)
        if kind == "tail":
            self.bursts = ((r.randint(5, 19), 60),)
        if kind == "mix":
            self.loss_again = r.choice((0, .2, .4))

    def perhaps(self, share, do, *args):
        if self.chance(share):
            do(*args)

    def any_congestion(self):
        self.congestion = self.random.choice(("reno", "cubic"))


def sack(s):
    s.bulk()
    s.losses()
    s.perhaps(.4, s.drip, 3)


def cubic(s):
    s.congestion = "cubic"
    sack(s)


def nosack(s):
    s.sack = False
    sack(s)


def reorder(s):
    s.bulk(40)
    s.sack, s.reorder = s.chance(.85), s.random.choice((.03, .1, .3))
    s.reorder_by = [s.rtt * part for part in s.random.choice(((.05, .1), (.1, .15), (.5, .8), (.6, 1.5)))]
    s.perhaps(.4, s.losses)


def copies(s):
    s.bulk()
    s.losses()
    s.copies, s.ack_loss = s.random.choice((.05, .2)), s.random.choice((0, .1))


def ackloss(s):
    s.bulk()
    s.losses()
    s.sack, s.ack_loss = s.chance(.8), s.random.choice((.1, .3, .6))


def spurious(s):
    """The path grows longer for a while: timeouts and probes that were needless."""
    s.bulk(1, 2, 3, 5, 10, 20)
    s.sack, s.until = s.chance(.7), 4
    s.at(s.random.choice((.005, .03, .07, .12)), "rtt", s.random.choice((.25, .45, .9)))
    s.at(s.random.choice((.5, .9, 1.3)), "rtt", s.rtt)
    s.drip(2)
    s.perhaps(.3, s.losses)
    s.perhaps(.2, s.sysctl, "tcp_frto", 0)


def tail(s):
    s.bulk(1, 2, 3, 4, 5, 8, 10)
    first = s.random.randint(0, 6)
    s.bursts, s.loss_again = ((first, first + s.random.randint(4, 12)),), s.random.choice((0, .3))
    s.every, s.delayed_ack = s.random.choice((1, 2)), s.random.choice((.04, .2))
    s.drip(s.random.randint(0, 3))
    s.perhaps(.2, s.sysctl, "tcp_early_retrans", 0)


def app(s):
    """The program has little to send, and pauses."""
    s.drip(s.random.randint(6, 16), 3.0)
    s.until = 4
    s.perhaps(.3, s.losses)
    s.perhaps(.2, s.sysctl, "tcp_slow_start_after_idle", 0)
    s.any_congestion()


def window(s):
    s.bulk(40)
    s.drip(3)
    s.window, s.sack, s.until = s.random.choice((16, 40, 257)), s.chance(.8), 3.5
    for _ in range(s.random.randint(1, 4)):
        s.windows.append((s.some_time(.05, 1.5), s.random.choice((0, 8, 16, 40, 100, 257))))
    for _ in range(s.random.randint(0, 3)):
        s.at(s.some_time(.05, 2.5), "window", s.random.choice((0, 8, 40, 257, 1000)))
    s.at(2.6, "window", 257)
    s.perhaps(.4, s.losses)


def ecn(s):
    s.ecn, s.marks = True, s.random.choice((.02, .1, .3))
    s.sysctl("tcp_ecn", s.random.choice((1, 2)) if s.is_server else 1)
    s.ours = s.random.choice((("noecn",), ("ect0", "ect0", "ce"), ("noecn", "ect0", "ect1", "ce")))
    s.perhaps(.6, speak, s)
    s.bulk(40)
    s.drip(s.random.randint(0, 4))
    s.perhaps(.4, s.losses)
    s.any_congestion()


def speak(s):
    """The peer has text, too."""
    for _ in range(s.random.randint(1, 8)):
        s.at(s.some_time(.01, 2.5), "data", *s.random.choice((
            (1000,), (1000,), (1000, 1000), (1000,) * 5, (1000,) * 9, (-1000, 1000), (-500, 500, -500, 500), (200, -1000, 1000, 1000))))


def accurate(s):
    """RFC 9768, which the kernel speaks with a server that begins with it."""
    pick = s.random.choice
    s.ecn, s.accurate, s.is_server, s.marks = True, True, False, pick((0, .02, .1, .3, .8))
    s.reflection, s.first = pick(("W", "W", "W", "W", "EW", "A", "WA")), pick(("noecn", "noecn", "ect0", "ect1", "ce"))
    s.told, s.ours = pick((0, .1, .5, 1, 1)), pick((("noecn",), ("ect0",), ("ect0",), ("ect0", "ect0", "ect0", "ce"), ("noecn", "ect0", "ect1", "ce")))
    s.sysctl("tcp_ecn", 1)
    s.sysctl("tcp_ecn_option", pick((0, 1, 2, 2)))
    s.sysctl("tcp_ecn_option_beacon", pick((0, 1, 3, 3)))
    s.perhaps(.2, s.sysctl, "tcp_ecn_fallback", 0)
    s.perhaps(.7, s.bulk, 5, 10, 20, 40)
    s.drip(s.random.randint(0, 4))
    s.perhaps(.9, speak, s)
    s.perhaps(.4, s.losses)
    s.sack = s.chance(.8)
    s.ack_loss = pick((0, 0, .2, .5))
    s.every = pick((1, 2, 2, 8, 16))
    s.any_congestion()


def records(s):
    """MSG_MORE, MSG_EOR, TCP_CORK, TCP_NODELAY."""
    n = s.segment
    for _ in range(s.random.randint(5, 14)):
        s.at(s.random.choice((.01, .01, .02, .1, .3, .6)), "write",
             s.random.choice((1, 10, 400, n - 1, n, n + 1, 2 * n, 3 * n, 5 * n, 2 * n + 100)),
             s.random.choice((None, None, "MSG_MORE", "MSG_EOR")))
    s.losses()
    s.any_congestion()
    if s.chance(.3):
        s.at(s.some_time(.05, 1), "option", "SOL_TCP", "TCP_CORK", 1)
        s.at(s.some_time(1, 1.8), "option", "SOL_TCP", "TCP_CORK", 0)
    s.perhaps(.3, s.at, .005, "option", "SOL_TCP", "TCP_NODELAY", 1)


def fin(s):
    s.bulk(3, 10, 20, 30)
    s.losses()
    s.drip(s.random.randint(0, 3), .3)
    end = s.random.choice((.02, .05, .1, .3, .4))
    s.actions = [action for action in s.actions if action[0] < end]
    s.at(end, "shutdown")


def icmp(s):
    s.mss = s.random.choice((1000, 1460))
    s.segment = s.mss - (12 if s.timestamps else 0)
    s.bulk(20)
    s.at(s.random.choice((.02, .06, .1, .15, .3)), "too-big", s.random.choice((1200, 1000, 900, 600, 552)))
    s.losses()
    s.drip(2)


def renege(s):
    s.bulk(20)
    s.losses()
    s.renege, s.lost = s.random.choice((.1, .3)), (*s.lost, s.random.randint(0, 12))


def nonsense(s):
    """ACKs and SACK blocks of what was never sent, or long ago."""
    s.bulk(20)
    s.losses()
    n = s.segment
    for _ in range(s.random.randint(2, 8)):
        a = s.random.randint(0, 8)
        b = a + s.random.randint(1, 5)
        blocks = s.random.choice((((a, b),), ((a, b), (b + 1, b + 2)), ((-1, 0),), ((-1, 0), (1, 3)), ((a + .1, b),), ((a, b - .1),), ((60, 70),), ()))
        s.at(s.some_time(.02, 1), "ack", s.random.choice((0, 0, 0, 0, n, 2 * n, 100, -n)), [(int(left * n), int(right * n)) for left, right in blocks])


def sndbuf(s):
    s.before = [("SOL_SOCKET", "SO_SNDBUF", s.random.choice((2000, 5000, 10000, 40000)))]
    s.perhaps(.5, s.losses)
    for _ in range(s.random.randint(4, 10)):
        s.at(s.some_time(.01, 2), "write", s.random.choice((1000, 5000, 20000, 100000)))


def syn(s):
    s.syn_acks_lost, s.until = s.random.choice((1, 1, 2)), 2
    s.bulk()
    s.losses()


def patience(s):
    """TCP_USER_TIMEOUT, and a peer that falls silent."""
    s.bulk(1, 3, 10)
    s.bursts, s.loss_again = ((s.random.randint(0, 8), NEVER),), s.random.choice((1, .9))
    s.at(s.random.choice((.005, .3)), "option", "SOL_TCP", "TCP_USER_TIMEOUT", s.random.choice((500, 1000, 2000)))
    s.drip(2)


def sysctls(s):
    s.bulk(40)
    s.losses()
    s.sack = s.chance(.8)
    s.any_congestion()
    for name, values in TURNED.items():
        if s.chance(.2):
            s.sysctl(name, s.random.choice(values))
    s.reorder = .1 if s.chance(.3) else 0


def everything(s):
    s.bulk()
    s.losses()
    s.drip(4)
    s.reorder, s.copies, s.ack_loss = s.random.choice((0, .05)), s.random.choice((0, .05)), s.random.choice((0, .1))
    s.sack, s.until = s.chance(.8), 4
    s.any_congestion()


def probing(s):
    """tcp_mtu_probing, of a path that is as wide as it seems or not."""
    pick = s.random.choice
    s.mss = pick((1460, 1460, 1000, 1400, 1300))
    s.segment = s.mss - (12 if s.timestamps else 0)
    s.sysctl("tcp_mtu_probing", pick((2, 2, 2, 2, 1)))
    s.sysctl("tcp_base_mss", pick((1024, 1024, 600, 1200, 536, 256, 1300)))
    s.perhaps(.3, s.sysctl, "tcp_mtu_probe_floor", pick((48, 200, 500, 900)))
    s.perhaps(.3, s.sysctl, "tcp_probe_threshold", pick((1, 8, 50, 200, 0)))
    s.perhaps(.2, s.sysctl, "tcp_probe_interval", pick((0, 1, 2)))
    s.perhaps(.2, s.sysctl, "tcp_min_snd_mss", pick((48, 300, 700)))
    s.perhaps(.3, s.sysctl, "tcp_retries1", pick((1, 2)))
    s.at(.01, "write", pick((10000, 20000, 40000)))
    for _ in range(s.random.randint(2, 8)):
        s.at(s.some_time(.1, 2.5), "write", pick((1, 500, 5000, 10000, 20000, 40000)), pick((None, None, None, None, "MSG_EOR", "MSG_MORE")))
    if s.chance(.6):
        s.narrow = (0, pick((NEVER, NEVER, 1.5)), pick((1100, 1200, 1300, 1400)))
    s.perhaps(.3, s.losses)
    s.perhaps(.25, s.at, s.some_time(.1, 2), "too-big", pick((1480, 1400, 1300, 1200, 1000, 800, 552)))
    s.any_congestion()
    s.until = pick((3, 4))


def blackhole(s):
    """The path grows narrow without a word."""
    probing(s)
    s.sysctl("tcp_mtu_probing", 1)
    s.narrow, s.until = (s.random.choice((0, 0, .3)), s.random.choice((NEVER, NEVER, 2.0)), s.random.choice((1100, 900, 600, 300))), s.random.choice((4, 8))


def small(s):
    """Nagle's algorithm, TCP_NODELAY and TCP_CORK: many small writes."""
    n, pick = s.segment, s.random.choice
    for _ in range(s.random.randint(8, 30)):
        s.at(s.some_time(.01, 1.2), "write", pick((1, 2, 10, 100, n - 1, n, n + 1, 2 * n - 1, 2 * n + 1, 3 * n + 5)),
             pick((None, None, None, None, "MSG_MORE", "MSG_EOR", "MSG_OOB")))
    for _ in range(s.random.randint(0, 5)):
        s.at(s.some_time(.01, 1.2), "option", "SOL_TCP", pick(("TCP_NODELAY", "TCP_CORK")), pick((0, 1)))
    for _ in range(s.random.randint(0, 3)):
        s.at(s.some_time(.01, 1.2), *pick((("data", 100), ("data", 1000), ("window", 4), ("window", 16), ("window", 257))))
    s.window, s.every, s.until = pick((4, 16, 257, 500)), pick((1, 2, 3)), 2.5
    s.perhaps(.3, s.losses)
    s.any_congestion()


def lowat(s):
    """TCP_NOTSENT_LOWAT."""
    n, pick = s.segment, s.random.choice
    s.window, s.until = pick((40, 257, 500, 1000)), 3
    s.at(pick((.005, .05)), "option", "SOL_TCP", "TCP_NOTSENT_LOWAT", pick((1, n, 3 * n, 10000, 20000, 100000)))
    for _ in range(s.random.randint(4, 14)):
        s.at(s.some_time(.01, 2), "write", pick((1, 100, n, 2 * n, 5000, 20000, 60000, 100000)), pick((None, None, None, "MSG_MORE", "MSG_EOR")))
    for _ in range(s.random.randint(0, 2)):
        s.at(s.some_time(.3, 1.5), "option", "SOL_TCP", "TCP_NOTSENT_LOWAT", pick((0, 1, 10000, 50000)))
    s.perhaps(.4, s.losses)
    s.any_congestion()


def mss(s):
    """What the peer's MSS, TCP_MAXSEG and tcp_min_snd_mss leave of a segment, and small windows."""
    pick = s.random.choice
    if s.chance(.6):
        s.before.append(("SOL_TCP", "TCP_MAXSEG", pick((88, 100, 500, 900, 1200, 1460, 2000))))
    s.mss, s.window, s.until = pick((1460, 88, 64, 300, 1000, 2000, 9000, 48, 40)), pick((2, 4, 16, 257)), 2
    s.sysctl("tcp_min_snd_mss", pick((48, 48, 48, 200)))
    s.perhaps(.3, s.sysctl, "tcp_mtu_probing", pick((1, 2)))
    for _ in range(s.random.randint(3, 8)):
        s.at(s.some_time(.01, 1.2), "write", pick((100, 1000, 3000, 10000)))
    for _ in range(s.random.randint(0, 3)):
        s.at(s.some_time(.05, 1.2), *pick((("too-big", pick((1500, 1400, 1000, 600, 552, 400, 68, 0))), ("window", pick((1, 4, 16, 257, 2000))), ("data", 500))))
    s.perhaps(.3, s.losses)
    s.any_congestion()


def narrower(s):
    """The path's MTU shrinks while segments are in flight, once or twice."""
    icmp(s)
    s.perhaps(.5, s.at, s.some_time(.05, 1), "too-big", s.random.choice((1400, 1200, 900, 552)))
    s.perhaps(.4, s.at, .005, "option", "SOL_TCP", "TCP_NODELAY", 1)
    s.sack = s.chance(.8)
    s.any_congestion()


def idle(s):
    """Pauses: what is left of the congestion window behind them."""
    n, pick = s.segment, s.random.choice
    for _ in range(s.random.randint(3, 8)):
        s.at(s.some_time(.01, 4), "write", pick((1, n, 3 * n, 10 * n, 30 * n)))
    s.perhaps(.3, s.sysctl, "tcp_slow_start_after_idle", 0)
    s.perhaps(.3, s.losses)
    for _ in range(s.random.randint(0, 2)):
        s.at(s.some_time(.3, 3), "data", 500)
    s.rtt, s.until = pick((.03, .1)), 4.5
    s.any_congestion()


def rare(s):
    """What is hardly ever turned: bounds of timeouts, thin streams, how long a round trip counts, another algorithm under way."""
    pick, n = s.random.choice, s.segment
    s.at(.01, "write", pick((1, 2, 3, 10, 20, 40)) * n)
    s.drip(s.random.randint(1, 8), 4.0)
    s.losses()
    s.any_congestion()
    s.rtt, s.until, s.sack = pick((.01, .03, .1, .2)), 6, s.chance(.8)
    s.perhaps(.4, s.at, s.some_time(.3, 2), "rtt", pick((.02, .06, .15, .3)))
    s.perhaps(.3, s.at, s.some_time(2, 4), "rtt", pick((.02, .06, .15, .3)))
    for name, values in RARELY.items():
        s.perhaps(.2, s.sysctl, name, pick(values))
    for name, values in (("TCP_RTO_MAX_MS", (1000, 1500)), ("TCP_RTO_MIN_US", (8000, 40000, 100000)), ("TCP_THIN_LINEAR_TIMEOUTS", (1,)),
                         ("TCP_CONGESTION", ("reno", "cubic")), ("TCP_USER_TIMEOUT", (3000, 5000))):
        s.perhaps(.2, s.at, s.some_time(.005, 2), "option", "SOL_TCP", name, pick(values))
    s.perhaps(.2, s.at, s.some_time(.3, 3), "shutdown")
    ends = [time for time, what in s.actions if what[0] == "shutdown"]
    s.actions = [action for action in s.actions if not ends or action[0] < ends[0] or action[1][0] != "write"]


def mixed(s):
    """Two themes at once, turned as an administrator may, over either family."""
    names = [name for name in THEMES if name not in ("mixed", "accurate", "syn", "probing", "blackhole", "mss")]
    for name in s.random.sample(names, 2):
        THEMES[name](s)
    s.scale, s.jitter = s.random.choice((7, 7, 8, 2, 0, 10, 14, -1)), (0,)
    s.six = s.chance(.4) and not any(what[0] == "too-big" for _, what in s.actions)
    for name, values in TURNED.items():
        s.perhaps(.12, s.sysctl, name, s.random.choice(values))
    ends = [time for time, what in s.actions if what[0] == "shutdown"]
    if ends:
        s.actions = [action for action in s.actions if action[0] < min(ends) or action[1][0] != "write"]


THEMES = {one.__name__: one for one in (sack, cubic, nosack, reorder, copies, ackloss, spurious, tail, app, window, ecn, accurate, records, fin, icmp, renege,
                                       nonsense, sndbuf, syn, patience, sysctls, everything, probing, blackhole, small, lowat, mss,
                                       narrower, idle, rare, mixed)}
