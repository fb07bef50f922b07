#!/usr/bin/env python3
"""Makes the truth tables: runs every row of a table on the real kernel.

    run.py TABLE              print the table as JSON
    run.py TABLE --write      write it beside this file
    run.py TABLE --check      compare with the file beside this one: exit 1 and one line for each difference
    run.py --list             the tables' names

--check FILE compares with another file; --slow takes in the rows that last longer than a test should.
Root is needed: each worker makes a network namespace of its own and touches no other.
"""

import argparse
import importlib
import itertools
import json
import os
import re
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True

from steps import Run, StepError  # noqa: E402
from world import PINNED, World, libc, read_sysctl  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = ["errno", "bind", "options", "backlog", "arrives", "sysctl", "timers", "recovery"]
WAITERS = 60  # workers for the rows that mostly wait; a table may want fewer
OTHER_KERNEL = 0.05  # the share of cases in which another version may answer otherwise
_PR_SET_PDEATHSIG = 1
LONGEST_MS = 12_000  # a row that waits longer is `slow`


def load(name):
    """The module that lists a table's situations and rows."""
    return importlib.import_module("table_" + name)


# ---- running


def steps_of(table, row):
    """Everything a row does before its calls."""
    situation = table.SITUATIONS[row["in"]]
    given = situation["given"] + row.get("given", [])
    return [fill(step, row) for step in given], [fill(step, row) for step in row.get("calls") or situation["calls"]]


def fill(step, row):
    """Puts the row's parameters in: `$old` becomes row["with"]["old"]."""
    return re.sub(r"\$(\w+)", lambda match: str(row["with"][match.group(1)]), step)


def waits(table, row):
    """How long a row waits, in milliseconds."""
    given, made = steps_of(table, row)
    total = 0
    for step in given + made:
        words = step.split()
        if words[0] == "wait":
            total += int(words[1])
        elif words[1] in ("times", "sent"):
            total += int(words[2])
        elif words[1] == "until":
            total += int(words[4])
    return total


def run_row(world, table, row, family):
    """The results of one row in one family, and whether the world can be used again."""
    run = Run(world, family)
    try:
        given, made = steps_of(table, row)
        for step in given:
            run.step(step)
        expect = []
        for step in made:
            result = run.step(step)
            expect.append(result)
            if row.get("stop") and isinstance(result, str):
                break
        return expect, run.finish()
    except StepError as error:
        run.finish()
        raise StepError("%s, %s: %s" % (row["in"], family, error)) from error


