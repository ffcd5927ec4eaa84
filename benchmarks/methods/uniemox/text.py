"""The sentences that the teacher reads: an image's caption, and its emotion only where that is asked for."""


def prompt_of(caption: str, label: str | None = None) -> str:
    """Returns the text of one image.

    Args:
        caption: what is seen, without the emotion's name; may be empty if a label is given.
        label: the emotion's name. The original puts it into every text, which makes its pretraining supervised; leave it out otherwise.

    Raises:
        ValueError: there is neither.
    """
    seen = caption.strip().rstrip(".")
    if label is None:
        if not seen:
            raise ValueError("an image has no caption, so its text would say nothing; give it one, set relation: 0, or set label_in_text: true")
        return f"{seen}."
    return f"{seen}. It evokes {label}." if seen else f"An image that evokes {label}."
