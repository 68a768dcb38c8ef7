"""Whether an address points at this machine: the policy on corpus text rests on it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_this_machine(url: str) -> bool:
    """True for localhost and loopback addresses only; a name that is merely local is not."""
    # urlsplit finds a host only after //; a trailing dot is the same name written absolutely.
    host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
