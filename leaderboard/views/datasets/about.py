"""What a dataset is: what made it, its licence, how to load it, whom to cite, and its card."""

import re

import streamlit as st

from hub.errors import EmohubError
from hub.files import file_digest
from hub.publish.inspection.published_folder import LARGEST_CARD, PublishedFolder
from hub.publish.manifest import CARD, read_manifest_facts
from hub.results.display import count_text
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen, tasks_of

MADE_BY = {
    "authored": (
        "Synthetic, authored",
        "Its texts stand in material that was authored for this project; the pipeline asked no language model. No real person said any of it.",
    ),
    "render": ("Synthetic, rendered", "Drawn by a program from declared parameters, so what is in a picture is known exactly. No generative model was used."),
}
_MODEL = ("Synthetic, generated", "Made by a generative model. No real person said or looked like any of it.")
_DRAWN_TITLE = re.compile(r"\A\s*# [^\n]*\n")
_PICTURE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)|!\[[^\]\n]{0,500}\]\[[^\]\n]{0,200}\]")
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_HEADING = re.compile(r"^#{1,4} ")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_LINK = re.compile(r"\]\((?!https://|#)[^)\n]*\)")


def show(chosen: Chosen) -> None:
    """Draws the view."""
    if chosen.spec is not None:
        st.markdown(plain(chosen.spec.summary, 1000))
    _facts(chosen)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _made_by(chosen)
        _licence(chosen)
        _loading(chosen)
        _tasks(chosen)
        _citation(chosen)
    with right:
        _card(chosen)


def card_markdown(text: str) -> str:
    """Returns a card of this project as Markdown that shows no picture, no markup and nothing that Streamlit would make more of; headings become small."""
    lines: list[str] = []
    fence = ""
    for line in _PICTURE.sub("", _DRAWN_TITLE.sub("", text)).splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip() == fence):
            fence = "" if fence else mark[1]
        elif not fence:
            line = _HEADING.sub("##### ", line)
            line = _LINK.sub("]", _MARKUP.sub("&lt;", line)).replace("$", r"\$")
            line = re.sub(r":(?=[a-z]+[\[/-])", r"\\:", line)
        lines.append(line)
    return "\n".join(lines)


def is_own_card(folder: PublishedFolder) -> bool:
    """Whether the card is the one that was built with the data: its hash stands in the folder's manifest."""
    try:
        manifest = read_manifest_facts(folder.root)
    except EmohubError:
        return False
    return (folder.root / CARD).stat().st_size <= LARGEST_CARD and manifest.sha256.get(CARD) == file_digest(folder.root / CARD)


def _facts(chosen: Chosen) -> None:
    report = chosen.report
    if report is None:
        return
    failed = sum(not gate.passed for gate in report.gates)
    facts = {"Version": report.version, "Rows": f"{report.row_count:,}", "Configurations": str(len(report.rows)), "Engine": report.engine.kind}
    facts |= {"Narratives": f"{report.narratives.count:,}"} if report.narratives else {}
    facts |= {"Gates that hold": f"{len(report.gates) - failed} of {len(report.gates)}"}
    with st.container(horizontal=True, gap="small"):
        for label, value in facts.items():
            with st.container(border=True, width=170):
                st.metric(label, value)


def _made_by(chosen: Chosen) -> None:
    if chosen.report is None:
        return
    title, text = MADE_BY.get(chosen.report.engine.kind, _MODEL)
    st.markdown(f"##### {title}")
    st.markdown(f"{text} What differs from that, the card says.")
    if chosen.spec is not None and chosen.spec.rebuild_of:
        st.markdown(f"**A rebuild, not the original.** It rebuilds {plain(chosen.spec.rebuild_of, 300)}.")


def _licence(chosen: Chosen) -> None:
    if chosen.spec is None:
        return
    st.markdown("##### Licence")
    languages = f" · language: {', '.join(chosen.spec.languages)}" if chosen.spec.languages else ""
    st.markdown(f"{plain(chosen.spec.licence, 60)}{plain(languages, 100)}")


def _loading(chosen: Chosen) -> None:
    st.markdown("##### Load it")
    configuration, split = _first_place(chosen)
    st.code(_snippet(f"data/published/{chosen.dataset}", configuration, split), language="python", wrap_lines=True)
    for version in chosen.versions():
        record = version.record
        if version.on_hub:
            st.caption(f"{plain(version.name, 60)}, on the Hub:")
            st.code(_snippet(record.repository, configuration, split, record.tag or record.revision), language="python", wrap_lines=True)
        elif version.folder is not None:
            st.caption(f"{plain(version.name, 60)}, in the folder of releases:")
            st.code(_snippet(f"{record.repository}/{version.name}", configuration, split), language="python", wrap_lines=True)
    if not chosen.shown.project.published(chosen.dataset).is_dir():
        st.caption("It is not built on this machine. Its folder comes to be with:")
        st.code(f"dvc repro build@{chosen.dataset}", language="bash")


def _first_place(chosen: Chosen) -> tuple[str, str]:
    if chosen.spec is not None:
        return chosen.spec.default_configuration.name, "test"
    if chosen.report is not None and chosen.report.rows:
        return next(iter(chosen.report.rows)), "test"
    return "", "train"


def _snippet(place: str, configuration: str, split: str, revision: str = "") -> str:
    named = f', "{configuration}"' if configuration else ""
    revised = f', revision="{revision}"' if revision else ""
    return f'from datasets import load_dataset\n\nrows = load_dataset("{place}"{named}, split="{split}"{revised})'


def _tasks(chosen: Chosen) -> None:
    tasks = tasks_of(chosen)
    entries = [entry for entry in chosen.shown.entries(chosen.profile) if entry.task in tasks and entry.measured]
    if not entries:
        return
    st.markdown("##### Measured on it")
    for entry in entries:
        title = chosen.shown.task(entry.task)
        link(f"{title}: {count_text(entry.measured)} models", "leaderboard", icon=":material/leaderboard:", profile=entry.profile, task=entry.task)


def _citation(chosen: Chosen) -> None:
    citation = chosen.spec.citation if chosen.spec else None
    if citation is None:
        return
    st.markdown("##### Cite")
    url = citation.url or ""
    address = f" [{plain(url, 200)}](<{url}>)" if re.fullmatch(r"https://[^\s<>\\]{1,300}", url) else ""
    st.markdown(f"{plain(citation.authors, 500)} ({citation.year}). *{plain(citation.title, 300)}*.{address}")


def _card(chosen: Chosen) -> None:
    st.markdown("##### Card")
    try:
        folder = chosen.folder()
    except EmohubError as error:
        st.caption(f"The card is written when the dataset is built: {plain(str(error))}.")
        return
    if chosen.spec is None or not is_own_card(folder):
        st.caption("This card is not the one that was built here, so it is shown as plain text.")
        with st.container(border=True, height=640):
            st.text(folder.text[:50_000])
        return
    with st.container(border=True, height=860):
        st.markdown(card_markdown(folder.text))
