"""What a text inside a well-formed answer gives away: a model that declines, speaks to the next model, repeats what it was told, hides or changes its language.

Each filter looks at form alone. A lie in plain words has the form of the truth, and passes: docs/hostile_text.md says how many do.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from hub.generate.signs import ADDRESSED, DECLINING, ENCODED

_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁӏһкмтвнАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαενıɡ’‘ʼ“”", "aeopcyxijsdlhkmtbhABEKMHOPCTYXIJSABEZHIKMNOPTYXoaevig'''\"\"")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){4,}\w\b")
_WITH_DIGITS = re.compile(r"\b(?:\d+[A-Za-z]{2}|[A-Za-z]+\d+[A-Za-z])\w*")
_DIGITS_AS_LETTERS = str.maketrans("013457", "oieast")
_WORD = re.compile(r"[^\W\d_]+")
_PILED = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3}")
_CONTROLS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0100-\U000e01ef"
)
"""Control and bidi control characters, zero widths, fillers and further variation selectors, as a regular expression's class."""
_INVISIBLE = re.compile(f"[{_CONTROLS}\U000e0000-\U000e007f]")
_UNSEEN = re.compile(
    # Also private use, and what stands for a character that was lost.
    f"[{_CONTROLS}\ufffc\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]"
    # Tags are for flags; variation selectors and joiners come one at a time.
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]|[\ufe00-\ufe0f]{2}|[\u200c\u200d]{2}"
)
_COMMON_ENGLISH = """
a about after all am an and any are as at be been but by can could did do does for from get go got had has have he her here him his how i if in into is it
its just know like me my no not now of on one or our out over said say see she so some than that the their them then there they this to too two up
us was we well were what when where which who why will with would yes you your
"""
_ENGLISH = frozenset(_COMMON_ENGLISH.split())
_OTHER_LANGUAGES = tuple(
    frozenset(words.split())
    for words in (
        "ich nicht und das der ist mir mich ein eine auf mit für dass wir sie aber auch noch wie wenn war haben sind dem den zu von es kann",
        "je ne pas et le la les est un une des que qui pour dans sur avec mais moi vous nous il elle ce cette suis tout plus mon sont",
        "yo no el los las es un una que por para con pero mi me se está como todo esta muy más estoy del su qué todas son",
        "io non il gli che di un una per con ma mi sono è questo come tutto più anche della nel hai sei ho ci le del",
        "eu não o os as que um uma por para com mas meu minha me está como tudo muito mais isso são do da em",
        "ik niet en het de een dat is van met maar mijn voor wij zijn ook nog aan dit je hij ze wat heb",
    )
)
"""The commonest words of German, French, Spanish, Italian, Portuguese and Dutch."""


def looks_refused(text: str) -> bool:
    """Whether a text is a model declining, and not a person saying that something cannot be."""
    return bool(DECLINING.search(as_read(text)))


def sign_of_injection(text: str) -> str | None:
    """Returns what in a text speaks to a model or a program rather than to a reader, such as instructions, links or code; None if nothing does."""
    readings = {text, as_read(text)}
    for name, pattern in ADDRESSED.items():
        if any(pattern.search(reading) for reading in readings):
            return name
    return "encoded text" if ENCODED.search(text) else None


def looks_hidden(text: str) -> bool:
    """Whether a text holds characters that no reader sees, that turn its direction or that pile up, or words that mix Latin with Greek or Cyrillic letters."""
    if _UNSEEN.search(text):
        return True
    return not text.isascii() and (_PILED.search(text) is not None or any(map(_mixes_scripts, _WORD.findall(text))))


def looks_wordless(text: str) -> bool:
    """Whether there is no letter in a text, as in the `...` of a prompt's example."""
    return not any(character.isalpha() for character in text)


def looks_stuck(text: str) -> bool:
    """Whether a text repeats itself as a model does that cannot stop: twenty words or more, and fewer than a quarter of them different."""
    words = _words(text)
    return len(words) >= 20 and 4 * len(set(words)) < len(words)


def looks_foreign(text: str, story: str, prompt: str) -> bool:
    """Whether a text is neither in English nor in the language of the story or of the prompt that it was written to.

    A story's words count only where the story as a whole is in another language: a foreign sentence in an English one does not permit foreign answers.
    Three signs: half of eight or more letters are of another script; ten or more different words, none of them known and none a common English one; three
    common words of one other language, more than of English. Short texts pass.
    """
    return _is_foreign(text, f"{prompt} {story}" if _is_foreign(story, prompt) else prompt)


@lru_cache(maxsize=4096)
def _is_foreign(text: str, known: str) -> bool:
    if not text.isascii():
        letters = [_script(character) for character in text if character.isalpha()]
        if len(letters) >= 8 and 2 * sum(script not in _scripts(known) for script in letters) >= len(letters):
            return True
    words, read = set(_words(text)), _vocabulary(known)
    if len(words) >= 10 and words.isdisjoint(read | _ENGLISH):
        return True
    most = max(len(words & (language - read - _ENGLISH)) for language in _OTHER_LANGUAGES)
    return most >= 3 and most > len(words & _ENGLISH)


def is_part_of(text: str, whole: str) -> bool:
    """Whether at least half of a text's words stand in the text that it is to be a part of."""
    words, known = _words(text), _vocabulary(whole)
    return 2 * sum(word in known for word in words) >= len(words)


def repeats(text: str, source: str, run: int) -> bool:
    """Whether `run` successive words of a text stand in the source too, in the same order."""
    words, known = _words(text), _runs(source, run)
    return any(words[start : start + run] in known for start in range(len(words) - run + 1))


def as_read(text: str) -> str:
    """Returns a text as a reader or a model takes it: plain letters for look-alikes and for digits in words, nothing invisible, spaced-out words closed up."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES))
        text = "".join(character for character in plain if unicodedata.category(character) not in ("Cc", "Cf", "Mn"))
    text = _SPACED.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), text)
    return _WITH_DIGITS.sub(lambda match: match[0].translate(_DIGITS_AS_LETTERS), text)


def visible(text: str) -> str:
    """Returns a text without the characters that no reader sees. Line breaks and tabs stay, and so do the joiners that scripts and emoji need."""
    return _INVISIBLE.sub("", text)


def _mixes_scripts(word: str) -> bool:
    return any("a" <= letter <= "z" for letter in word.casefold()) and any("\u0370" <= letter <= "\u052f" for letter in word)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


@lru_cache(maxsize=256)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(_words(text))


@lru_cache(maxsize=256)
def _scripts(text: str) -> frozenset[str]:
    """The scripts of at least a twentieth of a text's letters."""
    counts = Counter(_script(character) for character in text if character.isalpha())
    return frozenset(script for script, count in counts.items() if 20 * count >= counts.total())


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


@lru_cache(maxsize=256)
def _runs(text: str, run: int) -> frozenset[tuple[str, ...]]:
    words = _words(text)
    return frozenset(words[start : start + run] for start in range(len(words) - run + 1))
