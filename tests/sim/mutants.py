"""Breaks the protocol in each of the ways of mutants.txt and runs what must catch it.

Usage: mutants.py BUILD JOBS [NAME], with CC, FLAGS, LIBS and LUA in the environment; `make mutants` gives them. Rows of
mutants.txt: "name|file" or "name|file|by", then the text before, "=>", the text after, "--". `by` is what must catch it:
the simulation, where nothing is said; "unit NAME", a unit test; "faults NAME", a break of tests/faults, whose daemon is
killed. Only the broken file is compiled anew: its object is linked before the library, which then has no need of its
own; a file of Lua breaks the object that has the Lua in it. First comes the protocol as it is, built in the same way,
for each `by`: while something catches that, nothing is said of the mutants. Prints what caught each mutant, and ends
with 1 when something was not caught or could not be built. `mutants.py --look` only looks whether each has its place."""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import time

RUNS = [["40", "1", "0.25", "first"], ["baja", "2000"], ["100", "41", "0.25", "first"]]
PATIENCE_S = 180  # a simulation ends by itself: this is for a mutant that never gives the clock back
KILLS = {"TRAINING_KILLS": "14", "BROADCAST_KILLS": "10", "WORKERS": "2"}  # where a break's daemon is to catch it


def read_mutants(path):
    mutants = []
    for part in open(path, encoding="utf-8").read().split("\n--\n"):
        lines = [line for line in part.split("\n") if not line.startswith("#")]
        text = "\n".join(lines).strip("\n")
        if not text:
            continue
        head, rest = text.split("\n", 1)
        before, after = rest.split("\n=>\n") if "\n=>\n" in rest else (rest.removesuffix("\n=>"), "")
        name, file, *by = head.split("|")
        mutants.append((name, file, by[0] if by else "sim", before, after))
    return mutants


def misplaced(path, before):
    """Gives why a mistake cannot be put into its file, or ''."""
    count = open(path, encoding="utf-8").read().count(before)
    return "" if count == 1 else f"the text before is {count} times in {path}"


def pack_lua(place, path, broken):
    """Writes the header that has the joined Lua, as the Makefile does, with `broken` in the place of one file."""
    parts = (broken if file == path else open(file, encoding="utf-8").read() for file in os.environ["LUA"].split())
    os.makedirs(os.path.join(place, "gen"), exist_ok=True)
    with open(os.path.join(place, "gen/lua_library.h"), "w", encoding="utf-8") as out:
        out.write(f"static const char lua_library[] = {{{','.join(map(str, ''.join(parts).encode()))},0}};")
    return "gateway/redis.c", [f"-I{place}/gen"]


def parts_of(folder, by):
    """Gives what a program that catches is linked of: flags of the broken object, the program's own part, its library."""
    kind, *name = by.split()
    if kind == "unit":
        return [], [f"tests/unit/test_{name[0]}.c"], f"{folder}/libchaski.a", ["-lcmocka"]
    if kind == "faults":
        return ["-DCHASKI_FAILPOINTS"], [f"{folder}/gateway/main.o"], f"{folder}/faults/libchaski.a", []
    return [], [f"{folder}/tests/tools/sim.o"], f"{folder}/libchaski.a", []


def call(words):
    """Runs a compiler; gives why it failed, or ''."""
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stderr.strip()[:300] if done.returncode else ""


def build(folder, name, path, by, before, after):
    """Gives the broken program's path, or None and why not."""
    source = open(path, encoding="utf-8").read()
    if misplaced(path, before):
        return None, misplaced(path, before)
    place = os.path.join(folder, "mutants", name)
    os.makedirs(place, exist_ok=True)
    broken, made, program = (os.path.join(place, part) for part in (os.path.basename(path), "broken.o", "program"))
    with open(broken, "w", encoding="utf-8") as out:
        out.write(source.replace(before, after))
    flags, own, library, more = parts_of(folder, by)
    if path.endswith(".lua"):
        broken, first = pack_lua(place, path, source.replace(before, after))
        flags = first + flags
    compiler, usual = shlex.split(os.environ["CC"]), shlex.split(os.environ["FLAGS"])
    why = call([*compiler, *flags, *usual, "-Wno-error", "-w", "-c", "-o", made, broken]) or \
        call([*compiler, *usual, "-o", program, *own, made, library, *more, *shlex.split(os.environ["LIBS"])])
    return (None, why) if why else (program, "")


def run_sim(program):
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


def run_unit(program):
    """Gives the test that caught it, or None."""
    try:
        done = subprocess.run([program], capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return "", "it never ends"
    if not done.returncode:
        return None
    said = done.stdout + done.stderr
    found = [re.search(pattern, said, re.M) for pattern in (r"^\[  FAILED  \] (?=\D)(.*)", r"^ERROR: (?!-)(.*)")]
    return "", ": ".join(one[1] for one in found if one) or f"it ends with {done.returncode}"


def run_faults(program, name):
    """Gives the violation that caught it, or None."""
    env = {**os.environ, **KILLS, "CHASKI_FAULTS": program}
    done = subprocess.run(["node", "tests/faults/run.mjs", name], capture_output=True, text=True, env=env)
    found = re.search(r"^\w+: VIOLATION (.*)", done.stdout, re.M)
    return ("", found[1] if found else done.stderr.strip()[-200:]) if done.returncode else None


def run(program, by):
    kind, *name = by.split()
    return run_sim(program) if kind == "sim" else run_unit(program) if kind == "unit" else run_faults(program, *name)


def judge(folder, mutant):
    begun = time.monotonic()
    program, why = build(folder, *mutant)
    found = run(program, mutant[2]) if program else None
    return mutant[0], found, why, time.monotonic() - begun


def check_unbroken(folder, mutant):
    """Ends the program when a fault is found though nothing is broken: it would catch every mutant."""
    _, path, by, before, _ = mutant
    program, why = build(folder, "unbroken", path, by, before, before)
    found = run(program, by) if program else ("-", why)
    if found:
        sys.exit(f"mutants: nothing is broken and yet {by} says: {found[1]} (seed {found[0] or '-'}); "
                 "mend that first, or `make clean` where objects are stale")


def look():
    """Looks only whether each mistake has its place: `make check` does, so that no change takes one away unseen."""
    faults = [(name, misplaced(path, before)) for name, path, _, before, _ in read_mutants("tests/sim/mutants.txt")]
    for name, why in faults:
        if why:
            print(f"tests/sim/mutants.txt: {name}: {why}: bring it up to date")
    return any(why for _, why in faults)


def main():
    folder, jobs, only = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    mutants = [mutant for mutant in read_mutants("tests/sim/mutants.txt") if only in mutant[0]]
    caught = 0
    for first in {by: mutant for mutant in reversed(mutants) for by in [mutant[2]]}.values():
        check_unbroken(folder, first)
    print(f"{'mutant':36} {'seed':>5} {'s':>6}  caught by", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, found, why, seconds in pool.map(lambda mutant: judge(folder, mutant), mutants):
            caught += found is not None
            seed, by = found or ("-", why or "NOT CAUGHT")
            print(f"{name:36} {seed:>5} {seconds:6.1f}  {by}", flush=True)
    print(f"{caught} of {len(mutants)} mutants caught")
    return caught != len(mutants)


sys.exit(look() if sys.argv[1:] == ["--look"] else main())
