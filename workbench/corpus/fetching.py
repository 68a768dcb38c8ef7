"""A corpus from its public home, once, with its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from workbench.errors import WorkbenchError
from workbench.io.files import file_hash, whole_file

TIMEOUT_S = 20.0
BLOCK = 1 << 16


def fetch(url: str, sha256: str, folder: Path) -> Path:
    """The file at ``url`` as ``folder/<its name>``; not fetched again while its checksum fits.

    Written under a temporary name and renamed when the checksum fits, so that a broken transfer
    leaves nothing behind. Raises WorkbenchError where the address is out of reach, answers with
    an error, or holds something else than ``sha256`` says.
    """
    parts = urlsplit(url)
    name = Path(unquote(parts.path)).name or parts.netloc
    target = folder / name
    wanted = sha256.strip().lower()
    if target.is_file() and file_hash(target) == wanted:
        return target
    if parts.scheme not in ("http", "https"):
        raise WorkbenchError(f"{url!r} is no web address.", "It starts with http:// or https://.")
    with whole_file(target) as partial:
        got = _download(url, partial)
        if got != wanted:
            raise WorkbenchError(
                f"The file at {url} is not the expected one: its SHA-256 is {got}, not {wanted}.",
                "Check the address, or state the new checksum if the text changed on purpose.",
            )
    return target


def _download(url: str, partial: Path) -> str:
    """Stream ``url`` into ``partial``; the SHA-256 of what came."""
    import httpx

    way_out = "Fetch it by hand and give its path, or try again when the network is back."
    digest = hashlib.sha256()
    try:
        with (
            httpx.stream("GET", url, timeout=TIMEOUT_S, follow_redirects=True) as response,
            partial.open("wb") as sink,
        ):
            response.raise_for_status()
            for block in response.iter_bytes(BLOCK):
                digest.update(block)
                sink.write(block)
    except httpx.HTTPStatusError as error:
        raise WorkbenchError(f"{url} answered {error.response.status_code}.", way_out) from error
    except httpx.TimeoutException as error:
        raise WorkbenchError(f"{url} did not answer within {TIMEOUT_S:.0f} s.", way_out) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise WorkbenchError(f"{url} is out of reach ({reason}).", way_out) from error
    return digest.hexdigest()
