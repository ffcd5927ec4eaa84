"""What makes files last: one owner at a time, proof that they are whole, and a place for those that are not."""
