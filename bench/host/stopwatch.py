"""Times one command as a whole process, by the system's own account of it.

usage: stopwatch.py SECONDS COMMAND [ARGUMENT...]

After so many seconds the command is killed. Its output is read by nobody (/dev/null). Prints JSON: wall and CPU seconds, peak memory in
KiB, exit code, and whether it was killed.
"""
import json
import os
import signal
import sys
import time

limit = float(sys.argv[1])
null = os.open(os.devnull, os.O_RDWR)
began = time.monotonic()
pid = os.posix_spawnp(
    sys.argv[2],
    sys.argv[2:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)],
)
killed = []


def kill(*_):
    killed.append(pid)
    os.kill(pid, signal.SIGKILL)


signal.signal(signal.SIGALRM, kill)
signal.setitimer(signal.ITIMER_REAL, limit)
_, status, usage = os.wait4(pid, 0)
signal.setitimer(signal.ITIMER_REAL, 0)
print(
    json.dumps(
        {
            'wall': time.monotonic() - began,
            'cpu': usage.ru_utime + usage.ru_stime,
            'peakKiB': usage.ru_maxrss,
            'exitCode': os.waitstatus_to_exitcode(status),
            'killed': bool(killed),
        }
    )
)
