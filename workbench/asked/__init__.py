"""What people ask a served run, kept as far as it is wanted, and held against the exam."""
