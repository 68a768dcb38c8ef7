"""Commands on questions."""

import typer

app = typer.Typer(help="Write, import, export, check and show questions.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    return None
