"""Animated portraits side by side: every model's moving picture of the same pair."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from hub.errors import EmohubError
from hub.results.comparing.disagreements import Rows, shared_pairs
from hub.results.comparing.pictures import Animation
from hub.results.comparing.predictions import Floats, PairPredictions
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import METRICS, metric_title, printable
from leaderboard.address import PAGE, choose
from leaderboard.plain_text import plain
from leaderboard.views.compare.examples import choose_pair, paged, say_unread
from leaderboard.views.compare.reading import Compared, animations, predictions

_PAGE = 4
_MOVING = "From left to right: portrait, driver with landmarks, what the model made, and the truth where it is known."
_LARGER = 2


def show(found: Compared) -> None:
    """Draws the pairs with pictures, those on which the first two models differ most first, and a table of all."""
    st.subheader("Pair by pair")
    read, unread = predictions(found, PairPredictions)
    say_unread(unread)
    if not read:
        return
    shared = shared_pairs([one for _, one in read])
    places = [place for place, _ in read]
    first, second = choose_pair(found, places) if len(read) > 1 else (0, 0)
    metrics = [metric for metric in METRICS if all(metric in one.metrics for _, one in read)]
    if not metrics:
        st.caption("These predictions hold no scores by pair.")
        return
    main = found.rows[0].main_metric
    metric = choose("Score", "metric", metrics, metric_title, main, forgets=(PAGE,))
    scores = [one.metrics[metric][rows] for (_, one), rows in zip(read, shared, strict=True)]
    order = order_pairs(scores[first], scores[second])
    pictures = [_pictures(found, place) for place in places]
    ids = [read[0][1].ids[row] for row in shared[0]]
    drawn = [int(row) for row in order if any(ids[row] in one for one in pictures)]
    titles = [found.titles[place] for place in places]
    less = " Less is better." if metric in LOWER_IS_BETTER else ""
    st.caption(
        f"{len(ids):,} test pairs; {len(drawn):,} kept their pictures. First come those on which {plain(titles[first])} and {plain(titles[second])} "
        f"differ most in {metric_title(metric).lower()}.{less} {_MOVING}"
    )
    page = paged(len(drawn), _PAGE) if drawn else 1
    for row in drawn[(page - 1) * _PAGE : page * _PAGE]:
        _pair(read[0][1], int(shared[0][row]), titles, pictures, [float(values[row]) for values in scores], metric)
    with st.expander("All pairs as a table"):
        _table(read[0][1], shared[0], titles, scores, order, metric)


def order_pairs(first: Floats, second: Floats) -> Rows:
    """Returns the positions of pairs, largest difference first; pairs without a score come last."""
    return np.argsort(-np.nan_to_num(np.abs(first - second), nan=-1.0), kind="stable")


def _pictures(found: Compared, place: int) -> dict[str, Animation]:
    try:
        return animations(found, found.records[place])
    except EmohubError as error:
        st.info(f"**{plain(found.titles[place])}**: {plain(str(error))}.", icon=":material/visibility_off:")
        return {}


def _pair(pairs: PairPredictions, row: int, titles: Sequence[str], pictures: Sequence[dict[str, Animation]], scores: Sequence[float], metric: str) -> None:
    id, what = pairs.ids[row], printable(f"{pairs.styles[row]} portrait, {pairs.families[row]} motion", 120)
    with st.container(border=True):
        st.markdown(f"**{plain(what.capitalize())}**")
        st.caption(plain(id, 200))
        columns = st.columns(min(2, len(titles)), gap="medium")
        for number, (title, one, score) in enumerate(zip(titles, pictures, scores, strict=True)):
            with columns[number % len(columns)]:
                said = "no score" if np.isnan(score) else f"{metric_title(metric).lower()} {score:.4f}"
                st.markdown(f"{plain(title, 80)} · {said}")
                picture = one.get(id)
                if picture is None:
                    st.caption("No picture of this pair was kept.")
                    continue
                st.image(picture.gif, width=_LARGER * picture.gif_width, alt=f"Moving picture by {printable(title, 80)}: a {what}. {_MOVING}")
                with st.expander("As a strip"):
                    st.image(picture.strip, width=_LARGER * picture.strip_width, alt=f"Strip by {printable(title, 80)}: a {what}.", output_format="PNG")


def _table(pairs: PairPredictions, rows: Rows, titles: Sequence[str], scores: Sequence[Floats], order: Rows, metric: str) -> None:
    lines = [
        {
            "Pair": printable(pairs.ids[rows[row]], 120),
            "Style": printable(pairs.styles[rows[row]], 40),
            "Motion": printable(pairs.families[rows[row]], 40),
            **{title: None if np.isnan(values[row]) else float(values[row]) for title, values in zip(titles, scores, strict=True)},
        }
        for row in order
    ]
    config = {title: st.column_config.NumberColumn(plain(title), format="%.4f") for title in titles}
    st.dataframe(lines, hide_index=True, placeholder="–", column_config=config, alt=f"{metric_title(metric)} of every pair and model.")
