"""Published rows, a page at a time, and their versions."""
