"""The command that writes the test rows to look at beside predictions."""

from hub.cli.common import ProfileOption, app, find_command, open_workspace


@app.command()
def examples(profile: ProfileOption = None) -> None:
    """Write the test rows of every task with runs, for the leaderboard to show beside predictions."""
    workspace = open_workspace(profile)
    task_examples = find_command(workspace.project, "task_examples")
    print("\n".join(task_examples(workspace).lines()))
