"""Known systems by name: how each is asked, and where its reply holds what.

One literal table; all that is not said here is as it would be for a system of one's own. ``root``
is the part of the path that people have in their base address, or not.
"""

from __future__ import annotations

from typing import Any

_ASKED = [{"role": "user", "content": "{{ question }}"}]
_OPENAI_USAGE = {
    "answer": "$.choices[0].message.content",
    "input_tokens": "$.usage.prompt_tokens",
    "output_tokens": "$.usage.completion_tokens",
}

SYSTEM_PRESETS: dict[str, dict[str, Any]] = {
    # docs.dify.ai, Send Chat Message, in blocking mode.
    "dify": {
        "root": "/v1",
        "path": "/chat-messages",
        "body": {
            "inputs": {}, "query": "{{ question }}", "response_mode": "blocking",
            "user": "workbench",
        },
        "answer": "$.answer",
        "passages": "$.metadata.retriever_resources[*].content",
        "input_tokens": "$.metadata.usage.prompt_tokens",
        "output_tokens": "$.metadata.usage.completion_tokens",
        "cost": "$.metadata.usage.total_price",
    },
    # ragflow.io/docs, OpenAI-compatible API: its own completions begin with a greeting. ``chat`` is
    # the assistant's id.
    "ragflow": {
        "root": "/api/v1",
        "path": "/chats_openai/{{ chat }}/chat/completions",
        "body": {
            "model": "model", "messages": _ASKED, "stream": False,
            "extra_body": {"reference": True},
        },
        **_OPENAI_USAGE,
        "passages": "$.choices[0].message.reference..content",
    },
    # docs.openwebui.com, API endpoints: ``model`` is one of the server's, ``collection`` the id of
    # a knowledge base.
    "openwebui": {
        "root": "/api",
        "path": "/chat/completions",
        "body": {
            "model": "{{ model }}", "messages": _ASKED, "stream": False,
            "files": [{"type": "collection", "id": "{{ collection }}"}],
        },
        **_OPENAI_USAGE,
        "passages": "$.sources[*].document[*]",
    },
    # Another workbench's `serve`: ``variant`` is one of its run's.
    "workbench": {
        "root": "/v1",
        "path": "/chat/completions",
        "body": {"model": "{{ variant }}", "messages": _ASKED},
        "answer": "$.choices[0].message.content",
        "passages": "$.workbench.passages[*].text",
    },
}  # fmt: skip
