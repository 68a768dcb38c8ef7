"""A vLLM server as far as its adapters go: they are put on it while it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.servers.chat import ChatServer, Handler, echo


class VllmServer(ChatServer):
    """Holds ``base`` and whatever is put on it; ``adapters`` are folders by name.

    ``loads`` holds every request to load one. Without ``updating`` it has no such route, as without
    VLLM_ALLOW_RUNTIME_LORA_UPDATING; adapters of more than ``max_rank`` are refused.
    """

    def __init__(self, base: str, say: Callable[[dict[str, Any]], str] = echo) -> None:
        super().__init__(say)
        self.RequestHandlerClass = _Handler
        self.base = base
        self.adapters: dict[str, str] = {}
        self.loads: list[dict[str, str]] = []
        self.updating, self.max_rank, self.window = True, 64, 256

    def load(self, body: dict[str, str]) -> tuple[int, str]:
        """Status and body of a reply, as vLLM gives them."""
        if not self.updating:
            return 404, '{"detail":"Not Found"}'
        name, folder = body["lora_name"], Path(body["lora_path"])
        self.loads.append(body)
        if name in self.adapters:
            words = (
                f"The lora adapter '{name}' has already been loaded. If you want to load the "
                "adapter in place, set 'load_inplace' to True."
            )
            return 400, _fault(400, words)
        if not (folder / "adapter_config.json").is_file():
            return 404, _fault(404, f"Loading lora {name} failed: No adapter found for {folder}")
        rank = json.loads((folder / "adapter_config.json").read_text())["r"]
        if rank > self.max_rank:
            words = f"LoRA rank {rank} is greater than max_lora_rank {self.max_rank}."
            return 500, _fault(500, words)
        self.adapters[name] = str(folder)
        return 200, f"Success: LoRA adapter '{name}' added successfully."


class _Handler(Handler):
    server: VllmServer

    def do_GET(self) -> None:  # noqa: N802 - http.server names it
        server = self.server
        cards: list[dict[str, Any]] = [
            {"id": server.base, "object": "model", "max_model_len": server.window}
        ]
        cards += [{"id": name, "object": "model", "parent": server.base}
                  for name in server.adapters]  # fmt: skip
        self.send(200, {}, json.dumps({"object": "list", "data": cards}))

    def do_POST(self) -> None:  # noqa: N802
        if self.path == "/v1/load_lora_adapter":
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = self.server.load(body)
            self.send(status, {}, text)
        else:
            super().do_POST()


def _fault(code: int, words: str) -> str:
    return json.dumps({"error": {"message": words, "type": "Error", "param": None, "code": code}})
