"""Candidates in the text become questions: by rule, by the reader, or by a chat model."""
