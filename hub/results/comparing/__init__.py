"""What models said of single rows, and what follows from it."""
