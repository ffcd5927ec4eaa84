"""The leaderboard without a server: pages that open from a disk, and the folder of a Hugging Face Space."""
