"""What to ask: steps, prompts, the resumable store, the runner and the account of every answer."""

from hub.generate.job import GenerationJob, generate
from hub.generate.narratives import Narrative
from hub.generate.step import Problem, Reject, Step
from hub.generate.store import AnswerStore

__all__ = ["AnswerStore", "GenerationJob", "Narrative", "Problem", "Reject", "Step", "generate"]