def work(table, jobs, pipe):
    """A worker: runs its jobs in its own namespace and writes [job number, results] lines to the pipe."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no worker outlives a run that was stopped
    world = World(getattr(table, "PINNED", True))
    with os.fdopen(pipe, "w") as out:
        for number, row, family in jobs:
            expect, clean = run_row(world, table, row, family)
            out.write(json.dumps([number, expect]) + "\n")
            if not clean:
                world.close()
                world = World(getattr(table, "PINNED", True))


def spread(table, jobs):
    """Jobs for each worker: two take the quick rows, the others share the waiting ones, longest first."""
    waiters = getattr(table, "WAITERS", WAITERS)
    workers = [[] for _ in range(2 + waiters)]
    load_ms = [0] * (2 + waiters)
    timed = sorted(((waits(table, job[1]), job) for job in jobs), key=lambda pair: (-pair[0], pair[1][0]))
    for length, job in timed:
        if length == 0:
            workers[job[0] % 2].append(job)
            continue
        at = min(range(2, 2 + waiters), key=lambda index: load_ms[index])
        workers[at].append(job)
        load_ms[at] += length
    return [share for share in workers if share]


def jobs_of(rows):
    """Every row in each of its families: [(job number, row, family)]."""
    pairs = [(row, family) for row in rows for family in row["family"].split()]
    return [(number, row, family) for number, (row, family) in enumerate(pairs)]


def run_all(table, jobs):
    """{job number: results}."""
    results, pipes, children = {}, [], []
    for share in spread(table, jobs):
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(readable)
                work(table, share, writable)
                status = 0
            except StepError as error:
                print("%s: %s" % (table.__name__, error), file=sys.stderr)
            except Exception:  # the child must not go on as its parent: say what happened and end
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        os.close(writable)
        pipes.append(readable)
        children.append(child)
    for pipe in pipes:
        with os.fdopen(pipe) as lines:
            for line in lines:
                number, expect = json.loads(line)
                results[number] = expect
    failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
    if failed:
        raise SystemExit("%d of %d workers failed" % (len(failed), len(children)))
    return results


def settled(table, jobs):
    """{job number: results} on which two runs of three agree: a busy machine is sometimes late by a delayed ACK."""
    first, second = run_all(table, jobs), run_all(table, jobs)
    open_jobs = [job for job in jobs if not same_results(first[job[0]], second[job[0]], job[1].get("unit"))]
    third = run_all(table, open_jobs)
    for number, row, family in open_jobs:
        unit = row.get("unit")
        if not any(same_results(earlier[number], third[number], unit) for earlier in (first, second)):
            if getattr(table, "RACES", False):
                first[number] = None
                continue
            raise SystemExit("three runs, three answers: %s, %s: %s, %s, %s" % (
                family, row, first[number], second[number], third[number]))
        first[number] = third[number]
    return first


def keep_times(path, jobs, results):
    """Times within the tolerance of two runs stay what the file has: a new table differs only where it must."""
    if not os.path.exists(path):
        return
    with open(path) as file:
        stored = one_by_one(json.load(file)["rows"])
    for job in jobs:
        [(key, found)] = one_by_one(merge([job], results)).items()
        if key in stored and same(stored[key], found):
            results[job[0]] = stored[key]["expect"]


def compared(table, path, jobs):
    """{job number: results}; what differs from the file is run again, for the same reason."""
    with open(path) as file:
        stored = one_by_one(json.load(file)["rows"])
    results = run_all(table, jobs)
    for _ in range(2):
        again = []
        for job in jobs:
            [(key, found)] = one_by_one(merge([job], results)).items()
            if key in stored and not same(stored[key], found):
                again.append(job)
        results.update(run_all(table, again))
    return results


def merge(jobs, results):
    """Output rows. Rows that differ in one dimension only (a family, a parameter, the situation) share a line, which
    then stands for every combination of the values it lists."""
    found = []
    for number, row, family in jobs:
        out = {"in": [row["in"]], "family": [family]}
        if row.get("with"):
            out["with"] = {name: [value] for name, value in row["with"].items()}
        out.update((key, row[key]) for key in ("given", "calls") if row.get(key))
        out["expect"] = results[number]
        out.update((key, row[key]) for key in ("unit", "depends", "slow") if row.get(key))
        found.append(out)
    names = [name for row in found for name in row.get("with", {})]
    for name in reversed(list(dict.fromkeys(names))):
        found = join(found, lambda row, name=name: row.get("with", {}).get(name))
    found = join(found, lambda row: row["family"])
    return join(found, lambda row: row["in"])


def join(rows, dimension):
    """Joins rows that are equal but for the list that `dimension` picks."""
    shared = {}
    for row in rows:
        values = dimension(row)
        if values is None:
            shared[id(row)] = row
            continue
        saved = list(values)
        values.clear()
        key = json.dumps(row)
        values.extend(saved)
        if key in shared:
            dimension(shared[key]).extend(saved)
        else:
            shared[key] = row
    return list(shared.values())


# ---- the file


def about(table):
    """What the numbers depend on; no date, no host name."""
    facts = {"table": table.__name__[6:], "what": " ".join(table.__doc__.split("\n\n")[0].split())}
    facts["kernel"] = ".".join(os.uname().release.split(".")[:2])
    facts["machine"] = os.uname().machine
    facts["sysctl"] = dict(PINNED) if getattr(table, "PINNED", True) else {}
    for name in getattr(table, "READ", []):
        facts["sysctl"][name] = found_sysctl(name)
    return facts


def text_of(table, rows):
    """The JSON text: one situation a line, one row a line."""
    def lines(items):
        return ",\n".join("    " + item for item in items)

    def dump(value):
        return json.dumps(value, ensure_ascii=False)

    used = {name for row in rows for name in row["in"]}
    situations = ["%s: %s" % (dump(name), dump(value)) for name, value in table.SITUATIONS.items() if name in used]
    return '{\n  "about": %s,\n  "situations": {\n%s\n  },\n  "rows": [\n%s\n  ]\n}\n' % (
        dump(about(table)), lines(situations), lines(dump(row) for row in rows))


# ---- comparing


def one_by_one(rows):
    """{key: row} with every combination on its own; the key is what was done, without what came of it."""
    table = {}
    for row in rows:
        parameters = row.get("with", {})
        for situation, family, *values in itertools.product(row["in"], row["family"], *parameters.values()):
            chosen = dict(zip(parameters, values))
            key = json.dumps([situation, family, chosen, row.get("given"), row.get("calls")])
            if key in table:
                raise ValueError("twice in the table: " + key)
            table[key] = row
    return table


def same(stored, found):
    """True when two rows have the same answers."""
    return same_results(stored["expect"], found["expect"], stored.get("unit"))


def same_results(old, new, unit):
    """Equal, or, where the row has a unit, with times that differ by no more than one unit and a sixteenth."""
    if old == new or not unit:
        return old == new
    old, new = json.dumps(old), json.dumps(new)
    number = r"\b\d+\b"
    if re.sub(number, "#", old) != re.sub(number, "#", new):
        return False
    pairs = [(int(a), int(b)) for a, b in zip(re.findall(number, old), re.findall(number, new))]
    return all(abs(a - b) <= unit + max(a, b) // 16 for a, b in pairs)


def excuse(stored, facts):
    """Why a difference is no failure on this machine (README.md, `depends`); None when it is one."""
    reason = stored.get("depends")
    if reason is None:
        return None
    if reason == "machine":
        return "follows the machine"
    if reason == "kernel":
        return None if same_kernel(facts) else "follows the kernel"
    name = reason.split()[1]
    was, now = facts["sysctl"][name], found_sysctl(name)
    return None if was == now else "%s was %s, it is %s" % (name, was, now)


def same_kernel(facts):
    """True when this kernel is the version and architecture that made the table."""
    here = os.uname()
    return [".".join(here.release.split(".")[:2]), here.machine] == [facts["kernel"], facts["machine"]]


def found_sysctl(name):
    """A sysctl's value, or None where the kernel does not show it."""
    try:
        return read_sysctl(name)
    except FileNotFoundError:
        return None


