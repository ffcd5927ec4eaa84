"""The machinery of emohub: declarations, engines, generation, curation, publishing and results.

It knows no dataset, no task and no model; those are found through their declarations (see `hub.spec`).
"""

__version__ = "0.1.0"
