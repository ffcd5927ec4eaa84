"""Human evaluation: a sample of a published dataset as questions, the answers of raters, and how far they agree with each other and with the labels."""
