"""A judge behind a real HTTP server that speaks the OpenAI protocol and reads what it is asked.

It keeps to the form that ragas asks for, and takes a statement for supported where the words stand
in the text it is held against, so that its judgements can be worked out by hand.
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.servers.chat import ChatServer, Reply


class JudgeServer(ChatServer):
    """The switches make it fail as servers and models do."""

    def __init__(self) -> None:
        super().__init__(self._judge, (100, 10))
        self.down_after: int | None = None
        self.babbles: str | None = None

    def planned(self, number: int) -> Reply | None:
        if self.down_after is not None and number > self.down_after:
            return 400, {}, json.dumps({"error": {"message": "out of order"}})
        return super().planned(number)

    def _judge(self, body: dict[str, Any]) -> str:
        first = body["messages"][0]["content"]
        babbling = self.babbles is not None and self.babbles in first
        text = "I would rather not say." if babbling else json.dumps(judged(first))
        return f"```json\n{text}\n```"


def judged(prompt: str) -> Any:
    """A reply of the asked form to one of ragas' prompts, or to a rubric."""
    if "Answer to judge:" in prompt:
        reference = prompt.split("Reference answer:\n")[1].split("\n\nAnswer to judge")[0]
        answer = prompt.split("Answer to judge:\n")[1].split("\n\nSay pass")[0]
        return {"reason": "by the words", "value": "pass" if answer == reference else "fail"}
    given = json.loads(prompt.rsplit("\ninput: ", 1)[1].rsplit("\nOutput:", 1)[0])
    if "Scoring Rubrics" in prompt:
        right = given["response"] == given["reference"]
        return {"feedback": "by the words", "score": 5 if right else 2}
    if "ground_truth" in given:
        shared = [item for item in given["answer"] if item in given["ground_truth"]]
        rest = [item for item in given["answer"] if item not in shared]
        lacking = [item for item in given["ground_truth"] if item not in shared]
        return {name: [{"statement": item, "reason": ""} for item in listed]
                for name, listed in (("TP", shared), ("FP", rest), ("FN", lacking))}  # fmt: skip
    if "statements" in given:
        return {"statements": [
            {"statement": item, "reason": "as the text has it or not",
             "verdict": int(item in given["context"])}
            for item in given["statements"]
        ]}  # fmt: skip
    if "context" in given:
        there = int(given["answer"] in given["context"])
        if '"classifications"' in prompt:
            return {"classifications": [
                {"statement": given["answer"], "reason": "", "attributed": there}
            ]}  # fmt: skip
        return {"reason": "", "verdict": there}
    if "atomicity" in given:
        return {"claims": [given["response"]]}
    if '"noncommittal"' in prompt:
        return {"question": "What is it?", "noncommittal": 0}
    return {"statements": [given.get("answer") or given.get("text")]}
