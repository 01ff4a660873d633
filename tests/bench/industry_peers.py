"""Holds our industry model against fastText and scikit-learn: the rows of the trainer's fixed split for all of them.

usage: industry_peers.py CHASKI PARITY FOLDER PHRASES.tsv…   CHASKI is the program, PARITY build/tools/liblinear_parity,
FOLDER has the training data. Ours is trained by liblinear's own program on our features, with the trainer's solver, cost
and balance, and read and asked by our code. Prints accuracy, top three, and the processor time of one prediction, text
in and label out. Fails where a peer is right more often than chance explains (McNemar's exact test, one-sided, 0.05), or
is not slower than ours.
"""
import csv
import math
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter

TESTED = {"Oruro", "Santa Cruz"}  # engine/train_industry.c: fixed_tested
COST, TOLERANCE, BALANCE = 1, 0.1, 0.5  # the same: industry_options, and the cost that the card says was chosen
LUCK = 0.05  # a peer that is ahead by less likely a chance is ahead
TIMES_ASKED = 10  # so that what a program needs to begin does not count


def read_rows(lines):
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t",
                               quoting=csv.QUOTE_NONE))


def read_file(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return read_rows(line.rstrip("\n") for line in file)


def dump(chaski, paths):
    """Gives the rows that `dataset dump` prints of these files and the lexicon, each with its features."""
    words = [chaski, "dataset", "dump", "industry"] + [word for path in paths for word in ("--data", path)]
    lines = lambda *more: subprocess.run([*words, *more], check=True, capture_output=True).stdout.decode(
        errors="replace").rstrip("\n").split("\n")
    rows = read_rows(lines())
    for row, features in zip(rows, lines("--libsvm"), strict=True):
        row["features"] = features
    return rows


def split(rows):
    """As the trainer does: unseen departments' distinct answers that no training row folds like."""
    train = [r for r in rows if r["department"] not in TESTED and r["held"] == "0"]
    seen, test = {r["key"] for r in train}, []
    for row in rows:
        if row["origin"] == "survey" and row["department"] in TESTED and row["key"] not in seen:
            seen.add(row["key"])
            test.append(row)
    return train, test


def processor_seconds(of_children):
    use = resource.getrusage(resource.RUSAGE_CHILDREN if of_children else resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def run(*words, text=None):
    return subprocess.run(words, check=True, capture_output=True, text=True, input=text).stdout


def seconds_of(words, texts):
    """Gives the processor time that a program takes for a text, without what it takes to begin."""
    def spent(count):
        before = processor_seconds(True)
        run(*words, text="".join(f"{text}\n" for text in texts[:1] + texts * count))
        return processor_seconds(True) - before
    return (spent(TIMES_ASKED) - spent(0)) / (TIMES_ASKED * len(texts))


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def chaski(train, tests, folder, program, parity):
    """A text is trained on once a label, and labels weigh by (mean / count)^BALANCE, as in engine/train_industry.c."""
    once = list({(row["key"], row["industry"]): row for row in reversed(train)}.values())[::-1]
    number = lambda row: row["features"].split(" ", 1)[0]
    names = {number(row): row["industry"] for row in train}
    counts = Counter(map(number, once))
    mean = len(once) / len(counts)
    weights = [word for label, count in sorted(counts.items())
               for word in (f"-w{label}", repr((mean / count) ** BALANCE))]
    model = f"{folder}/ours.model"
    run("liblinear-train", "-q", "-s", "2", "-B", "1", "-c", str(COST), "-e", str(TOLERANCE), *weights,
        write_lines(f"{folder}/ours.svm", (row["features"] for row in once)), model)
    config = write_lines(f"{folder}/chaski.yaml", [f"state_dir: {folder}", "channels:", "  demo: {provider: simulator}"])
    seconds = seconds_of([program, "classify", "industry", "-c", config], [row["text"] for row in tests[0][1]])
    asked = lambda rows: run(parity, model, write_lines(f"{folder}/asked.svm", (row["features"] for row in rows)))
    return [[[names[label]] for label in asked(rows).split()] for _, rows in tests], seconds


def fold(text):
    import unicodedata
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))


