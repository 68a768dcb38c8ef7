"""What a question must be to be kept: well worded, answered by its place alone, leaking nothing."""
