"""What the clock shows that the kernel's timers run by."""

import collections
import re
import time

TICK_US = 4000
# A timer's place depends on nothing above this, in ticks: the kernel's wheel has eight levels, each eight times as coarse as the one below.
AROUND = 8**8
LOOKS = 15


def ahead():
    """By how many ticks the clock of HZ=250 is ahead of `time.monotonic()`. Needs root: /proc/timer_list."""
    found = collections.Counter()
    for _ in range(LOOKS):
        with open("/proc/timer_list") as told:
            text = told.read()
        now_ns, ticks = (int(re.search(r"^%s (\d+)" % words, text, re.M).group(1)) for words in ("now at", "jiffies:"))
        # A tick may come between the two: what most looks say is true.
        found[ticks - now_ns // (TICK_US * 1000)] += 1
        time.sleep(.0013)
    return found.most_common(1)[0][0]


def shown_at(moment, ticks_ahead=None):
    """What that clock showed at a moment of `time.monotonic()`, µs, modulo its whole wheel."""
    ticks = ahead() if ticks_ahead is None else ticks_ahead
    return (ticks * TICK_US + int(moment * 1e6)) % (AROUND * TICK_US)
