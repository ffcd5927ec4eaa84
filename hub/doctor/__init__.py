"""`emohub doctor`: what of this machine and this project is sound, what is not, and what to do about it. Nothing is changed and no secret is shown."""

from hub.doctor.examination import Examined, examine, lines
from hub.doctor.finding import Check, Finding, Level, Subject

__all__ = ["Check", "Examined", "Finding", "Level", "Subject", "examine", "lines"]
