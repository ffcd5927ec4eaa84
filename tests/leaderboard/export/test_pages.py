"""`emohub board export`: pages that open from a disk without a network, and let nobody's text do anything."""

import base64
import csv
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("altair", reason="altair is not installed (pip install emohub[board])")
pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (pip install emohub[board])")

from hub.errors import EmohubError
from hub.paths import Project
from hub.results import write_record
from hub.results.board import write_board
from hub.spec import Registry
from leaderboard.export_board import export_board
from tests.support.records import fill_project, make_record, make_unavailable, write_report
from tests.support.size_records import fill_sizes

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> '\" javascript:alert(1) {{ 7 * 7 }}"
ELSEWHERE = "a number <b>elsewhere</b>"


class Page(HTMLParser):
    """Every element with its attributes, and the text of those that matter."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self.contents:
            self.contents[self._inside].append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = fill_project(tmp_path_factory.mktemp("project"))
    write_record(project.runs, make_record(model="hostile", interval_method=HOSTILE, code_revision=HOSTILE[:12], per_label={HOSTILE: {"f1": 0.5}}))
    write_record(project.runs, make_unavailable(model="absent", reason=HOSTILE))
    (project.runs / "local" / "goemotions" / "emo_pillars" / "0.json").write_text("{")
    write_report(project, rejects={HOSTILE: {HOSTILE: 3}}, statistics={"labels": {"context-less": {HOSTILE: 3, "joy": 2}}})
    reported = project.root / "benchmarks" / "reported.yaml"
    reported.parent.mkdir()
    number = {"task": "goemotions", "model": ELSEWHERE, "metric": "macro_f1", "value": 0.5, "source": HOSTILE, "confidence": "reported", "comparable": True}
    reported.write_text(json.dumps({"numbers": [number]}), encoding="utf-8")
    write_board(project, Registry(project))
    return project


@pytest.fixture(scope="module")
def site(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "site"
    assert export_board(project, out) == f"11 pages in {out}; open {out / 'index.html'}"
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_there_is_a_page_for_every_topic_and_every_table(pages: dict[str, Page]) -> None:
    tasks = ("emo_pillars_contextless", "emo_pillars_contextual", "goemotions", "isear", "emocontext", "iemocap")
    topics = {"index.html", "claims.html", "datasets.html", "runs.html", "synthetic.html"}
    assert set(pages) == topics | {f"tables/local/{task}.html" for task in tasks}


def test_exporting_twice_gives_the_same_bytes(project: Project, site: Path) -> None:
    before = contents(site)
    export_board(project, site)
    assert contents(site) == before


def test_the_policy_allows_this_style_sheet_and_this_script_and_nothing_else(pages: dict[str, Page]) -> None:
    for page in pages.values():
        policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None and policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for element in ("style", "script"):
            digest = base64.b64encode(hashlib.sha256("".join(page.contents[element]).encode()).digest()).decode()
            assert f"{element}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_and_every_link_inside_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    for place, page in pages.items():
        for tag, attributes in page.elements:
            assert "src" not in attributes
            target = attributes.get("href")
            if target is None or target.startswith("#"):
                continue
            if tag == "link":
                assert target.startswith("data:")
            elif not target.startswith("https://"):
                assert (site / place).parent.joinpath(target).is_file(), (place, target)


def test_strangers_texts_become_no_element_and_no_attribute(site: Path, pages: dict[str, Page]) -> None:
    drawing = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title", "defs", "clippath"}
    writing = {
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "body",
        "a",
        "header",
        "p",
        "nav",
        "ul",
        "li",
        "main",
        "h1",
        "h2",
        "h3",
        "small",
        "strong",
        "br",
    }
    tables = {"section", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "dl", "dt", "dd", "figure", "figcaption", "article", "code"}
    for page in pages.values():
        assert {tag for tag, _ in page.elements} <= drawing | writing | tables | {"footer", "script", "details", "summary"}
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert len(page.all("script")) == 1
    shown = (site / "tables" / "local" / "goemotions.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "{{ 7 * 7 }}" in shown


def test_tables_have_captions_and_scopes_and_charts_have_words(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(head.get("scope") in ("row", "col") for head in page.all("th"))
        assert all(svg["role"] == "img" and len(svg["aria-label"] or "") > 40 for svg in page.all("svg"))
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(set(ids)) == len(ids)
        assert page.elements[[tag for tag, _ in page.elements].index("body") + 1] == ("a", {"class": "skip", "href": "#content"})
    assert len(pages["tables/local/goemotions.html"].all("svg")) == 2


def test_lines_that_nobody_measured_here_look_different(site: Path, pages: dict[str, Page]) -> None:
    lines = [attributes.get("class") for attributes in pages["tables/local/goemotions.html"].all("tr")]
    assert {"reported", "unavailable", None} <= set(lines)
    text = (site / "tables" / "local" / "goemotions.html").read_text(encoding="utf-8")
    assert "reported, not measured here" in text
    assert "a number &lt;b&gt;elsewhere&lt;/b&gt;" in text
    assert "not measured</td>" in text


def test_the_files_beside_a_table_hold_its_lines(site: Path) -> None:
    folder = site / "files" / "local" / "goemotions"
    lines = list(csv.DictReader((folder / "standings.csv").open(encoding="utf-8")))
    assert [line["model"] for line in lines if line["status"] == "measured"] == ["hostile", "minilm", "tfidf_logreg", "emo_pillars_zero_shot"]
    assert json.loads((folder / "standings.json").read_text(encoding="utf-8"))[0]["metrics"]["micro_f1"]["value"] > 0
    assert r"\begin{tabular}" in (folder / "standings.tex").read_text(encoding="utf-8")
    assert len(list(csv.reader((site / "files" / "runs.csv").open(encoding="utf-8")))) == 1 + 23
    assert json.loads((site / "board" / "overview.json").read_text(encoding="utf-8"))["runs"] == 10


def test_broken_files_are_named_with_the_reason(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "local/goemotions/emo_pillars/0.json" in text
    assert "Broken files" in text


def test_no_path_of_this_machine_leaks(project: Project, site: Path) -> None:
    assert not [name for name, content in contents(site).items() if str(project.root).encode() in content or str(Path.home() / "x")[:-1].encode() in content]


def test_pages_say_when_the_board_is_older_than_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path)
    write_record(project.runs, make_unavailable())
    write_board(project, Registry(project))
    write_record(project.runs, make_unavailable(model="late"))
    export_board(project, tmp_path / "site")
    assert "run <code>emohub board</code> and export again" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "emohub board" in capsys.readouterr().err


def test_without_a_board_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"overview\.json: cannot be read .*write it with `emohub board`"):
        export_board(Project(tmp_path), tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("name", ["../../evil", "A", "", "a/b"])
def test_a_board_that_names_a_page_outside_the_folder_is_refused(project: Project, tmp_path: Path, name: str) -> None:
    overview = json.loads((project.board / "overview.json").read_text(encoding="utf-8"))
    overview["tasks"][0]["task"] = name
    (tmp_path / "results" / "board").mkdir(parents=True)
    (tmp_path / "results" / "board" / "overview.json").write_text(json.dumps(overview), encoding="utf-8")
    with pytest.raises(EmohubError, match="is no name of a profile or task"):
        export_board(Project(tmp_path), tmp_path / "site")


def test_the_style_sheet_knows_light_dark_paper_and_phones() -> None:
    style = (Path(__file__).parents[3] / "leaderboard" / "export" / "templates" / "style.css").read_text(encoding="utf-8")
    for needed in ("prefers-color-scheme: dark", "@media print", "@media (max-width", ":focus-visible"):
        assert needed in style
    assert not re.search(r"url\(|@import|</", style)


def test_the_curves_of_synthetic_rows_come_with_how_the_rows_were_made(tmp_path: Path) -> None:
    project = fill_sizes(tmp_path)
    export_board(project, tmp_path / "out")
    page = (tmp_path / "out" / "synthetic.html").read_text(encoding="utf-8")
    assert "the pipeline asked no language model" in page and "nothing on this page is the paper" in page
    assert "which stand where contexts stood in its training" in page
    assert "synthetic alone: " in page and "at 580 rows" in page
    (points,) = (tmp_path / "out" / "files" / "synthetic").glob("*-points.csv")
    with points.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {(line["Real rows"], line["Synthetic rows"]) for line in lines} >= {("4341", "0"), ("4341", "5800"), ("0", "580"), ("0", "2936")}
