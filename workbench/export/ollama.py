"""An Ollama model: its weights, the run's system text and the model's own turns, in a Modelfile."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.export.gguf import gguf
from workbench.export.merged import merged
from workbench.export.turns import Turns, stop_texts, turns_of

QUOTES = '"""'


def ollama(chosen: Chosen, folder: Path) -> list[str]:
    """Write a Modelfile, and the weights as a GGUF file where ``-q`` asks for one."""
    config, tokenizer = chosen.surface
    template = go_template(turns_of(tokenizer))
    for what, text in (("system text", chosen.system_text), ("template", template)):
        if QUOTES in text:
            raise WorkbenchError(
                f"The {what} holds three quotes in a row, which end a text in a Modelfile.",
                "Reword it in the prompts folder, or take --format vllm.",
            )
    if chosen.quantize is None:
        notes, source = merged(chosen, folder / "model"), "./model"
    else:
        notes, source = gguf(chosen, folder), "./model.gguf"
    decoding = chosen.served.decoding
    window = getattr(config.get_text_config(), "max_position_embeddings", None)
    parameters: dict[str, object] = {
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "seed": decoding.seed,
        "num_predict": decoding.most_new_tokens,
        "num_ctx": chosen.reference.context_window or window or 4096,
        # Ollama's own 1.1 would be another way of drawing than the exam's.
        "repeat_penalty": 1.0,
    }
    put(
        folder, "Modelfile", source=source, template=template, system=chosen.system_text,
        parameters=parameters, stops=stop_texts(tokenizer, config),
    )  # fmt: skip
    return notes


def go_template(turns: Turns) -> str:
    """The turns in the language of Go's text/template, as Ollama fills it turn by turn."""
    system = f"{_plain(turns.opening)}{{{{ .System }}}}{_plain(turns.between)}"
    return (
        f"{{{{ if .System }}}}{system}{{{{ else }}}}{_plain(turns.bare)}{{{{ end }}}}"
        f"{{{{ .Prompt }}}}{_plain(turns.asks)}{{{{ .Response }}}}{_plain(turns.ends)}"
    )


def _plain(text: str) -> str:
    """Text that Go's templates write as it is."""
    return text.replace("{{", '{{ "{{" }}')
