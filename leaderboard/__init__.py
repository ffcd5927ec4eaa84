"""The leaderboard: a Streamlit app that reads results through hub.results and declarations through hub.spec, and nothing else."""
