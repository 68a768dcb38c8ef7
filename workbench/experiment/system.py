"""A system of another make as a variant: how it is asked, and where its reply stands.

Any system that takes a question and gives an answer sits the same exam: behind an HTTP API, as a
Python function, or as a command. The workbench knows nothing of what it is made of.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Positive, Spec
from workbench.experiment.system_presets import SYSTEM_PRESETS

#: Where a template holds a value: ``{{ question }}``.
PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: Names of headers whose values are secrets.
_SECRET = ("authorization", "key", "token", "secret", "cookie", "password")


def _path(text: str) -> str:
    import jsonpath

    try:
        jsonpath.compile(text)
    except jsonpath.JSONPathError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{text!r} is no JSONPath ({reason}); write it as $.answer or $.sources[*].text"
        ) from error
    return text


JsonPath = Annotated[str, AfterValidator(_path)]


class Places(Spec):
    """Where the parts of a reply in JSON stand (JSONPath, RFC 9535)."""

    answer: JsonPath | None = None
    passages: JsonPath | None = None
    input_tokens: JsonPath | None = None
    output_tokens: JsonPath | None = None
    cost: JsonPath | None = None


class HttpSpec(Places):
    """A system behind an HTTP API that takes JSON and replies in JSON.

    ``{{ question }}`` in ``body``, ``params``, ``headers`` or ``url`` stands for the question, any
    other name for that of ``values``, and ``{{ key }}`` in a header for what the environment
    variable ``key_env`` holds: sent as ``Authorization: Bearer`` where no header says otherwise.
    ``preset`` fills in path, body and places for a known system, given the address of its server.
    """

    written_short: ClassVar[str | None] = "url"

    url: Address
    preset: Literal["dify", "ragflow", "openwebui", "workbench"] | None = None
    method: Literal["POST", "GET"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    params: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    values: dict[str, str] = Field(default_factory=dict)
    key_env: VariableName | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_the_preset_has_it(cls, values: Any) -> Any:
        """Written out, so that a stored specification means the same whatever a preset becomes."""
        name = values.get("preset") if isinstance(values, dict) else None
        if name not in SYSTEM_PRESETS:
            return values
        known = dict(SYSTEM_PRESETS[name])
        path, root = known.pop("path"), known.pop("root")
        url = str(values.get("url", "")).rstrip("/").removesuffix(root)
        return {**known, **values, "preset": None, "url": f"{url}{root}{path}"}

    @model_validator(mode="after")
    def _asks(self) -> HttpSpec:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is no URL; write it as http://host:port/path")
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET request has no body; put the question into params")
        if self.method == "POST" and self.body is None:
            self.__dict__["body"] = {"question": "{{ question }}"}
        if self.answer is None:
            self.__dict__["answer"] = "$.answer"
        names = set(PLACE.findall(_texts([self.url, self.params, self.body])))
        if "question" not in names | set(PLACE.findall(_texts(self.headers))):
            raise ValueError("nothing asks the question: put {{ question }} where it is to stand")
        lacking = sorted(names - {"question", *self.values})
        if "key" in lacking:
            raise ValueError("{{ key }} goes into a header alone: elsewhere it would be recorded")
        if lacking:
            raise ValueError(
                f"{{{{ {lacking[0]} }}}} has no value: give it as values: {{{lacking[0]}: …}}"
            )
        return self

    @model_validator(mode="after")
    def _holds_no_secret(self) -> HttpSpec:
        for name, text in self.headers.items():
            secret = any(mark in name.lower() for mark in _SECRET)
            if secret and "key" not in PLACE.findall(text):
                raise ValueError(
                    f"the header {name} would be written into the run; write {{{{ key }}}} in it "
                    "and name the environment variable that holds the key in key_env"
                )
        used = set(PLACE.findall(_texts(self.headers)))
        if "key" in used and self.key_env is None:
            raise ValueError("a header holds {{ key }}: name its environment variable in key_env")
        lacking = sorted(used - {"question", "key", *self.values})
        if lacking:
            raise ValueError(f"{{{{ {lacking[0]} }}}} in a header has no value: give it in values")
        return self


class CommandSpec(Places):
    """A command that is given a question and prints the answer.

    ``{question}`` is one argument, whatever the question holds: no shell reads it. Without one the
    question comes on standard input. Where ``answer`` says where it stands, the output is JSON.
    """

    written_short: ClassVar[str | None] = "run"

    run: str

    @model_validator(mode="after")
    def _can_be_run(self) -> CommandSpec:
        try:
            words = shlex.split(self.run)
        except ValueError as error:
            raise ValueError(f"the command {self.run!r} cannot be read: {error}") from error
        if not words or "{question}" in words[0]:
            raise ValueError("a command begins with a program: write ./answer {question}")
        others = (self.passages, self.input_tokens, self.output_tokens, self.cost)
        if self.answer is None and any(others):
            raise ValueError("where the output is JSON, say where the answer stands: answer")
        return self

    @property
    def words(self) -> list[str]:
        """The program and its arguments, ``{question}`` among them."""
        return shlex.split(self.run)


class SystemSpec(Spec):
    """A system of another make: one of ``http``, ``python`` and ``command``.

    ``python`` names a function as ``module:function`` or ``file.py:function``; it takes a question
    and returns the answer, or a mapping with ``answer`` and any of ``passages``, ``input_tokens``,
    ``output_tokens`` and ``cost``. ``at_once`` questions are asked at a time (None: as many as an
    HTTP server keeps up with, up to 8, and one of the others), ``requests_per_minute`` spaces
    them. What a question costs is what the system tells, else ``usd_per_question``, else not known.
    """

    http: HttpSpec | None = None
    python: str | None = None
    command: CommandSpec | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 120.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    at_once: Positive | None = None
    usd_per_question: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> SystemSpec:
        given = [name for name in ("http", "python", "command") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a system is one of http, python and command; got {', '.join(given) or 'none'}"
            )
        if self.python is not None and not re.fullmatch(r"[^:]+:[A-Za-z_]\w*", self.python):
            raise ValueError(
                f"{self.python!r} names no function: write module:function or file.py:function"
            )
        return self

    @property
    def kind(self) -> str:
        """``http``, ``python`` or ``command``."""
        return next(n for n in ("http", "python", "command") if getattr(self, n) is not None)

    @property
    def place(self) -> str:
        """Where it answers: a URL, a function's name, or a command."""
        if self.http is not None:
            return self.http.url
        return self.python or (self.command.run if self.command else "")

    @property
    def gives_passages(self) -> bool:
        """Whether its replies may come with passages."""
        own = self.http or self.command
        return own is None or own.passages is not None

    def files(self) -> tuple[str, ...]:
        """What may be a file of this machine: a program, or a module's source."""
        if self.command is not None:
            return tuple(word for word in self.command.words if word != "{question}")
        if self.python is None:
            return ()
        module = self.python.rpartition(":")[0]
        return (module if module.endswith(".py") else module.replace(".", "/") + ".py",)


def _texts(value: Any) -> str:
    """All the texts of a JSON value, for what they hold."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(map(_texts, value.values()))
    return "\n".join(map(_texts, value)) if isinstance(value, list | tuple) else ""
