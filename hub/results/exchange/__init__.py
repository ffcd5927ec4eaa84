"""Results for others, and of others: Every Eval Ever records, the Hub's evaluation results, and what is sent to us."""
