"""A model's folder behind a real HTTP server, run by plain transformers: nothing of ours in it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.support.servers.chat import ChatServer


class WeightsServer(ChatServer):
    """Answers greedily. ``system`` replaces the system text that is sent, if it is set; without
    ``stops`` a reply goes on to the limit, marks and all."""

    def __init__(self, folder: Path, system: str | None = None, stops: bool = True) -> None:
        super().__init__(self._answer)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.system, self.stops = system, stops
        self._turn, self._of_thread = threading.Lock(), threading.local()

    @property
    def usage(self) -> tuple[int, int]:  # type: ignore[override]
        """The tokens of the request that this thread has just answered."""
        return self._of_thread.usage

    @usage.setter
    def usage(self, value: tuple[int, int]) -> None:
        """Fixed figures are no use here."""

    def _answer(self, body: dict[str, Any]) -> str:
        turns = [dict(turn) for turn in body["messages"]]
        if self.system is not None:
            turns = [turn for turn in turns if turn["role"] != "system"]
            turns.insert(0, {"role": "system", "content": self.system})
        text = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        ids = self.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        ends = self.tokenizer.eos_token_id if self.stops else -1
        with self._turn, torch.no_grad():
            whole = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False,
                max_new_tokens=body["max_tokens"], eos_token_id=ends,
                pad_token_id=self.tokenizer.pad_token_id,
            )  # fmt: skip
        new = whole[0, ids.shape[1] :]
        self._of_thread.usage = (ids.shape[1], len(new))
        return str(self.tokenizer.decode(new, skip_special_tokens=self.stops))
