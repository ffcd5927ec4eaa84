"""What Slurm says of a job."""

import subprocess


def in_queue(job: str) -> bool:
    """Whether Slurm still has anything to do for a job. It knows nothing of one that ended long ago."""
    command = ["squeue", "--noheader", "--array", f"--jobs={job}", "--format=%T"]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode and "Invalid job id" not in answer.stderr:
        return True  # A controller that does not answer has not ended the job.
    return bool(answer.stdout.strip())
