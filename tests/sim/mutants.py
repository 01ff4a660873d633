"""Breaks the protocol in each of the ways of mutants.txt and runs the simulation until a seed catches it.

Usage: mutants.py BUILD JOBS [NAME], with CC, FLAGS and LIBS in the environment; `make mutants` gives them. Rows of
mutants.txt: "name|file", then the text before, "=>", the text after, "--". Only the broken file is compiled anew: its
object is linked before the library, which then has no need of its own. First comes the protocol as it is, built in the
same way: while something catches that, nothing is said of the mutants. Prints what caught each mutant, and ends with 1
when something was not caught or could not be built."""
import concurrent.futures
import os
import shlex
import subprocess
import sys
import time

RUNS = [["40", "1", "0.25", "first"], ["baja", "2000"], ["100", "41", "0.25", "first"]]
PATIENCE_S = 180  # a simulation ends by itself: this is for a mutant that never gives the clock back


def read_mutants(path):
    mutants = []
    for part in open(path, encoding="utf-8").read().split("\n--\n"):
        lines = [line for line in part.split("\n") if not line.startswith("#")]
        text = "\n".join(lines).strip("\n")
        if not text:
            continue
        head, rest = text.split("\n", 1)
        before, after = rest.split("\n=>\n") if "\n=>\n" in rest else (rest.removesuffix("\n=>"), "")
        mutants.append((*head.split("|"), before, after))
    return mutants


def build(folder, name, path, before, after):
    """Gives the broken simulation's path, or None and why not."""
    source = open(path, encoding="utf-8").read()
    if source.count(before) != 1:
        return None, f"the text before is {source.count(before)} times in {path}"
    place = os.path.join(folder, "mutants", name)
    os.makedirs(place, exist_ok=True)
    broken, made, program = (os.path.join(place, part) for part in (os.path.basename(path), "broken.o", "sim"))
    with open(broken, "w", encoding="utf-8") as out:
        out.write(source.replace(before, after))
    compiler = shlex.split(os.environ["CC"])
    flags = shlex.split(os.environ["FLAGS"])
    compiled = subprocess.run([*compiler, *flags, "-Wno-error", "-w", "-c", "-o", made, broken], capture_output=True,
                              text=True)
    if compiled.returncode:
        return None, compiled.stderr.strip()[:300]
    linked = subprocess.run([*compiler, "-o", program, os.path.join(folder, "tests/tools/sim.o"), made,
                             os.path.join(folder, "libchaski.a"), *shlex.split(os.environ["LIBS"])],
                            capture_output=True, text=True)
    return (None, linked.stderr.strip()[:300]) if linked.returncode else (program, "")


def run(program):
    """Gives the seed and the invariant that caught it, or None."""
    for arguments in RUNS:
        try:
            done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode < 0:
            return "", f"it ends with signal {-done.returncode}"
        for line in done.stdout.split("\n") if done.returncode else []:
            if line.startswith("seed "):
                seed, why = line.removeprefix("seed ").split(": ", 1)
                return seed, why
            if line.startswith("BAJA"):
                return "", line
    return None


def judge(folder, mutant):
    begun = time.monotonic()
    program, why = build(folder, *mutant)
    found = run(program) if program else None
    return mutant[0], found, why, time.monotonic() - begun


def check_unbroken(folder, mutant):
    """Ends the program when the simulation finds a fault though nothing is broken: it would catch every mutant."""
    _, path, before, _ = mutant
    program, why = build(folder, "unbroken", path, before, before)
    found = run(program) if program else ("-", why)
    if found:
        sys.exit(f"mutants: nothing is broken and yet the simulation says: {found[1]} (seed {found[0] or '-'}); "
                 "mend that first, or `make clean` where objects are stale")


def main():
    folder, jobs, only = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    mutants = [mutant for mutant in read_mutants("tests/sim/mutants.txt") if only in mutant[0]]
    caught = 0
    if mutants:
        check_unbroken(folder, mutants[0])
    print(f"{'mutant':36} {'seed':>5} {'s':>6}  caught by", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, found, why, seconds in pool.map(lambda mutant: judge(folder, mutant), mutants):
            caught += found is not None
            seed, by = found or ("-", why or "NOT CAUGHT")
            print(f"{name:36} {seed:>5} {seconds:6.1f}  {by}", flush=True)
    print(f"{caught} of {len(mutants)} mutants caught")
    return caught != len(mutants)


sys.exit(main())