def differences(stored, rows, slow):
    """[(key, stored row or None, found row or None)] of everything that is not the same."""
    old, new = one_by_one(stored["rows"]), one_by_one(rows)
    wrong = [(key, row, None) for key, row in old.items() if key not in new and (slow or not row.get("slow"))]
    wrong += [(key, old.get(key), row) for key, row in new.items() if key not in old or not same(old[key], row)]
    return wrong


def check(path, rows, slow):
    """Prints every difference and tells whether this kernel answers as the file says.

    The kernel that made the file must do so in every case that `depends` does not excuse; another version may have changed
    its mind in a few.
    """
    with open(path) as file:
        stored = json.load(file)
    failed = 0
    for key, expected, found in differences(stored, rows, slow):
        reason = excuse(expected, stored["about"]) if expected and found else None
        word = "excused, " + reason if reason else "DIFFERS"
        answers = (row and row["expect"] for row in (expected, found))
        print("%s: %s: the file has %s, this kernel %s" % (word, key, *answers))
        failed += reason is None
    if same_kernel(stored["about"]):
        return failed == 0
    cases = len(one_by_one(rows))
    print("Linux %s made the file, this is %s: %d of %d cases differ" % (
        stored["about"]["kernel"], os.uname().release, failed, cases))
    return failed <= cases * OTHER_KERNEL


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", nargs="?", choices=TABLES)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--check", nargs="?", const="", metavar="FILE")
    options = parser.parse_args()
    if options.list:
        print("\n".join(TABLES))
        return 0
    if options.table is None:
        parser.error("name a table: " + ", ".join(TABLES))
    if os.geteuid() != 0:
        parser.error("run as root: each worker makes a private network namespace")
    path = options.check or os.path.join(HERE, options.table + ".json")
    if options.check is not None and not os.path.exists(path):
        parser.error("there is no file %s to compare with" % path)
    table = load(options.table)
    rows = table.rows()
    for row in rows:
        if waits(table, row) > LONGEST_MS:
            row["slow"] = True
    slow = options.slow or options.write
    rows = [row for row in rows if slow or "slow" not in row]
    started = time.monotonic()
    jobs = jobs_of(rows)
    if options.check is None:
        results = settled(table, jobs)
        jobs = [job for job in jobs if results[job[0]] is not None]
        keep_times(path, jobs, results)
    else:
        results = compared(table, path, jobs)
    found = merge(jobs, results)
    if hasattr(table, "verify"):
        table.verify(found)
    print("%s: %d rows, %d cases, %.1f s" % (
        options.table, len(found), len(one_by_one(found)), time.monotonic() - started), file=sys.stderr)
    if options.check is not None:
        return 0 if check(path, found, slow) else 1
    text = text_of(table, found)
    if options.write:
        with open(path, "w") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
