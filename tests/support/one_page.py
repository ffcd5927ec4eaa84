"""One page of the leaderboard alone, run headless against a project on disk."""

from typing import Any


def open_page(name: str, **query: str | list[str]) -> Any:
    """Runs `leaderboard/views/<name>.py` as a link opens it; it must not raise."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_string(
        f"from leaderboard.opening import opened\nfrom leaderboard.views import {name}\nopened({name}.show)()\n",
        default_timeout=60,
    )
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def words(app: Any) -> str:
    """All the text on a page, Markdown's escapes and charts aside."""
    shown = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.code]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")
