"""Times one command as a whole process, by the system's own account of it.

usage: stopwatch.py COMMAND [ARGUMENT...]

The command's output is read by nobody (/dev/null). Prints JSON: wall and CPU seconds, peak memory in KiB, exit code.
"""
import json
import os
import sys
import time

null = os.open(os.devnull, os.O_RDWR)
began = time.monotonic()
pid = os.posix_spawnp(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)],
)
_, status, usage = os.wait4(pid, 0)
print(
    json.dumps(
        {
            'wall': time.monotonic() - began,
            'cpu': usage.ru_utime + usage.ru_stime,
            'peakKiB': usage.ru_maxrss,
            'exitCode': os.waitstatus_to_exitcode(status),
        }
    )
)
