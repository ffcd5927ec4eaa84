"""Streamlit scripts in this process, opened as a link opens them."""

from typing import Any


def open_script(script: str, **query: str | list[str]) -> Any:
    """Runs a script with a query in its address; it must not raise."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(script, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app
