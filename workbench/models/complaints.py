"""What servers say when they refuse: error bodies of every make, and what each asks to change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import openai

LONGEST = 200
#: Parameters that a server may not know, in the order in which they are given up: of temperature
#: and top_p together, temperature says more.
_DROPPED = ("logprobs", "chat_template_kwargs", "seed", "top_p", "temperature")
_NO_SYSTEM = re.compile(
    r"system[ _]?(?:role|prompt|message|instruction)s?.{0,60}(?:not|un|n[o']t |isn)"
    r"|(?:not|un|only).{0,60}system[ _]?(?:role|prompt|message)s?"
    r"|role.{0,20}system|only user and assistant roles|roles must alternate",
    re.IGNORECASE,
)
#: A server that takes no JSON schema may take JSON of any form.
_NO_FORM = re.compile(
    r"response[_ ]?format|json[_ ]?(?:schema|object|mode)|structured[_ ]output|grammar|guided",
    re.IGNORECASE,
)
_SPENT = re.compile(
    r"insufficient[_ ](?:quota|balance|credit|funds)|exceeded your current quota|out of credits"
    r"|billing (?:hard )?limit|payment required|credit balance is too low",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]+>")


def said(error: openai.APIStatusError) -> str:
    """The server's own words, on one line: from OpenAI's form, FastAPI's, Google's, or a page."""
    body: Any = error.body
    if body is None:
        # openai gives no body where it is not JSON.
        body = error.response.text
    return spoken(body)


def spoken(body: Any) -> str:
    """The words in the body of a refusal, on one line."""
    text = _words(body)
    if "<" in text and ">" in text:
        text = _TAG.sub(" ", re.sub(r"<(script|style).*?</\1>", " ", text, flags=re.S | re.I))
    return " ".join(text.split())[:LONGEST].rstrip(".")


def _words(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping):
        for key in ("message", "error", "detail", "msg", "errors"):
            if body.get(key):
                words = _words(body[key])
                place = body.get("loc")
                if key == "msg" and isinstance(place, Sequence) and not isinstance(place, str):
                    words = f"{'.'.join(map(str, place))}: {words}"
                return words
        return ""
    if isinstance(body, Sequence):
        return "; ".join(filter(None, (_words(item) for item in list(body)[:3])))
    return ""


def is_spent(error: Exception) -> bool:
    """Whether the account, not the rate, is what the server complains of: waiting mends nothing."""
    if not isinstance(error, openai.APIStatusError):
        return False
    code = getattr(error, "code", None) or ""
    return error.status_code == 402 or tells_of_money(f"{code} {said(error)}")


def tells_of_money(words: str) -> bool:
    """Whether a refusal speaks of an account that is spent."""
    return _SPENT.search(words) is not None


def adapt(error: openai.APIStatusError, body: Mapping[str, Any]) -> dict[str, str | None] | None:
    """What to rename or drop (None) so that this server takes the request; None: nothing known.

    The key ``system`` with the value ``user`` says to fold the system's turn into the user's;
    ``response_format`` with ``json_object`` to ask for JSON of any form.
    """
    param = str(getattr(error, "param", None) or "")
    words = f"{param} {said(error)}"
    # OpenAI's reasoning models take only the newer name, and only the default temperature.
    if "max_tokens" in body and "max_tokens" in words and "max_completion_tokens" in words:
        return {"max_tokens": "max_completion_tokens"}
    if "max_completion_tokens" in body and "max_completion_tokens" in words:
        return {"max_completion_tokens": "max_tokens"}
    if "response_format" in body and _NO_FORM.search(words):
        plainer = body["response_format"]["type"] == "json_schema"
        return {"response_format": "json_object" if plainer else None}
    for name in _DROPPED:
        if name in body and re.search(rf"\b{name}\b", words):
            return {name: None}
    if _NO_SYSTEM.search(words):
        return {"system": "user"}
    return None
