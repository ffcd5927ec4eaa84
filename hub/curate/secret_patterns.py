"""What keys and tokens look like, by the shapes their issuers give them. Words such as `password` say nothing and are not looked for."""

import re

# Every shape begins with letters its issuer chose so that scanners find it, and has at least the length the issuer gives it.
_SHAPES = {
    "Hugging Face token": r"(?:hf|api_org)_[A-Za-z0-9]{30,}",
    "OpenAI or Anthropic key": r"sk-(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{20,}",
    "GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,}",
    "GitHub fine-grained token": r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    "GitLab token": r"glpat-[A-Za-z0-9_-]{20,}",
    "AWS access key": r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "Google API key": r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9])",
    "Google OAuth secret": r"GOCSPX-[A-Za-z0-9_-]{28}",
    "Slack token": r"xox[abeoprs]-(?:[A-Za-z0-9]+-)+[A-Za-z0-9]{8,}",
    "Stripe key": r"[rs]k_live_[A-Za-z0-9]{16,}",
    "JSON Web Token": r"(?<![_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}",
}
# Inside a longer word the letters are chance: `task-` ends in sk-.
_TOKENS = re.compile(f"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES.values())})")
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_SLACK_HOOK = re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}")
_KINDS = [(kind, re.compile(shape)) for kind, shape in _SHAPES.items()]


def withhold(text: str, instead: str) -> str:
    """Returns text with every key and token in it replaced; of a private key the line that begins it."""
    for shape in (_TOKENS, _PRIVATE_KEY, _SLACK_HOOK):
        text = shape.sub(instead, text)
    return text


def secret_in(text: str) -> str | None:
    """Returns what kind of secret a text seems to hold, never the secret itself; None if none."""
    if _PRIVATE_KEY.search(text):
        return "private key"
    if _SLACK_HOOK.search(text):
        return "Slack webhook"
    match = _TOKENS.search(text)
    return next(kind for kind, shape in _KINDS if shape.fullmatch(match[0])) if match else None
