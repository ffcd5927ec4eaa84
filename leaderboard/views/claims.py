"""The page Claims: what papers say, and what the runs here say of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from hub.results.board.claims_view import VERDICTS, JudgedClaim, JudgedComparison
from hub.results.display import metric_title, printable
from leaderboard.charts.forest import Gain, forest
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import draw, style
from leaderboard.views.profile_choice import choose_profile

_ICONS = {
    "supported": ":material/check_circle:",
    "not separable": ":material/drag_handle:",
    "contradicted": ":material/cancel:",
    "no evidence": ":material/help:",
}
_COLOURS: Mapping[str, Literal["blue", "gray", "orange"]] = {"supported": "blue", "not separable": "gray", "contradicted": "orange", "no evidence": "gray"}
_MEANINGS = {
    "supported": "every comparison holds: the whole 95 % interval lies on the claim's side",
    "not separable": "no comparison fails, but an interval leaves both answers open",
    "contradicted": "the whole 95 % interval of a comparison lies on the other side",
    "no evidence": "too few seeds that both models share, or none at all",
}


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Claims")
    st.markdown(
        "What papers claim, as comparisons that the runs here can decide. The settings here are smaller than the papers' and often on synthetic data: "
        "a verdict is about the runs of this hub, not about a paper."
    )
    claims = shown.claims()
    if not claims:
        st.info("No claims are declared, or nothing has been run. Claims are YAML files in `benchmarks/claims`.", icon=":material/hourglass_empty:")
        return
    profile = _profile(claims)
    chosen = [claim for claim in claims if claim.profile == profile]
    _summary(chosen)
    decided = [claim for claim in chosen if claim.verdict != "no evidence"]
    if decided:
        st.subheader("All comparisons")
        _whole_forest(shown, decided)
    _by_paper(shown, chosen)


def _profile(claims: Sequence[JudgedClaim]) -> str:
    """The profile in the address; else the one that decides most."""
    decided = Counter(claim.profile for claim in claims if claim.verdict != "no evidence")
    names = sorted({claim.profile for claim in claims}, key=lambda name: (-decided[name], name))
    return choose_profile(names)


def _summary(claims: Sequence[JudgedClaim]) -> None:
    counts = Counter(claim.verdict for claim in claims)
    with st.container(horizontal=True, gap="small"):
        for verdict in VERDICTS:
            with st.container(border=True, width=168):
                st.metric(f"{_ICONS[verdict]} {verdict.capitalize()}", counts[verdict], help=_MEANINGS[verdict])
    if counts["no evidence"] == len(claims):
        st.info(
            "The runs of this profile have one seed, or are not made yet: no claim can be decided by them. Choose another profile, or run "
            "`make repro PROFILE=study`.",
            icon=":material/help:",
        )


def _whole_forest(shown: Shown, claims: Sequence[JudgedClaim]) -> None:
    gains = [gain for claim in claims for one in claim.evidence if (gain := _gain(shown, one, with_task=True)) is not None]
    if not gains:
        return
    st.caption(
        "Every gain with its 95 % interval, as a share of the baseline's score, so that metrics can stand beside one another; right of zero the model "
        "is better, whichever way its metric points. An upright bar is the loss that a comparison allows. The scale is linear up to 1 % "
        "and logarithmic beyond. "
        "● supported, ■ not separable, ▼ contradicted."
    )
    draw(forest(gains, style(), wide_range=True), alt="Forest plot. " + _spoken(gains))


def _by_paper(shown: Shown, claims: Sequence[JudgedClaim]) -> None:
    papers: dict[str, list[JudgedClaim]] = {}
    for claim in claims:
        papers.setdefault(claim.source, []).append(claim)
    for source, found in papers.items():
        st.subheader(plain(source, 200))
        if found[0].url and found[0].url.startswith("https://"):
            st.caption(f"[{plain(found[0].url, 200)}](<{_address(found[0].url)}>)")
        for claim in found:
            with st.container(border=True):
                _claim(shown, claim)


def _address(url: str) -> str:
    """An address that cannot leave the angle brackets of a Markdown link."""
    return "".join(character for character in printable(url, 300) if character not in "<> \\")


def _claim(shown: Shown, claim: JudgedClaim) -> None:
    st.badge(claim.verdict, icon=_ICONS[claim.verdict], color=_COLOURS[claim.verdict])
    st.markdown(f"**{plain(claim.title)}**")
    st.markdown(plain(claim.statement, 1000))
    gains = [gain for one in claim.evidence if (gain := _gain(shown, one)) is not None]
    if gains:
        draw(forest(gains, style()), alt=f"Forest plot of {printable(claim.title, 100)}. {_spoken(gains)}", key=f"forest-{claim.claim}")
        st.dataframe([_cells(shown, one) for one in claim.evidence], hide_index=True, width="stretch", key=f"evidence-{claim.claim}")
    for reason in dict.fromkeys(f"{shown.task(one.task)}: {one.reason}" for one in claim.evidence if one.reason):
        st.caption(f":material/help: {plain(reason)}")
    if claim.notes:
        st.caption(f"What differs from the paper: {plain(claim.notes, 1000)}")
    _links(shown, claim)


def _gain(shown: Shown, one: JudgedComparison, with_task: bool = False) -> Gain | None:
    found = one.relative
    if found is None:
        return None
    name = f"{printable(shown.model(one.model), 60)} against {printable(shown.model(one.baseline), 60)}"
    place = f"{printable(shown.task(one.task), 48)} · {metric_title(one.metric)}"
    short = f"{printable(one.model, 40)} against {printable(one.baseline, 40)}\n{place}"
    detail = f"{name}; {place}: {one.model_score:.4g} against {one.baseline_score:.4g}"
    return Gain(short if with_task else place, one.verdict, *found, margin=100 * one.margin, detail=detail)


def _cells(shown: Shown, one: JudgedComparison) -> Mapping[str, object]:
    relation = "better than" if one.expected == "better" else f"at most {one.margin:.0%} worse than"
    known = one.gain is not None
    return {
        "Verdict": one.verdict,
        "Task": printable(shown.task(one.task), 80),
        "Claim": f"{printable(one.model, 64)} is {relation} {printable(one.baseline, 64)}",
        "Metric": metric_title(one.metric),
        "Model / baseline": f"{one.model_score:.4g} / {one.baseline_score:.4g}" if known else "–",
        "Gain [95 %]": f"{one.gain:+.4g} [{one.low:+.4g}, {one.high:+.4g}]" if known else "–",
        "Effect size": "–" if one.effect_size is None else f"{one.effect_size:+.2f}",
        "p": "–" if one.p_value is None else f"{one.p_value:.2g}",
        "Seeds": len(one.seeds),
        "The interval covers": printable(one.variance, 80) or "–",
    }


def _links(shown: Shown, claim: JudgedClaim) -> None:
    with st.container(horizontal=True, gap="small"):
        for task in dict.fromkeys(one.task for one in claim.evidence):
            title = plain(shown.task(task), 60)
            link(f"{title}: table", "leaderboard", icon=":material/leaderboard:", profile=claim.profile, task=task)
        for one in claim.evidence[:1]:
            if one.seeds:
                run = f"{claim.profile}/{one.task}/{one.model}/{one.seeds[0]}"
                link(f"Run behind it: {plain(one.model)}, seed {one.seeds[0]}", "runs", icon=":material/receipt_long:", run=run)


def _spoken(gains: Sequence[Gain]) -> str:
    return " ".join(f"{gain.name.replace(chr(10), ', ')}: {gain.value:+.1f} %, from {gain.low:+.1f} to {gain.high:+.1f} %, {gain.verdict}." for gain in gains)
