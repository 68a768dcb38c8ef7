"""What may be written into an experiment about keys and addresses: never the key itself.

A specification is kept with the run and shown in reports.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _variable(name: str) -> str:
    if not re.fullmatch("[A-Z_][A-Z0-9_]*", name):
        raise ValueError(
            "this is the name of an environment variable in capitals, digits and _, such as "
            "OPENAI_API_KEY; the key itself is never written into an experiment"
        )
    return name


def _address(url: str) -> str:
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query:
        raise ValueError(
            "an address with a user, password or query would be written into the run; put the key "
            "into an environment variable and name that in key_env"
        )
    return url


VariableName = Annotated[str, AfterValidator(_variable)]
Address = Annotated[str, AfterValidator(_address)]
