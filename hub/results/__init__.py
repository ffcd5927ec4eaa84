"""The run record, where records lie, intervals, tables and exports."""

from hub.results.record import Cost, CurvePoint, Data, Decision, Environment, Launch, RunRecord, Score, read_record
from hub.results.store import BrokenRecord, Results, read_results, write_record

__all__ = [
    "BrokenRecord",
    "Cost",
    "CurvePoint",
    "Data",
    "Decision",
    "Environment",
    "Launch",
    "Results",
    "RunRecord",
    "Score",
    "read_record",
    "read_results",
    "write_record",
]
