"""Where a result or a row came from, back to the prompts."""
