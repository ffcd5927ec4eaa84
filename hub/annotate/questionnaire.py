"""From drawn rows to questions and their key: what raters are shown of a row, and what is kept from them."""

from collections.abc import Sequence

from hub.annotate.question import Item, Passage, Question, Truth
from hub.annotate.rows import LabelledSplit, Row
from hub.annotate.sampling import draw_options
from hub.errors import EmohubError
from hub.files import digest, fraction_from

MOST_PICKS = 5
FIRST, SECOND, ALIKE = "the first", "the second", "no difference"
_TEXT = "utterance"
_CONTEXT = "context"
_SPEAKER = ("character", "description")
_BEFORE_REWRITING = "original_utterance"

EMOTIONS = Question(
    name="emotions",
    prompt="Which of these emotions does the speaker express?",
    instructions=(
        "Choose every emotion that the utterance expresses, up to five. Judge the utterance alone; if there is a context, open it only when you need it. "
        "If none of the emotions offered fits, choose 'none of these'. There is no right answer to find: we want to know what you read."
    ),
    most=MOST_PICKS,
)
MORE_EMOTIONAL = Question(
    name="more_emotional",
    prompt="Which of the two utterances is more emotional?",
    instructions="Both are said by the same person at the same moment. Choose the one whose words alone carry more emotion.",
    most=1,
)
PROTOCOLS = {
    "several": (
        "After the human evaluation of Emo Pillars, as second-hand accounts give it: a choice between a row's labels, less plausible classes and "
        "'none of these', several picks (up to five), the context on demand, neutral raised to a tenth of the sample, and which of the original and "
        "the rewritten utterance is more emotional. Our reading: a distractor is any class that the row names nowhere, drawn at random, as many as "
        "make six named options; options are shuffled; other classes are sampled in equal shares; utterances are compared side by side in random "
        "order, and 'no difference' may be chosen."
    ),
    "single": (
        "Ours, because no account of the original's annotation could be found: every class is offered, one is chosen. Options stand in one order for all "
        "items, so that raters learn where they are."
    ),
}


def item_id_of(dataset: str, fingerprint: str, configuration: str, split: str, seed: int, row: Row) -> str:
    """Returns a name for a row in this sample. A row's own id may tell its class, because some datasets are numbered class by class."""
    return f"{dataset}-{digest([fingerprint, configuration, split, seed, row.id])[:10]}"


def questions_about(
    split: LabelledSplit, rows: Sequence[tuple[str, Row]], distractors: int | None, seed: int
) -> tuple[list[Question], list[Item], list[Truth]]:
    """Returns the questions, the items in the order in which they are shown, and the key.

    Args:
        rows: drawn rows with their item ids.
        distractors: as in `draw_options`; only for rows that may have several labels.

    Raises:
        EmohubError: the rows have neither a picture nor an utterance, or distractors are asked for where all classes are offered.
    """
    shuffled = sorted(rows, key=lambda one: fraction_from(str(seed), "order", one[0]))
    if not split.multiple and distractors is not None:
        raise EmohubError("every class is offered where a row has one label, so there are no distractors to draw; leave their number out")
    if split.image is None and any(_TEXT not in row.texts for _, row in rows):
        raise EmohubError(f"the rows have neither a picture nor a column {_TEXT!r}, so there is nothing to show to people")
    question = EMOTIONS if split.multiple else _single(split)
    items, key = [], []
    for item_id, row in shuffled:
        options = draw_options(row, split.classes, distractors, seed) if split.multiple else split.classes
        labels = tuple(label for label in row.labels if label in options)
        image = f"images/{item_id}.png" if split.image else None
        items.append(Item(item_id=item_id, question=question.name, passages=_passages(row), image=image, options=options))
        key.append(Truth(item_id, question.name, row.id, row.labels[0], row.style, labels))
    # The original tells what the rewritten utterance leaves open, so it is shown only after all items have been judged without it.
    compared = [(item_id, row) for item_id, row in shuffled if _BEFORE_REWRITING in row.texts and row.texts[_BEFORE_REWRITING] != row.texts.get(_TEXT)]
    for item_id, row in compared:
        original_first = fraction_from(str(seed), "side", item_id) < 0.5
        items.append(_comparison(item_id, row, original_first))
        key.append(Truth(item_id, MORE_EMOTIONAL.name, row.id, row.labels[0], row.style, (FIRST if original_first else SECOND,)))
    return [question, *([MORE_EMOTIONAL] if compared else [])], items, key


def _single(split: LabelledSplit) -> Question:
    shown = "picture" if split.image else "text"
    return Question(
        name=split.label,
        prompt=f"Which {split.label.replace('_', ' ')} does this {shown} evoke most?",
        instructions=f"Choose one. If several come to mind, take the strongest. There is no right answer to find: we want to know what you see in the {shown}.",
        most=1,
    )


def _passages(row: Row) -> tuple[Passage, ...]:
    if _TEXT not in row.texts:
        return ()
    shown = [Passage(title="", text=row.texts[_TEXT])]
    if row.texts.get(_CONTEXT):
        speaker = ": ".join(row.texts[name] for name in _SPEAKER if row.texts.get(name))
        if speaker:
            shown.append(Passage(title="Who speaks", text=speaker, on_demand=True))
        shown.append(Passage(title="What happened before", text=row.texts[_CONTEXT], on_demand=True))
    return tuple(shown)


def _comparison(item_id: str, row: Row, original_first: bool) -> Item:
    texts = (row.texts[_BEFORE_REWRITING], row.texts[_TEXT])
    first, second = texts if original_first else texts[::-1]
    passages = (Passage(title="The first", text=first), Passage(title="The second", text=second))
    return Item(item_id=item_id, question=MORE_EMOTIONAL.name, passages=passages, options=(FIRST, SECOND, ALIKE))