def fasttext(train, tests, folder):
    labelled = write_lines(f"{folder}/train", (f"__label__{r['industry']} {fold(r['text'])}" for r in train))
    run("fasttext", "supervised", "-input", labelled, "-output", f"{folder}/model", "-epoch", "15", "-lr", "0.5",
        "-wordNgrams", "2", "-minn", "2", "-maxn", "5", "-dim", "50", "-bucket", "200000", "-thread", "1",
        "-loss", "softmax")
    predict = ["fasttext", "predict", f"{folder}/model.bin", "-", "3"]
    ask = lambda rows: run(*predict, text="".join(f"{fold(row['text'])}\n" for row in rows))
    ranked = [[line.replace("__label__", "").split() for line in ask(rows).splitlines()] for _, rows in tests]
    return ranked, seconds_of(predict, [fold(row["text"]) for row in tests[0][1]])


def scikit(train, tests):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True),
                   TfidfVectorizer(strip_accents="unicode", analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)),
        LinearSVC(class_weight="balanced"))
    model.fit([r["text"] for r in train], [r["industry"] for r in train])
    ranked, seconds = [], []
    for _, rows in tests:
        started = processor_seconds(False)
        scores = model.decision_function([r["text"] for r in rows])
        seconds.append((processor_seconds(False) - started) / len(rows))
        ranked.append([[model.classes_[i] for i in row.argsort()[::-1][:3]] for row in scores])
    return ranked, seconds[0]


def luck(theirs, ours):
    """How likely a fair coin falls as often for them, of the texts that one alone has right."""
    both = theirs + ours
    return sum(math.comb(both, k) for k in range(theirs, both + 1)) / 2 ** both


def tell(name, tests, ranked, seconds):
    for (on, rows), given in zip(tests, ranked):
        right = sum(best[:1] == [row["industry"]] for row, best in zip(rows, given, strict=True))
        top = sum(row["industry"] in best[:3] for row, best in zip(rows, given))
        three = f"{top / len(rows):.4f}" if any(len(best) > 1 for best in given) else "(card)"
        print(f"{name:22s} {on:20s} {len(rows):5d} texts  accuracy {right / len(rows):.4f}  top three {three}"
              f"  {1e6 * seconds:8.1f} us a text", flush=True)


def hold(name, tests, ours, theirs, our_seconds, their_seconds):
    """Prints how a peer compares. Returns whether ours is as right, as far as chance allows, and faster."""
    good = our_seconds < their_seconds
    print(f"{name}: ours takes {our_seconds / their_seconds:.3f} of its time{'' if good else ': FAILED'}")
    for (on, rows), our_given, their_given in zip(tests, ours, theirs):
        pairs = Counter((ours_best[:1] == [row["industry"]], their_best[:1] == [row["industry"]])
                        for row, ours_best, their_best in zip(rows, our_given, their_given, strict=True))
        only_ours, only_theirs = pairs[True, False], pairs[False, True]
        chance = luck(only_theirs, only_ours)
        failed = only_theirs > only_ours and chance < LUCK
        good = good and not failed
        print(f"  {on}: right with ours alone {only_ours}, with it alone {only_theirs}; chance alone puts it as far "
              f"ahead with {chance:.3f}{': FAILED' if failed else ''}")
    return good


def main():
    program, parity, data, *phrases = sys.argv[1:]
    train, test = split(dump(program, [f"{data}/industry_official.tsv", f"{data}/industry_survey_bo2019.tsv"]))
    tests = [("unseen departments", test)]
    for path in phrases: # of a dump the file's own rows come first
        tests.append((os.path.basename(path)[:-4], dump(program, [path])[:len(read_file(path))]))
    print(f"trained on {len(train)} rows; processor time, one core")
    with tempfile.TemporaryDirectory() as folder:
        ours, our_seconds = chaski(train, tests, folder, program, parity)
        tell("chaski", tests, ours, our_seconds)
        good = True
        for name, (ranked, seconds) in (("fastText, 15 epochs", fasttext(train, tests, folder)),
                                        ("scikit-learn LinearSVC", scikit(train, tests))):
            tell(name, tests, ranked, seconds)
            good = hold(name, tests, ours, ranked, our_seconds, seconds) and good
    sys.exit(not good)


main()
