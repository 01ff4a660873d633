"""What could any classifier reach on the survey's unseen texts? Holds the survey against itself.

usage: industry_ceiling.py DUMP SURVEY.tsv   DUMP is what `chaski dataset dump industry` prints, SURVEY the survey's table.
Prints (1) how often the survey gave one text, or nearly one text, one industry, and what that leaves to the best
classifier; (2) what the coders knew that the text does not say, and what a second message brings; (3) what more answers would bring.
The models of (2) and (3) are scikit-learn's, of lists and survey alone: they are held against each other only.
"""
import csv
import random
import sys
import unicodedata
from collections import Counter, defaultdict

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC
from scipy.sparse import hstack

TESTED = {"Oruro", "Santa Cruz"}  # engine/train_industry.c: fixed_tested
ASKED = 0.93
DRAWS = 1000
EMPTY = set("a al con de del e el en la las los o para por su sus un una unas unos y".split())


def read_rows(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = (line.rstrip("\n") for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def new_texts(rows, tested):
    """As the trainer does: the departments' distinct answers that no row which is trained on folds like."""
    seen, found = {r["key"] for r in rows if r["department"] not in tested and r["held"] == "0"}, []
    for row in rows:
        if row["origin"] == "survey" and row["department"] in tested and row["key"] not in seen:
            seen.add(row["key"])
            found.append(row)
    return found


def interval(values):
    """The mean, and where 95 of 100 means of as many values drawn from them lie."""
    draw, count = random.Random(1), len(values)
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(DRAWS))
    return sum(values) / count, means[DRAWS // 40], means[DRAWS - 1 - DRAWS // 40]


def tell_bound(what, agreements):
    """Two labels of one text agree with chance sum(p^2); the best guess is right with max(p), which lies between that
    and its root. So the best classifier's accuracy lies between the mean agreement and its root."""
    mean, low, high = interval(agreements)
    print(f"{what:58s} {len(agreements):5d} texts  agree {mean:.4f} ({low:.4f} to {high:.4f})"
          f"  the best guess {mean:.4f} to {mean ** 0.5:.4f}", flush=True)


def agreement_within(labels):
    counts, total = Counter(labels), len(labels)
    return sum(n * (n - 1) for n in counts.values()) / (total * (total - 1))


def stem(word):
    word = word[:-1] if word.endswith("s") and len(word) > 4 else word
    return word.rstrip("aeo") if len(word) > 4 else word


def bag(text):
    plain = unicodedata.normalize("NFD", text.lower())
    words = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
    return frozenset(stem(word) for word in words if word not in EMPTY)


def tell_same(rows, tests):
    """Texts that were said more than once, and texts of the same words, in the survey."""
    survey = [row for row in rows if row["origin"] == "survey"]
    texts, bags = defaultdict(list), defaultdict(list)
    for row in survey:
        row["bag"] = bag(row["text"])
        texts[row["department"], row["key"]].append(row["industry"])
        bags[row["bag"]].append(row)
    again = [texts[row["department"], row["key"]] for test in tests.values() for row in test]
    tell_bound("a new text, said again in its own department",
               [agreement_within(labels) for labels in again if len(labels) > 1])
    by_key, across = defaultdict(dict), []
    for (department, key), labels in texts.items():
        by_key[key][department] = Counter(labels)
    for found in by_key.values():
        pairs = [(a, b) for a in found for b in found if a < b]
        if pairs:
            across.append(sum(found[a][label] * found[b][label] / found[a].total() / found[b].total()
                              for a, b in pairs for label in found[a]) / len(pairs))
    tell_bound("a text that two departments have (a seen one)", across)
    twins = []
    for department, test in tests.items():
        for row in test:
            others = [r["industry"] for r in bags[row["bag"]] if r["department"] != department]
            if others and row["bag"]:
                twins.append(others.count(row["industry"]) / len(others))
    tell_bound("a new text and one of its very words in another department", twins)


def tell_near(rows, tests):
    """The industry of the text that is most like it, by parts of words, in lists and other departments."""
    known = [row for row in rows if row["origin"] in ("survey", "list")]
    parts = TfidfVectorizer(strip_accents="unicode", analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    matrix = parts.fit_transform([row["text"] for row in known])
    found = []
    for department, test in tests.items():
        at = [i for i, row in enumerate(known) if row["department"] != department]
        trained, asked = matrix[at], parts.transform([row["text"] for row in test])
        for first in range(0, len(test), 200):
            likeness = (asked[first:first + 200] @ trained.T).toarray()
            for i, best in enumerate(likeness.argmax(1)):
                found.append((likeness[i, best], known[at[best]]["industry"] == test[first + i]["industry"]))
    for low, high in ((0.9, 2), (0.8, 0.9), (0.7, 0.8), (0.6, 0.7), (0.5, 0.6), (0, 0.5)):
        alike = [float(right) for likeness, right in found if low <= likeness < high]
        mean, lowest, highest = interval(alike)
        print(f"the most alike text, likeness {low:.1f} and more{'':17s} {len(alike):5d} texts  agree {mean:.4f}"
              f" ({lowest:.4f} to {highest:.4f})", flush=True)


def views():
    return make_union(TfidfVectorizer(strip_accents="unicode", ngram_range=(1, 2), sublinear_tf=True),
                      TfidfVectorizer(strip_accents="unicode", analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True))


def tell_fitted(what, model, test, truth):
    scores = model.decision_function(test)
    best = model.classes_[scores.argsort(axis=1)[:, ::-1][:, :3]]
    right = best[:, 0] == truth
    top = sum(label in row for label, row in zip(truth, best)) / len(truth)
    print(f"{what:58s} {len(truth):5d} texts  accuracy {right.mean():.4f}  top three {top:.4f}", flush=True)
    return right


def fit_and_tell(what, train, labels, test, truth):
    return tell_fitted(what, LinearSVC(class_weight="balanced").fit(train, labels), test, truth)


def once(rows):
    """Each text once a label, as the trainer takes them."""
    return list({(row["key"], row["industry"]): row for row in rows}.values())


def tell_coders(survey, test, lists):
    """The coders read the product and the occupation beside the text: what do they add?"""
    train = once(row for row in survey if row["department"] not in TESTED) + lists
    truth = numpy.array([row["industry"] for row in test])
    labels, told, asked = [row["industry"] for row in train], [], []
    for column in ("text", "product", "occupation"):
        view = views()
        told.append(view.fit_transform([row.get(column) or "" for row in train]))
        asked.append(view.transform([row.get(column) or "" for row in test]))
    text = fit_and_tell("by the text", told[0], labels, asked[0], truth)
    more = fit_and_tell("by text, product and occupation, as the coders read", hstack(told).tocsr(), labels,
                        hstack(asked).tocsr(), truth)
    print(f"{'':58s} more right {sum(more & ~text)}, fewer right {sum(text & ~more)}")


def tell_two_messages(rows, test):
    """The survey's answer and product are two messages about one business: by one model of answers and products."""
    known = ("survey", "words", "list")
    train = once(row for row in rows if row["origin"] in known and row["department"] not in TESTED)
    view = views()
    told = view.fit_transform([row["text"] for row in train])
    model = LinearSVC(class_weight="balanced").fit(told, [row["industry"] for row in train])
    truth = numpy.array([row["industry"] for row in test])
    first, second = [row["text"] for row in test], [row["product"] for row in test]
    scores = model.decision_function(view.transform(first))
    doubt = numpy.diff(numpy.sort(scores, axis=1)[:, -2:], axis=1)[:, 0]
    unsure = doubt < numpy.quantile(doubt, 0.2)
    for what, texts in (("what she does, alone", first), ("what she makes or sells, alone", second),
                        ("both, one behind the other", [f"{a}. {b}" for a, b in zip(first, second)])):
        asked = view.transform(texts)
        tell_fitted(what, model, asked, truth)
        tell_fitted(what + ", of the least sure fifth", model, asked[unsure], truth[unsure])


def tell_more_answers(survey, test, lists):
    """Shares of the three departments' texts, then half of the tested departments' own beside them."""
    draw = random.Random(1)
    train, test = once(row for row in survey if row["department"] not in TESTED), list(test)
    draw.shuffle(train)
    draw.shuffle(test)
    half = len(test) // 2

    def tell(what, rows, tested):
        model = make_pipeline(views())
        told = model.fit_transform([row["text"] for row in rows])
        return fit_and_tell(what, told, [row["industry"] for row in rows],
                            model.transform([row["text"] for row in tested]),
                            numpy.array([row["industry"] for row in tested]))
    for share in (0, 4, 2, 1):
        rows = train[:len(train) // share] if share else []
        tell(f"lists and {len(rows)} answers of other departments", rows + lists, test)
    without = tell("all of them", train + lists, test[half:])
    own = tell(f"and {half} new texts of the tested departments", train + lists + test[:half], test[half:])
    print(f"{'':58s} more right {sum(own & ~without)}, fewer right {sum(without & ~own)}")


def main():
    rows, survey = read_rows(sys.argv[1]), read_rows(sys.argv[2])
    answers = [row for row in rows if row["origin"] == "survey"]
    if [row["text"] for row in answers] != [row["text"] for row in survey]:
        sys.exit("the dump's answers are not those of the survey, in their order")
    for row, answer in zip(survey, answers):
        row["key"] = answer["key"]
    tests = {department: new_texts(rows, {department}) for department in sorted({row["department"] for row in survey})}
    print(f"{sum(map(len, tests.values()))} new texts of {len(tests)} departments, each tested alone; asked is {ASKED}")
    tell_same(rows, tests)
    tell_near(rows, tests)
    kept, fixed = {(row["key"], row["industry"]): row for row in reversed(survey)}, new_texts(rows, TESTED)
    test = [kept[row["key"], row["industry"]] for row in fixed]
    lists = once(row for row in rows if row["origin"] == "list")
    print("Oruro and Santa Cruz, by scikit-learn of lists and the other three departments' answers")
    tell_coders(survey, test, lists)
    tell_two_messages(rows, test)
    tell_more_answers(survey, test, lists)


main()
