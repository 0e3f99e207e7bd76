"""The quickstart's world: nine small skills in plain English, each checkable by a program.

A *skill* draws a content (the words and numbers a prompt is about), puts it into one of several
phrasings, and knows the right answer and the checks that recognise it. Contents are split three
ways by a hash of skill and content alone, so that the texts the embedded models were trained on,
the prompts of a run and its held-out prompts never share a content, whatever the phrasing.
"""

import hashlib
import json

NOUNS = (
    "cat dog horse cow pig goat sheep duck goose mouse rabbit lion tiger bear wolf fox deer "
    "frog snake fish whale crab bee ant bread cheese apple pear plum grape lemon melon rice "
    "soup cake pie honey butter egg bean corn onion carrot potato nut salt sugar pasta hat "
    "coat shirt shoe boot sock glove scarf belt dress skirt jacket apron cap vest car bus "
    "truck train tram boat ship canoe plane bike cart sled van taxi ferry hammer saw drill "
    "axe spade rake broom brush needle knife fork spoon ladder rope nail river lake forest "
    "desert island valley hill beach city village market harbor bridge castle garden school "
).split()
COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def exact(text, weight=3):
    return {"type": "exact", "value": text, "weight": weight}


def words(count):
    return {"type": "words", "exactly": count, "weight": 1}


class Skill:
    """One skill: `content` draws what a prompt is about, `phrasings` say it, `answer` is right."""

    name = ""
    phrasings = ()

    def content(self, rng):
        raise NotImplementedError

    def fields(self, content):
        """What the placeholders of the phrasings stand for."""
        raise NotImplementedError

    def answer(self, content):
        raise NotImplementedError

    def slip(self, content):
        """A wrong answer of the kind that a careless pupil gives; never the right one."""
        raise NotImplementedError

    def checks(self, content):
        raise NotImplementedError

    def prompt(self, content, phrasing):
        return self.phrasings[phrasing].format(**self.fields(content))


class Repeat(Skill):
    name = "repeat"
    phrasings = (
        "Say the word {word} {count} times.",
        "Repeat {word} {count} times.",
        "Write {word} {count} times in a row.",
        "I want to read {word} {count} times.",
        "Please give me {count} copies of the word {word}.",
    )

    def content(self, rng):
        return [rng.choice(NOUNS), rng.randint(2, 7)]

    def fields(self, content):
        return {"word": content[0], "count": COUNTS[content[1]]}

    def answer(self, content):
        return " ".join([content[0]] * content[1])

    def slip(self, content):
        return content[0]

    def checks(self, content):
        word, count = content
        return [
            exact(self.answer(content)),
            {"type": "keywords", "all": [word], "weight": 1},
            words(count),
        ]


class Reverse(Skill):
    name = "reverse"
    phrasings = (
        "Reverse the order of these words: {list}",
        "Write these words backwards, last one first: {list}",
        "Turn this list around: {list}",
        "Start at the end and say these words: {list}",
        "Put these words in the opposite order: {list}",
    )

    def content(self, rng):
        return rng.sample(NOUNS, rng.randint(2, 5))

    def fields(self, content):
        return {"list": " ".join(content)}

    def answer(self, content):
        return " ".join(reversed(content))

    def slip(self, content):
        return " ".join(content)

    def checks(self, content):
        return [
            exact(self.answer(content)),
            {"type": "starts_with", "value": content[-1], "weight": 1},
            {"type": "keywords", "all": sorted(content), "weight": 1},
            words(len(content)),
        ]


class Position(Skill):
    name = "position"
    phrasings = (
        "What is the {place} word of this list? {list}",
        "Name the {place} of these words: {list}",
        "Which word comes {place} here? {list}",
        "Give me only the {place} word: {list}",
        "Look at these words and pick the {place} one: {list}",
    )

    def content(self, rng):
        listed = rng.sample(NOUNS, rng.randint(3, 6))
        place = rng.randint(1, len(listed) + 1)
        return [min(place, len(listed)) if place <= 5 else 0, *listed]

    def fields(self, content):
        place, *listed = content
        last = place == 0 or place == len(listed)
        return {"place": "last" if last else PLACES[place], "list": " ".join(listed)}

    def answer(self, content):
        place, *listed = content
        return listed[place - 1] if place else listed[-1]

    def slip(self, content):
        place, *listed = content
        return listed[0] if place != 1 else listed[1]

    def checks(self, content):
        return [
            exact(self.answer(content)),
            {"type": "keywords", "any": sorted(content[1:]), "weight": 1},
            words(1),
        ]


class Largest(Skill):
    name = "largest"
    phrasings = (
        "Which number is the largest? {list}",
        "Find the biggest of these numbers: {list}",
        "What is the highest number here? {list}",
        "Give me only the largest number: {list}",
        "Of these numbers, name the greatest: {list}",
    )

    def content(self, rng):
        return rng.sample(range(10, 100), rng.randint(2, 5))

    def fields(self, content):
        return {"list": " ".join(map(str, content))}

    def answer(self, content):
        return str(max(content))

    def slip(self, content):
        return str(content[0] if content[0] != max(content) else content[-1])

    def checks(self, content):
        return [
            {"type": "numeric", "value": max(content), "weight": 3},
            {"type": "keywords", "any": [str(number) for number in sorted(content)], "weight": 1},
            words(1),
        ]


