"""Applies one mutant after the other in this tree, builds the simulation, runs it, and tells which were caught."""
import os
import subprocess
import sys

RUNS = [["build/tools/sim", "60", "1", "0.5"], ["build/tools/sim", "60", "1000", "1"], ["build/tools/sim", "baja", "3000"]]


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


def run():
    """Gives what caught it, or None."""
    for command in RUNS:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=40)
        except subprocess.TimeoutExpired:
            return "it never ends"
        if done.returncode:
            lines = [line for line in done.stdout.split("\n") if line.startswith(("seed", "BAJA"))]
            return lines[0] if lines else f"it ends with {done.returncode}"
    return None


def main():
    compiler, only = sys.argv[1], sys.argv[2]
    caught = missed = 0
    for name, path, before, after in read_mutants("tests/sim/mutants.txt"):
        if only and only != name:
            continue
        source = open(path, encoding="utf-8").read()
        if source.count(before) != 1:
            print(f"{name}: the text before is {source.count(before)} times in {path}")
            missed += 1
            continue
        with open(path, "w", encoding="utf-8") as out:
            out.write(source.replace(before, after))
        if os.path.exists("build/tools/sim"):
            os.remove("build/tools/sim")
        made = subprocess.run(["make", "QUIET=1", f"CC={compiler}", "CFLAGS=-O2 -g -Wno-error -Wno-unused",
                               "build/tools/sim"], capture_output=True, text=True)
        found = run() if made.returncode == 0 else None
        if made.returncode:
            print(f"{name}: does not build: {made.stderr.strip()[:200]}")
        with open(path, "w", encoding="utf-8") as out:
            out.write(source)
        caught += found is not None
        missed += found is None
        print(f"{name}: {'caught: ' + found if found else 'NOT CAUGHT'}", flush=True)
    print(f"{caught} mutants caught, {missed} not")
    return missed != 0


sys.exit(main())
