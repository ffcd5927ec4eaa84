"""Strangers' text where Streamlit would read Markdown."""

import re

from hub.results.display import printable

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def plain(text: str, limit: int = 400) -> str:
    """Returns text that Markdown shows as it is, so that no link, image, colour or formula comes out.

    Every character that could mean something is escaped. Bare addresses are made links even then, after the escapes are gone, so an invisible word
    joiner breaks them up.
    """
    return _PUNCTUATION.sub(r"\\\1", _ADDRESS.sub(_WORD_JOINER, printable(text, limit)))
