#!/usr/bin/env python3
"""How close a response is to its reference: words they share, and letters that must be changed.

Crucible sends one JSON object a line on stdin; every line gets one JSON object back on stdout.
Anything else that is to be seen goes to stderr.
"""
import json
import sys


def shared_words(response, reference):
    """Share of the reference's words, counted with repeats, that the response has: 0 to 1."""
    left = response.lower().split()
    wanted = reference.lower().split()
    found = 0
    for word in wanted:
        if word in left:
            left.remove(word)
            found += 1
    return found / len(wanted) if wanted else 0.0


def likeness(response, reference):
    """1 - Levenshtein distance over the longer length: 1 for equal texts, 0 for nothing alike."""
    row = list(range(len(reference) + 1))
    for i, a in enumerate(response, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(reference, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return 1 - row[-1] / max(len(response), len(reference), 1)


def judge(row):
    reference = row["reference"]
    if reference is None:
        return {"error": "the data row has no 'reference' to compare with"}
    response = row["response"].strip()[:2000]
    parts = {"words": shared_words(response, reference), "letters": likeness(response, reference)}
    return {"score": (parts["words"] + parts["letters"]) / 2, "parts": parts}


for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
