"""Who may use the dashboard, and what it may read for them, when it is bound elsewhere than here.

On this machine alone everything is open, as the command line is. Bound elsewhere it asks for the
password in ``WORKBENCH_DASHBOARD_PASSWORD``, and what a page reads by its path has to lie below one
of the folders in ``WORKBENCH_DASHBOARD_FOLDERS``. Nothing here imports Streamlit before it is asked
for a page.
"""

from __future__ import annotations

import hmac
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workbench.errors import WorkbenchError

PASSWORD, FOLDERS = "WORKBENCH_DASHBOARD_PASSWORD", "WORKBENCH_DASHBOARD_FOLDERS"
LOCAL = ("127.0.0.1", "localhost", "::1")
#: Seconds that a wrong password costs, so that guessing takes long.
PAUSE_S = 1.0


def check_binding(host: str | None) -> None:
    """Raise WorkbenchError for an address that others reach while no password is set."""
    if host not in LOCAL and not os.environ.get(PASSWORD):
        raise WorkbenchError(
            f"Bound to {host or 'every address'}, anybody who reaches this machine could read its "
            "texts and start runs.",
            f"Set {PASSWORD}, or bind to localhost.",
        )


def names_of(host: str) -> Iterator[str]:
    """The names under which a dashboard bound to ``host`` answers, besides this machine's own."""
    yield host
    if host in ("0.0.0.0", "::"):
        name = socket.gethostname()
        yield name
        yield socket.getfqdn()
        with suppress(OSError):
            yield from {str(found[4][0]) for found in socket.getaddrinfo(name, None)}


def admit() -> None:
    """Draw the page that asks for the password, and end there, unless it has been given."""
    import streamlit as st

    password = os.environ.get(PASSWORD)
    if not password:
        try:
            check_binding(st.get_option("server.address"))
        except WorkbenchError as error:
            st.error(str(error))
            st.stop()
        return
    if st.session_state.get("admitted"):
        return
    st.title("RAG versus fine-tuning")
    st.write("This dashboard is open to those who have its password.")
    with st.form("sign_in", width=420, border=False):
        given = st.text_input(
            "Password", type="password", key="password", autocomplete="current-password"
        )
        sent = st.form_submit_button("Sign in", type="primary")
    if sent:
        if hmac.compare_digest(given.encode(), password.encode()):
            st.session_state["admitted"] = True
            st.rerun()
        time.sleep(PAUSE_S)
        st.error("That is not the password.")
    st.stop()


def folders() -> tuple[Path, ...] | None:
    """The folders that pages may read by path; None for all."""
    import streamlit as st

    named = [part for part in os.environ.get(FOLDERS, "").split(os.pathsep) if part.strip()]
    if not named and st.get_option("server.address") in LOCAL and not os.environ.get(PASSWORD):
        return None
    return tuple(Path(part).expanduser().resolve() for part in named)


def readable(path: Path) -> Path:
    """``path`` with its links followed, if pages may read it; else WorkbenchError.

    The same sentence whether it exists or not, so that nobody learns what lies elsewhere.
    """
    allowed = folders()
    whole = path.expanduser().resolve()
    if allowed is not None and not any(whole.is_relative_to(folder) for folder in allowed):
        named = ", ".join(map(str, allowed)) or "none"
        raise WorkbenchError(
            f"This dashboard reads no path outside the folders set for it ({named}).",
            f"Upload the file, or have its folder named in {FOLDERS}.",
        )
    return whole
