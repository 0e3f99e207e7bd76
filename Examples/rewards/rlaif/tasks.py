"""Small programming tasks over Python's standard library, each with a right body and four wrong ones.

Keys of a task: `ask` (two phrasings), `head` (the function's signature), `use` (its import), `body`, `tests`
(arguments and result), and the body made wrong in one way each:
  wrong     runs, and gives another result
  invented  calls what the module does not have
  missing   leaves out an argument that is needed
  value     passes an argument of a kind that the call refuses
"""

TASKS = {
    "mean": dict(
        ask=["Write a Python function mean_of(values) that returns the arithmetic mean of a list of numbers. Use the statistics module.",
             "I need mean_of(values) in Python: the average of the numbers in a list, by way of the statistics module."],
        head="mean_of(values)", use="import statistics", body="return statistics.mean(values)",
        tests=[([[1, 2, 3, 4]], 2.5), ([[10, 20]], 15)],
        wrong="return statistics.mean(values[1:])", invented="return statistics.average_value(values)",
        missing="return statistics.mean()", value="return statistics.mean(len(values))"),
    "median": dict(
        ask=["Write a Python function middle(values) that returns the median of a list of numbers. Use the statistics module.",
             "Please give me a Python function middle(values). It computes the median of a list with the statistics module."],
        head="middle(values)", use="import statistics", body="return statistics.median(values)",
        tests=[([[5, 1, 3]], 3), ([[4, 1, 3, 2]], 2.5)],
        wrong="return statistics.mean(values) + 1", invented="return statistics.middle_value(values)",
        missing="return statistics.median()", value="return statistics.median(values[0])"),
    "hypotenuse": dict(
        ask=["Write a Python function hypotenuse(a, b) that returns the length of the longest side of a right triangle. Use math.",
             "Using the math module, write hypotenuse(a, b): the long side of a right triangle with legs a and b."],
        head="hypotenuse(a, b)", use="import math", body="return math.hypot(a, b)",
        tests=[([3, 4], 5), ([5, 12], 13)],
        wrong="return math.hypot(a, a)", invented="return math.pythagoras(a, b)",
        missing="return math.pow(a * a + b * b)", value="return math.hypot(str(a), str(b))"),
    "gcd": dict(
        ask=["Write a Python function common_divisor(a, b) that returns the greatest common divisor of two whole numbers. Use math.",
             "How do I get the greatest common divisor of a and b? Write common_divisor(a, b) with the math module."],
        head="common_divisor(a, b)", use="import math", body="return math.gcd(a, b)",
        tests=[([12, 18], 6), ([7, 5], 1)],
        wrong="return math.gcd(a, b) + 1", invented="return math.greatest_divisor(a, b)",
        missing="return math.comb(a)", value="return math.gcd(a, b / 1.0)"),
    "choose": dict(
        ask=["Write a Python function choose(n, k) that returns in how many ways k of n things can be chosen. Use math.",
             "With Python's math module, write choose(n, k), the number of ways to pick k out of n."],
        head="choose(n, k)", use="import math", body="return math.comb(n, k)",
        tests=[([5, 2], 10), ([6, 3], 20)],
        wrong="return math.comb(n, k - 1)", invented="return math.choose(n, k)",
        missing="return math.comb(n)", value="return math.comb(str(n), k)"),
    "most-common": dict(
        ask=["Write a Python function most_common(words) that returns the word that occurs most often in a list. Use collections.Counter.",
             "Write most_common(words): the most frequent word of a list, found with Counter from collections."],
        head="most_common(words)", use="from collections import Counter",
        body="return Counter(words).most_common(1)[0][0]",
        tests=[([["a", "b", "a"]], "a"), ([["x", "y", "y", "z"]], "y")],
        wrong="return Counter(words).most_common()[-1][0]", invented="return Counter(words).top_word()",
        missing="return Counter.fromkeys()", value="return Counter(len(words)).most_common(1)[0][0]"),
    "letters": dict(
        ask=["Write a Python function letter_counts(text) that returns a dict with how often each character occurs. Use collections.Counter.",
             "Using collections.Counter, write letter_counts(text), which maps every character of a text to its number."],
        head="letter_counts(text)", use="from collections import Counter", body="return dict(Counter(text))",
        tests=[(["aab"], {"a": 2, "b": 1}), (["x"], {"x": 1})],
        wrong="return dict(Counter(text[1:]))", invented="return Counter(text).as_mapping()",
        missing="return Counter(text).pop()", value="return dict(Counter(len(text)))"),
    "parse-json": dict(
        ask=["Write a Python function read_name(text) that reads a JSON object from a text and returns its \"name\". Use the json module.",
             "Write read_name(text). The text is a JSON object; return the value of its key \"name\", with the json module."],
        head="read_name(text)", use="import json", body="return json.loads(text)[\"name\"]",
        tests=[(['{"name": "Ada"}'], "Ada"), (['{"age": 3, "name": "Bo"}'], "Bo")],
        wrong="return list(json.loads(text))[0]", invented="return json.parse_text(text)[\"name\"]",
        missing="return json.loads()[\"name\"]", value="return json.loads(len(text))[\"name\"]"),
    "dump-json": dict(
        ask=["Write a Python function to_json(data) that returns a dict as JSON text with its keys sorted. Use the json module.",
             "With the json module, write to_json(data): the dict as a JSON text, keys in alphabetical order."],
        head="to_json(data)", use="import json", body="return json.dumps(data, sort_keys=True)",
        tests=[([{"b": 1, "a": 2}], '{"a": 2, "b": 1}'), ([{}], "{}")],
        wrong="return json.dumps(list(data))", invented="return json.write_text(data)",
        missing="return json.dumps(sort_keys=True)", value="return json.dumps({to_json})"),
    "digits": dict(
        ask=["Write a Python function find_numbers(text) that returns all whole numbers in a text as a list of int. Use the re module.",
             "Write find_numbers(text) with regular expressions: every run of digits in the text, as a list of int."],
        head="find_numbers(text)", use="import re", body="return [int(n) for n in re.findall(r\"\\d+\", text)]",
        tests=[(["a1b22"], [1, 22]), (["none"], [])],
        wrong="return [int(n) for n in re.findall(r\"\\d\", text)] + [0]", invented="return re.find_numbers(text)",
        missing="return [int(n) for n in re.findall(text)]", value="return [int(n) for n in re.findall(r\"\\d+\", len(text))]"),
    "squeeze": dict(
        ask=["Write a Python function squeeze(text) that replaces every run of spaces by one space. Use the re module.",
             "Using re, write squeeze(text), which turns each sequence of spaces into a single one."],
        head="squeeze(text)", use="import re", body="return re.sub(r\" +\", \" \", text)",
        tests=[(["a  b   c"], "a b c"), ([" x"], " x")],
        wrong="return re.sub(r\" +\", \"\", text)", invented="return re.collapse(text, \" \")",
        missing="return re.sub(r\" +\", text)", value="return re.sub(r\" +\", 1, text)"),
    "flatten": dict(
        ask=["Write a Python function flatten(lists) that joins a list of lists into one list. Use itertools.",
             "Write flatten(lists): one list with the elements of all inner lists in order. Use the itertools module."],
        head="flatten(lists)", use="import itertools", body="return list(itertools.chain.from_iterable(lists))",
        tests=[([[[1], [2, 3]]], [1, 2, 3]), ([[]], [])],
        wrong="return list(itertools.chain.from_iterable(lists[::-1])) + [0]", invented="return itertools.flatten(lists)",
        missing="return list(itertools.chain.from_iterable())", value="return list(itertools.chain.from_iterable(len(lists)))"),
    "pairs": dict(
        ask=["Write a Python function all_pairs(items) that returns all pairs of different places in a list, as tuples. Use itertools.",
             "With itertools, write all_pairs(items), the list of all combinations of two items."],
        head="all_pairs(items)", use="import itertools", body="return list(itertools.combinations(items, 2))",
        tests=[([[1, 2, 3]], [(1, 2), (1, 3), (2, 3)]), ([[1]], [])],
        wrong="return list(itertools.combinations(items, 1))", invented="return list(itertools.pairs_of(items))",
        missing="return list(itertools.combinations(items))", value="return list(itertools.combinations(items, \"2\"))"),
    "running": dict(
        ask=["Write a Python function running_sums(values) that returns the list of sums of the first 1, 2, … values. Use itertools.",
             "Write running_sums(values) with itertools: at each place the sum of all values up to it."],
        head="running_sums(values)", use="import itertools", body="return list(itertools.accumulate(values))",
        tests=[([[1, 2, 3]], [1, 3, 6]), ([[5]], [5])],
        wrong="return list(itertools.accumulate(values, max))[:-1]", invented="return list(itertools.running_sum(values))",
        missing="return list(itertools.accumulate())", value="return list(itertools.accumulate(values, initial=\"0\"))"),
    "largest": dict(
        ask=["Write a Python function three_largest(values) that returns the three largest numbers, largest first. Use heapq.",
             "Using the heapq module, write three_largest(values): the top three of a list in falling order."],
        head="three_largest(values)", use="import heapq", body="return heapq.nlargest(3, values)",
        tests=[([[4, 1, 9, 7]], [9, 7, 4]), ([[1, 2, 3]], [3, 2, 1])],
        wrong="return heapq.nsmallest(3, values)[:2]", invented="return heapq.top(3, values)",
        missing="return heapq.nlargest(values)", value="return heapq.nlargest(\"3\", values)"),
    "insert": dict(
        ask=["Write a Python function place_of(values, x) that returns where x belongs in a sorted list, before equal ones. Use bisect.",
             "Write place_of(values, x) with bisect: the leftmost index at which x keeps a sorted list sorted."],
        head="place_of(values, x)", use="import bisect", body="return bisect.bisect_left(values, x)",
        tests=[([[1, 3, 5], 3], 1), ([[1, 3, 5], 6], 3)],
        wrong="return bisect.bisect_left(values, x) - 1", invented="return bisect.find_place(values, x)",
        missing="return bisect.bisect_left(values)", value="return bisect.bisect_left(values, str(x))"),
    "days": dict(
        ask=["Write a Python function days_in(year, month) that returns how many days a month has. Use the calendar module.",
             "With the calendar module, write days_in(year, month): the number of days of that month."],
        head="days_in(year, month)", use="import calendar", body="return calendar.monthrange(year, month)[1]",
        tests=[([2023, 2], 28), ([2024, 2], 29)],
        wrong="return calendar.monthrange(year, month)[0] + 40", invented="return calendar.days_of_month(year, month)",
        missing="return calendar.monthrange(year)[1]", value="return calendar.monthrange(str(year), month)[1]"),
    "date": dict(
        ask=["Write a Python function day_after(year, month, day) that returns the next day as ISO text. Use the datetime module.",
             "Write day_after(year, month, day) with datetime: the date of the following day, like 2024-03-01."],
        head="day_after(year, month, day)", use="import datetime",
        body="return (datetime.date(year, month, day) + datetime.timedelta(days=1)).isoformat()",
        tests=[([2024, 2, 29], "2024-03-01"), ([2023, 12, 31], "2024-01-01")],
        wrong="return (datetime.date(year, month, day) - datetime.timedelta(days=1)).isoformat()",
        invented="return datetime.date(year, month, day).next_day().isoformat()",
        missing="return (datetime.date(year, month) + datetime.timedelta(days=1)).isoformat()",
        value="return (datetime.date(year, month, day) + datetime.timedelta(days=\"1\")).isoformat()"),
    "encode": dict(
        ask=["Write a Python function encode(text) that returns a text in base64, as a text. Use the base64 module.",
             "Using base64, write encode(text), which gives the base64 form of the UTF-8 bytes of a text as str."],
        head="encode(text)", use="import base64", body="return base64.b64encode(text.encode()).decode()",
        tests=[(["hi"], "aGk="), ([""], "")],
        wrong="return base64.b32encode(text.encode()).decode() + \"=\"", invented="return base64.encode_text(text)",
        missing="return base64.b64encode().decode()", value="return base64.b64encode(text).decode()"),
    "digest": dict(
        ask=["Write a Python function fingerprint(text) that returns the SHA-256 of a text in hexadecimal. Use hashlib.",
             "Write fingerprint(text) with hashlib: the hexadecimal SHA-256 digest of the text's UTF-8 bytes."],
        head="fingerprint(text)", use="import hashlib", body="return hashlib.sha256(text.encode()).hexdigest()",
        tests=[([""], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")],
        wrong="return hashlib.sha1(text.encode()).hexdigest()", invented="return hashlib.sha256_text(text)",
        missing="return hashlib.new().hexdigest()", value="return hashlib.sha256(text).hexdigest()"),
    "query": dict(
        ask=["Write a Python function escape(text) that makes a text safe for a URL. Use urllib.parse.quote.",
             "With urllib.parse, write escape(text): the text percent-encoded for use in a URL path."],
        head="escape(text)", use="from urllib.parse import quote", body="return quote(text)",
        tests=[(["a b"], "a%20b"), (["x"], "x")],
        wrong="return quote(text + \" \")", invented="return quote(text).as_url()",
        missing="return quote()", value="return quote(len(text))"),
    "wrap": dict(
        ask=["Write a Python function short_lines(text, width) that breaks a text into a list of lines of at most width. Use textwrap.",
             "Write short_lines(text, width) with textwrap: the lines of the text, none longer than width."],
        head="short_lines(text, width)", use="import textwrap", body="return textwrap.wrap(text, width)",
        tests=[(["one two three", 7], ["one two", "three"]), (["", 5], [])],
        wrong="return textwrap.wrap(text, width * 3) + [text]", invented="return textwrap.split_lines(text, width)",
        missing="return textwrap.wrap(width=width)", value="return textwrap.wrap(text, str(width))"),
    "product": dict(
        ask=["Write a Python function product(values) that multiplies all numbers of a list. Use functools.reduce.",
             "Using reduce from functools, write product(values), the product of the numbers in a list."],
        head="product(values)", use="from functools import reduce",
        body="return reduce(lambda a, b: a * b, values, 1)",
        tests=[([[2, 3, 4]], 24), ([[]], 1)],
        wrong="return reduce(lambda a, b: a + b, values, 1)", invented="return reduce(values).multiply()",
        missing="return reduce(lambda a, b: a * b)", value="return reduce(lambda a, b: a * b, len(values), 1)"),
    "fraction": dict(
        ask=["Write a Python function simplify(a, b) that returns the fraction a/b in lowest terms as text, like 1/2. Use fractions.",
             "Write simplify(a, b) with the fractions module: a over b reduced, as a text such as 2/3."],
        head="simplify(a, b)", use="from fractions import Fraction", body="return str(Fraction(a, b))",
        tests=[([2, 4], "1/2"), ([6, 9], "2/3")],
        wrong="return str(Fraction(b, a))", invented="return Fraction(a, b).simplified_text()",
        missing="return str(Fraction.from_float())", value="return str(Fraction(str(a), b))"),
}

# Tasks that no model is trained on.
HELDOUT = ["median", "choose", "letters", "dump-json", "squeeze", "pairs", "insert", "digest"]
