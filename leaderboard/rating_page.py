"""One item at a time, answered by keys or by touch, and kept at once. The page reads `questions.json` and the rater's own answers, never the key."""

import time
from pathlib import Path

import streamlit as st

from hub.annotate.question import NONE, Item, Passage, Question, Sample, read_sample
from hub.annotate.rating_table import Rating, append, is_rater, read_ratings, standing
from hub.errors import EmohubError
from leaderboard.plain_text import plain

_LONGEST = 20_000
"""Characters of a text that are shown."""
_NAMES = "Letters, digits, - and _ only, at most 40. Not your e-mail address: a nickname is enough."


def show(questions: Path | None) -> None:
    """Draws the page for the sample that a `questions.json` holds."""
    if questions is None:
        st.error("No questions are named. Start the page with them:")
        st.code("streamlit run leaderboard/rate.py -- --questions FOLDER/questions.json", language=None, wrap_lines=True)
        return
    try:
        status = questions.stat()
        sample = _read(str(questions), status.st_mtime_ns, status.st_size)
        rater = _rater(sample)
        if rater is not None:
            _rate(questions.parent, sample, rater)
    except OSError as error:
        st.error(f"{plain(questions.name)} cannot be read: {error.strerror}.")
    except EmohubError as error:
        st.error(plain(str(error)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _read(path: str, modified: int, size: int) -> Sample:
    return read_sample(Path(path))


def _rater(sample: Sample) -> str | None:
    """Returns who rates, which stands in the address; asks when it does not."""
    named = st.query_params.get("rater", "")
    if is_rater(named):
        return named
    st.title("Emotions, in your eyes", anchor=False)
    st.markdown(
        f"**{len(sample.items)} short questions.** Stop when you like: every answer is kept at once, and under the same name you go on where you stopped. "
        "Your name is written beside your answers, so take one that does not say who you are."
    )
    with st.form("who", border=False):
        name = st.text_input("Nickname", max_chars=40, help=_NAMES, placeholder="for example: heron")
        started = st.form_submit_button("Begin", type="primary", width="stretch")
    if started and is_rater(name.strip()):
        st.query_params["rater"] = name.strip()
        st.rerun()
    if started:
        st.warning(_NAMES)
    return None


def _rate(folder: Path, sample: Sample, rater: str) -> None:
    given = standing(read_ratings(folder, sample, rater)[0])
    answers = {(item, question): one for (item, who, question), one in given.items() if who == rater}
    number = _place(sample, answers, rater)
    done = len(answers)
    st.progress(done / len(sample.items), text=f"{done} of {len(sample.items)} answered")
    if number is None:
        _thanks(sample, rater)
        return
    item = sample.items[number]
    question = sample.question(item.question)
    earlier = answers.get((item.item_id, item.question))
    _start_clock(item)
    st.markdown(f"**{plain(question.prompt)}**")
    # Beside a picture there is room for the choices; on a phone they come below it.
    asked, choices = st.columns([3, 2]) if item.image else (st.container(), st.container())
    with asked:
        _ask(folder, item)
    with choices, st.container(gap="xsmall"):
        if question.most == 1:
            _choose_one(folder, sample, item, rater, earlier)
        else:
            _choose_several(folder, sample, item, question, rater, earlier)
    _ways(sample, number, answers)
    with st.expander("How to answer", icon=":material/help:"):
        st.markdown(plain(question.instructions, _LONGEST))
        st.markdown("Keys: the numbers choose" + (", **Enter** goes on" if question.most > 1 else " and go on") + ", **←** goes back, **→** skips.")


def _place(sample: Sample, answers: dict[tuple[str, str], Rating], rater: str) -> int | None:
    """Returns which item is shown: the one gone to by hand, else the first without an answer; None when all are answered."""
    if st.session_state.get("rater") != rater:
        st.session_state.update(rater=rater, place=None)
    place: int | None = st.session_state["place"]
    if place is not None:
        return place
    return next((number for number, item in enumerate(sample.items) if (item.item_id, item.question) not in answers), None)


def _thanks(sample: Sample, rater: str) -> None:
    st.title("Thank you!", anchor=False)
    st.markdown(f"All questions are answered, and kept under the name **{plain(rater)}**. You can close this page.")
    st.button("Look at the last one again", on_click=_go, args=(len(sample.items) - 1,), icon=":material/arrow_back:")


def _ask(folder: Path, item: Item) -> None:
    """Shows what the question is about."""
    if item.image:
        st.image(_picture(folder / item.image), width="stretch", output_format="PNG", alt="The picture that the question is about.")
    for passage in item.passages:
        if not passage.on_demand:
            with st.container(border=True, gap="xsmall"):
                _say(passage)
    hidden = [passage for passage in item.passages if passage.on_demand]
    if hidden:
        with st.expander("Show the context", key=f"context-{item.item_id}-{item.question}"):
            for passage in hidden:
                _say(passage)


def _picture(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EmohubError(f"{path.name}: the picture cannot be read ({error.strerror}); put the folder images back beside questions.json") from error


def _say(passage: Passage) -> None:
    if passage.title:
        st.caption(plain(passage.title))
    text = plain(passage.text, _LONGEST)
    if passage.on_demand:
        st.markdown(text)
    else:
        st.subheader(text, anchor=False)


def _choose_one(folder: Path, sample: Sample, item: Item, rater: str, earlier: Rating | None) -> None:
    for number, option in enumerate(item.options, start=1):
        chosen = earlier is not None and option in earlier.value
        icon = ":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:"
        if _option(item, option, number, chosen, icon):
            _keep(folder, sample, item, rater, (option,))


def _choose_several(folder: Path, sample: Sample, item: Item, question: Question, rater: str, earlier: Rating | None) -> None:
    key = f"chosen-{rater}-{item.item_id}-{item.question}"
    chosen: set[str] = st.session_state.setdefault(key, set(earlier.value if earlier else ()))
    for number, option in enumerate(item.options, start=1):
        icon = ":material/check_box:" if option in chosen else ":material/check_box_outline_blank:"
        full = len(chosen - {NONE}) >= question.most and option not in chosen and option != NONE
        if _option(item, option, number, option in chosen, icon, full):
            chosen ^= {option}
            st.session_state[key] = chosen & {NONE} if option == NONE else chosen - {NONE}
            st.rerun()
    named = ", ".join(option for option in item.options if option in chosen)
    st.caption(f"Chosen: {plain(named)}" if named else f"Choose one to {min(question.most, len(item.options))}, or '{NONE}'.")
    if st.button("Keep and go on", type="primary", width="stretch", shortcut="Enter", disabled=not chosen):
        _keep(folder, sample, item, rater, tuple(option for option in item.options if option in chosen))


def _option(item: Item, option: str, number: int, chosen: bool, icon: str, disabled: bool = False) -> bool:
    return st.button(
        plain(option),
        key=f"option-{item.item_id}-{item.question}-{number}",
        type="primary" if chosen else "secondary",
        icon=icon,
        width="stretch",
        shortcut=str(number) if number <= 9 else None,
        disabled=disabled,
    )


def _ways(sample: Sample, number: int, answers: dict[tuple[str, str], Rating]) -> None:
    """Back to what has been answered, and on without an answer."""
    with st.container(horizontal=True):
        st.button("Back", on_click=_go, args=(number - 1,), disabled=number == 0, shortcut="Left", icon=":material/arrow_back:")
        after = number + 1 if number + 1 < len(sample.items) else None
        skipped = (sample.items[number].item_id, sample.items[number].question) not in answers
        last = after is None and skipped
        st.button("Skip" if skipped else "Next", on_click=_go, args=(after,), disabled=last, shortcut="Right", icon=":material/arrow_forward:")


def _go(place: int | None) -> None:
    st.session_state["place"] = place


def _start_clock(item: Item) -> None:
    shown = (item.item_id, item.question)
    if st.session_state.get("shown") != shown:
        st.session_state.update(shown=shown, since=time.monotonic())


def _keep(folder: Path, sample: Sample, item: Item, rater: str, value: tuple[str, ...]) -> None:
    append(folder, Rating(item.item_id, rater, item.question, value, time.monotonic() - st.session_state["since"], sample.version))
    place = st.session_state["place"]
    # Whoever went back or skipped goes on from there; the others to the first item without an answer.
    st.session_state.update(place=None if place is None or place + 1 >= len(sample.items) else place + 1, shown=None)
    st.rerun()
