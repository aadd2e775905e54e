"""Links in messages: signed so that nobody can make one, and judged so that no machine counts as a customer."""
