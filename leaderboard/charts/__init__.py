"""The charts, in one style, from plain data. They know nothing of Streamlit: the pages, the exported HTML and `dvc plots` draw the same ones."""
