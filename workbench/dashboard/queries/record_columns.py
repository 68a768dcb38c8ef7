"""The columns of a run's records, with their types in DuckDB."""

from __future__ import annotations

# Declared, not detected: DuckDB would guess the types from the lines it happens to sample.
QUESTION_COLUMNS = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "answers": "VARCHAR[]",
    "evidence": "JSON",
    "kind": "VARCHAR",
    "role": "VARCHAR",
    "stratum": "VARCHAR",
    "fact": "VARCHAR",
    "cluster": "VARCHAR",
    "origin": "VARCHAR",
    "tags": "JSON",
}
ANSWER_COLUMNS = {
    "question": "VARCHAR",
    "variant": "VARCHAR",
    "text": "VARCHAR",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "seconds": "DOUBLE",
    "retrieval_s": "DOUBLE",
    "passages": "VARCHAR[]",
    "finish": "VARCHAR",
    "status": "VARCHAR",
    "error": "VARCHAR",
}
LATENCY_COLUMNS = {
    "question": "VARCHAR",
    "variant": "VARCHAR",
    "retrieval_s": "DOUBLE",
    "first_token_s": "DOUBLE",
    "per_token_s": "DOUBLE",
    "total_s": "DOUBLE",
    "output_tokens": "BIGINT",
}
PASSAGE_COLUMNS = {
    "document": "VARCHAR",
    "start": "BIGINT",
    "end": "BIGINT",
    "text": "VARCHAR",
    "section": "VARCHAR",
}
SECTION_COLUMNS = {
    "id": "VARCHAR",
    "document": "VARCHAR",
    "start": "BIGINT",
    "end": "BIGINT",
    "title": "VARCHAR",
    "text": "VARCHAR",
    "number": "BIGINT",
}
