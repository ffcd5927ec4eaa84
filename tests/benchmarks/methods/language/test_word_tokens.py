"""Word pieces of a corpus: few, enough to spell any word, and back to readable text."""

from pathlib import Path

import pytest

from benchmarks.methods.language.word_tokens import PretrainedTokens, WordPieces
from benchmarks.methods.weights import MINILM, load_tokenizer
from tests.support.tiny_gpt import TEXTS, make_tiny_gpt

CORPUS = ["She can't find the mother-of-pearl box at 6.40.", "The box is here, of course."]


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return WordPieces(CORPUS, 1, network=False)


@pytest.mark.parametrize("text", [*CORPUS, "Now (at last)!", "It's fifty, isn't it?"])
def test_what_is_encoded_comes_back_in_lower_case_with_its_marks_in_place(pieces: WordPieces, text: str) -> None:
    assert pieces.decode(pieces.encode([text])[0]) == text.lower()


def test_known_words_keep_the_pieces_and_the_original_ids_of_minilm(pieces: WordPieces) -> None:
    original = load_tokenizer(MINILM, None, network=False)
    found = [[pieces.original_ids[token] for token in ids] for ids in pieces.encode(CORPUS)]
    assert found == [original(text, add_special_tokens=False)["input_ids"] for text in CORPUS]


def test_words_beyond_the_corpus_are_spelt_and_nothing_ascii_is_unknown(pieces: WordPieces) -> None:
    assert pieces.decode(pieces.encode(["Zebras juggle 42 xylophones."])[0]) == "zebras juggle 42 xylophones."


def test_rare_pieces_are_left_out() -> None:
    assert len(WordPieces(CORPUS, 2, network=False)) < len(WordPieces(CORPUS, 1, network=False))


def test_a_pretrained_model_keeps_its_own_tokens_case_included(tmp_path: Path) -> None:
    tokens = PretrainedTokens(str(make_tiny_gpt(tmp_path)), None, network=False)
    encoded = tokens.encode([TEXTS[0], "Ünlike, Case!"])
    assert [tokens.decode([tokens.end, *ids, tokens.end]) for ids in encoded] == [TEXTS[0], "Ünlike, Case!"]
