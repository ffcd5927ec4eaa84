"""The tables of an answer store as they were before answers had checksums."""

OLD_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers (
    key TEXT PRIMARY KEY, request_id TEXT NOT NULL, text TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, seed INTEGER NOT NULL, latency REAL NOT NULL
) WITHOUT ROWID;
"""
