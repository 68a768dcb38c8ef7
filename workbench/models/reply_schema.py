"""The form of a reply as a JSON schema that servers can hold a model to."""

from __future__ import annotations

import json
from functools import lru_cache

from pydantic import BaseModel


@lru_cache(maxsize=64)
def reply_schema(form: type[BaseModel]) -> str:
    """The schema of ``form`` as text, in OpenAI's strict subset: all keys required, no others."""
    from openai import pydantic_function_tool

    tool = pydantic_function_tool(form, name="reply")
    return json.dumps(tool["function"]["parameters"], ensure_ascii=False)
