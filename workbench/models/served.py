"""A local model and the adapters trained on it, answering from a vLLM server with the same weights.

vLLM takes an adapter's folder while it runs (https://docs.vllm.ai, "LoRA Adapters": "Dynamically
serving LoRA Adapters") and then knows it as a model of its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai

from workbench.errors import WorkbenchError
from workbench.io.files import file_hash, read_json
from workbench.models.complaints import said
from workbench.models.endpoint import DEFAULT_WINDOW, EndpointModel, patience
from workbench.models.tuned import check_adapter
from workbench.types import Decoding, ModelReference, Prompt

#: Reading an adapter may take as long as this on a slow disk.
LOADING_TIMEOUT_S = 120.0


class ServedModel(EndpointModel):
    """What ``reference`` names, or its adapter, behind ``reference.served_by``.

    It thinks where a local model would: the server is told so for its template.
    """

    def __init__(self, reference: ModelReference) -> None:
        name = reference.name if reference.adapter is None else adapter_name(reference.adapter)
        super().__init__(replace(reference, name=name, endpoint=reference.served_by))
        self._base = reference
        self._window: int | None = None
        self._met = False

    @property
    def context_window(self) -> int:
        return self._base.context_window or self._window or DEFAULT_WINDOW

    def check(self) -> None:
        """Raise WorkbenchError unless the server holds the model and takes its adapter."""
        try:
            wait = patience(self._reference.timeout_s)
            cards = {card.id: card for card in self._client.models.list(timeout=wait)}
        except (openai.OpenAIError, ValueError) as error:
            raise self._unusable(error) from error
        if self._base.name not in cards:
            raise WorkbenchError(
                f"The server {self._base.served_by} holds no model {self._base.name!r}, but "
                f"{', '.join(cards) or 'none'}.",
                f"Start it as: vllm serve {self._base.name} --enable-lora, or with "
                "--served-model-name where it reads the same model from elsewhere.",
            )
        self._window = getattr(cards[self._base.name], "max_model_len", None)
        if self._base.adapter is not None:
            self._put(Path(self._base.adapter).resolve())
        self._met = True

    def with_adapter(self, adapter: str | None) -> ServedModel:
        """The same server's model with another adapter, put on it if it has been met."""
        if adapter == self._base.adapter:
            return self
        model = ServedModel(replace(self._base, adapter=adapter))
        if self._met:
            model.check()
        return model

    def _put(self, folder: Path) -> None:
        """Have the server read an adapter under a name of its contents."""
        try:
            self._client.post(
                "/load_lora_adapter",
                cast_to=httpx.Response,
                body={"lora_name": self._reference.name, "lora_path": str(folder)},
                options={"timeout": LOADING_TIMEOUT_S},
            )
        except openai.APIStatusError as error:
            words = self._without_key(said(error))
            if error.status_code in (400, 409) and re.search(r"already (been )?loaded", words):
                return
            rank = read_json(folder / "adapter_config.json").get("r")
            raise WorkbenchError(
                f"The server {self._base.served_by} does not take the adapter {folder}: "
                f"{error.status_code} {words}.",
                "Start vLLM with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, --enable-lora and "
                f"--max-lora-rank {rank}, where it finds that folder under the same path.",
            ) from error
        except openai.OpenAIError as error:
            raise self._unusable(error) from error

    def _body(
        self, prompt: Prompt, decoding: Decoding, stream: bool, changes: Mapping[str, str | None]
    ) -> dict[str, Any]:
        body = super()._body(prompt, decoding, stream, changes)
        if "chat_template_kwargs" not in changes:
            body["chat_template_kwargs"] = {"enable_thinking": decoding.thinking_tokens > 0}
        return body


def adapter_name(folder: str) -> str:
    """What a server is to call an adapter: by its contents, so that one trained anew is another."""
    check_adapter(folder)
    return f"workbench-{file_hash(Path(folder))[:12]}"
