"""What the clock shows that the kernel's timers run by."""

import collections
import re
import time

TICK_US = 4000
# A timer's place depends on nothing above this, in ticks: the kernel's wheel has eight levels, each eight times as coarse as the one below.
AROUND = 8**8
LOOKS = 15


def shown_at(moment):
    """What the clock of HZ=250 showed at a moment of `time.monotonic()`, µs, modulo its whole wheel. Needs root: /proc/timer_list."""
    found = collections.Counter()
    for _ in range(LOOKS):
        with open("/proc/timer_list") as told:
            text = told.read()
        now_ns, ticks = (int(re.search(r"^%s (\d+)" % words, text, re.M).group(1)) for words in ("now at", "jiffies:"))
        # A tick may come between the two: what most looks say is true.
        found[ticks - now_ns // (TICK_US * 1000)] += 1
        time.sleep(.0013)
    ahead = found.most_common(1)[0][0]
    return (ahead * TICK_US + int(moment * 1e6)) % (AROUND * TICK_US)
