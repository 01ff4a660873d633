"""Trains fastText and scikit-learn on the rows that chaski's fixed split trains on, and tests them on what it tests.

usage: industry_peers.py DUMP PHRASES.tsv…   DUMP is what `chaski dataset dump industry` prints. Prints accuracy, top three,
and the time of one prediction, text in and label out, on one core.
"""
import csv
import subprocess
import sys
import tempfile
import time

TESTED = {"Oruro", "Santa Cruz"}  # engine/train_industry.c: fixed_tested


def read_rows(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = (line.rstrip("\n") for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def split(rows):
    """As the trainer does: unseen departments' distinct answers that no training row folds like."""
    train = [r for r in rows if r["department"] not in TESTED and r["held"] == "0"]
    seen, test = {r["key"] for r in train}, []
    for row in rows:
        if row["origin"] == "survey" and row["department"] in TESTED and row["key"] not in seen:
            seen.add(row["key"])
            test.append(row)
    return train, test


def tell(name, on, rows, ranked, seconds):
    right = sum(best[0] == row["industry"] for row, best in zip(rows, ranked))
    top = sum(row["industry"] in best[:3] for row, best in zip(rows, ranked))
    print(f"{name:34s} {on:18s} {len(rows):5d} texts  accuracy {right / len(rows):.4f}  top three {top / len(rows):.4f}"
          f"  {1e6 * seconds / len(rows):9.1f} us a text", flush=True)


def scikit(train, tests):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True),
                   TfidfVectorizer(strip_accents="unicode", analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)),
        LinearSVC(class_weight="balanced"))
    model.fit([r["text"] for r in train], [r["industry"] for r in train])
    for on, rows in tests:
        started = time.perf_counter()
        scores = model.decision_function([r["text"] for r in rows])
        seconds = time.perf_counter() - started
        ranked = [[model.classes_[i] for i in row.argsort()[::-1][:3]] for row in scores]
        tell("scikit-learn LinearSVC, in one batch", on, rows, ranked, seconds)


def fold(text):
    import unicodedata
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))


def fasttext(train, tests):
    with tempfile.TemporaryDirectory() as folder:
        def write(name, rows):
            path = f"{folder}/{name}"
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"__label__{r['industry']} {fold(r['text'])}\n" for r in rows)
            return path
        run = lambda *words: subprocess.run(["fasttext", *words], check=True, capture_output=True, text=True).stdout
        run("supervised", "-input", write("train", train), "-output", f"{folder}/model", "-epoch", "15", "-lr", "0.5",
            "-wordNgrams", "2", "-minn", "2", "-maxn", "5", "-dim", "50", "-bucket", "200000", "-thread", "1",
            "-loss", "softmax")
        one = write("one", tests[0][1][:1])
        started = time.perf_counter()
        run("predict", f"{folder}/model.bin", one, "3")
        loading = time.perf_counter() - started
        for number, (on, rows) in enumerate(tests):
            path = write(str(number), rows)
            started = time.perf_counter()
            lines = run("predict", f"{folder}/model.bin", path, "3").splitlines()
            seconds = time.perf_counter() - started - loading
            tell("fastText, 15 epochs", on, rows, [line.replace("__label__", "").split() for line in lines], seconds)


def main():
    train, test = split(read_rows(sys.argv[1]))
    tests = [("unseen departments", test)] + [(path.split("/")[-1][:-4], read_rows(path)) for path in sys.argv[2:]]
    print(f"trained on {len(train)} rows")
    fasttext(train, tests)
    scikit(train, tests)


main()