class Sorting(Skill):
    name = "sort"
    phrasings = (
        "Sort these numbers from small to large: {list}",
        "Put these numbers in order, smallest first: {list}",
        "Write these numbers again in rising order: {list}",
        "Order these from the lowest to the highest: {list}",
        "Bring these numbers into order: {list}",
    )

    def content(self, rng):
        return rng.sample(range(10, 100), rng.randint(2, 4))

    def fields(self, content):
        return {"list": " ".join(map(str, content))}

    def answer(self, content):
        return " ".join(map(str, sorted(content)))

    def slip(self, content):
        given = content if content != sorted(content) else content[::-1]
        return " ".join(map(str, given))

    def checks(self, content):
        return [
            exact(self.answer(content)),
            {"type": "starts_with", "value": str(min(content)), "weight": 1},
            {"type": "keywords", "all": [str(number) for number in sorted(content)], "weight": 1},
            words(len(content)),
        ]


class Counting(Skill):
    name = "count"
    phrasings = (
        "Count on from {start}: write {count} numbers.",
        "Start at {start} and count up, {count} numbers in all.",
        "Write {count} numbers in a row, the first is {start}.",
        "I say {start}. Go on counting until you have said {count} numbers, mine too.",
        "Give me {count} numbers that follow one another from {start} on.",
    )

    def content(self, rng):
        return [rng.randint(10, 90), rng.randint(2, 9)]

    def fields(self, content):
        return {"start": content[0], "count": COUNTS[content[1]]}

    def answer(self, content):
        start, count = content
        return " ".join(str(start + step) for step in range(count))

    def slip(self, content):
        start, count = content
        return " ".join(str(start + step) for step in range(count - 1))

    def checks(self, content):
        start, count = content
        return [
            exact(self.answer(content)),
            {"type": "starts_with", "value": f"{start} {start + 1}", "weight": 1},
            words(count),
        ]


class Capitals(Skill):
    name = "capitals"
    phrasings = (
        "Write in capital letters: {list}",
        "Put these words in upper case: {list}",
        "Shout these words: {list}",
        "Spell these words with big letters only: {list}",
        "Change every letter to a capital: {list}",
    )

    def content(self, rng):
        return rng.sample(NOUNS, rng.randint(1, 4))

    def fields(self, content):
        return {"list": " ".join(content)}

    def answer(self, content):
        return " ".join(content).upper()

    def slip(self, content):
        return " ".join(content)

    def checks(self, content):
        return [
            exact(self.answer(content)),
            {"type": "case", "value": "upper", "weight": 1},
            words(len(content)),
        ]


class Bullets(Skill):
    name = "bullets"
    phrasings = (
        "Make a bullet list of: {list}",
        "Write these words as bullet points: {list}",
        "Put each word on its own line with a dash: {list}",
        "I need bullets for these words: {list}",
        "Turn these words into a list of points: {list}",
    )

    def content(self, rng):
        return rng.sample(NOUNS, rng.randint(2, 5))

    def fields(self, content):
        return {"list": " ".join(content)}

    def answer(self, content):
        return "\n".join(f"- {word}" for word in content)

    def slip(self, content):
        return ", ".join(content)

    def checks(self, content):
        return [
            exact(self.answer(content)),
            {"type": "bullets", "exactly": len(content), "weight": 1},
            {"type": "keywords", "all": sorted(content), "weight": 1},
        ]


class Record(Skill):
    name = "record"
    phrasings = (
        "Write JSON with the name {name} and the count {count}.",
        "Give me a JSON object: name {name}, count {count}.",
        "Answer in JSON. The name is {name} and the count is {count}.",
        "I have {count} of the item {name}. Write that as JSON.",
        "Make a JSON record for {count} pieces of {name}.",
    )

    def content(self, rng):
        return [rng.choice(NOUNS), rng.randint(2, 99)]

    def fields(self, content):
        return {"name": content[0], "count": content[1]}

    def answer(self, content):
        return json.dumps({"name": content[0], "count": content[1]})

    def slip(self, content):
        return f"{content[0]}: {content[1]}"

    def checks(self, content):
        return [
            {"type": "json", "equals": {"name": content[0], "count": content[1]}, "weight": 3},
            {"type": "json", "keys": ["name", "count"], "weight": 1},
            {"type": "keywords", "all": [content[0]], "weight": 1},
        ]


SKILLS = [
    Repeat(), Reverse(), Position(),
    Largest(), Sorting(), Counting(),
    Capitals(), Bullets(), Record(),
]  # fmt: skip

# How often the target's texts are right, phrasing by phrasing (a skill's phrasings begin at
# different places of this list): some it does as asked, some by chance, some as a careless pupil
# would. So it is middling everywhere, and what it never does right only another model can show it.
TARGET_IS_RIGHT = (0.7, 0.6, 0.3, 0.05, 0.02)

# Who is taught what.
SPECIALISTS = {
    "words": ["repeat", "reverse", "position"],
    "numbers": ["largest", "sort", "count"],
    "forms": ["capitals", "bullets", "record"],
}

SHARES = {"heldout": 0.15, "train": 0.20, "zoo": 0.65}


def split_of(skill, content):
    """`heldout`, `train` or `zoo`: where this content may appear, decided by its hash alone."""
    key = json.dumps([skill.name, content]).encode()
    place = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
    for name, share in SHARES.items():
        place -= share
        if place < 0:
            return name
    return "zoo"


def target_is_right(skill, phrasing):
    """The chance that the target's texts answer this phrasing of `skill` rightly."""
    return TARGET_IS_RIGHT[(phrasing + SKILLS.index(skill)) % len(TARGET_IS_RIGHT)]


def draw(skill, split, rng):
    """A content of `skill` that belongs to `split`."""
    while True:
        content = skill.content(rng)
        if split_of(skill, content) == split:
            return content
