"""What is running now, and what a run said."""
