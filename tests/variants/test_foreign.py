"""A system of another make sits the exam: asked its own way, its passages found, faults told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import systems as shapes
from tests.support.servers.systems import SystemServer
from workbench.corpus.corpus import Corpus
from workbench.corpus.finding import Finder, is_elsewhere
from workbench.costing import PriceBook
from workbench.costing.costs import cost
from workbench.costing.use import Use
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.experiment.system import SystemSpec
from workbench.experiment.variant import asked_system, variants_of
from workbench.io import jsonl
from workbench.models import requests
from workbench.models.requests import PassingFault
from workbench.stages.inputs import ModelInput
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy
from workbench.types import (
    Answer,
    Decoding,
    Document,
    ModelReference,
    Prompt,
    Question,
    Section,
)
from workbench.variants.answering import answer_questions, read_answers
from workbench.variants.foreign import open_system
from workbench.variants.foreign.python import Function
from workbench.variants.latency import measure, read_latencies
from workbench.variants.providers import NoContext
from workbench.variants.system import System

FIRST = "Anna kept the toll bridge for thirty-one years, and nobody crossed it unpaid."
SECOND = "The ferry at Low Weir ran on Mondays only, since its keeper fished all the other days."
TEXT = f"# Bridges\n\n{FIRST}\n\n# Ferries\n\n{SECOND}\n"
ASKED = [Question(f"q{n}", f"Who kept bridge {n}?", ("Anna",)) for n in range(4)]
NOWHERE = "Nothing of all this was ever written in any book that the town had."


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait before another try."""
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.0)


def corpus() -> Corpus:
    halves = (TEXT.index("# Bridges"), TEXT.index("# Ferries"), len(TEXT))
    sections = tuple(
        Section(f"book#{n}", "book", start, end, "", TEXT[start:end], n)
        for n, (start, end) in enumerate(pairwise(halves))
    )
    return Corpus((Document("book", TEXT, "e"),), sections, "e", "en", "Book")


def experiment(system: Mapping[str, Any], **more: Any) -> Experiment:
    return Experiment(
        name="own", purpose="Answer questions on bridges.", corpus="book.md",
        variants=["prompt_only", "rag", {"name": "theirs", "system": system}], **more,
    )  # fmt: skip


def opened(described: Mapping[str, Any]) -> System:
    spec = experiment(described).variants[-1].system
    assert spec is not None
    model = open_system(asked_system(spec))
    model.check()
    return System("theirs", model, NoContext(), None, Decoding(), place=Finder(corpus()).place)


def answered(described: Mapping[str, Any], path: Path) -> list[Answer]:
    answer_questions(opened(described), ASKED, path)
    return sorted(read_answers(path), key=lambda answer: answer.question)


# --- over HTTP --------------------------------------------------------------------------------

Asked = Callable[[Mapping[str, Any]], str]
LAST: Asked = lambda body: body["messages"][-1]["content"]  # noqa: E731
PRESETS: dict[str, tuple[Callable[..., Any], Asked, str, dict[str, str]]] = {
    "dify": (shapes.dify, lambda body: body["query"], "/v1/chat-messages", {}),
    "ragflow": (
        shapes.ragflow, LAST, "/api/v1/chats_openai/a%20b/chat/completions", {"chat": "a b"}),
    "openwebui": (
        shapes.openwebui, LAST, "/api/chat/completions", {"model": "m", "collection": "c"}),
    "workbench": (shapes.workbench, LAST, "/v1/chat/completions", {"variant": "rag"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_asks_its_system_and_finds_what_it_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape, question, path, values = PRESETS[name]
    monkeypatch.setenv("THEIR_KEY", "sk-theirs")
    with SystemServer(lambda _, body: shape(f"to: {question(body)}", [FIRST, NOWHERE])) as server:
        system = {"http": {"preset": name, "url": server.url, "key_env": "THEIR_KEY",
                           "values": values}}  # fmt: skip
        answers = answered(system, tmp_path / "theirs.jsonl")
    assert [answer.text for answer in answers] == [f"to: {item.text}" for item in ASKED]
    assert {asked[1] for asked in server.asked} == {path}
    assert {asked[2]["authorization"] for asked in server.asked} == {"Bearer sk-theirs"}
    at = TEXT.index(FIRST)
    for answer in answers:
        assert answer.passages[0] == f"book:{at}-{at + len(FIRST)}"
        assert is_elsewhere(answer.passages[1]) and answer.texts == (FIRST, NOWHERE)
        assert answer.status == "answered" and answer.seconds > 0
    told = {(answer.input_tokens, answer.output_tokens, answer.cost) for answer in answers}
    assert told == {"dify": {(33, 4, 0.00125)}, "workbench": {(0, 0, None)}}.get(
        name, {(33, 4, None)}
    )


def test_a_system_of_ones_own_is_described_by_where_things_stand(tmp_path: Path) -> None:
    tricky = Question("q9", 'Who said "{{ key }}" & {{ question }}?', ())
    with SystemServer(
        lambda path, _: {"out": {"text": path, "read": [{"text": SECOND}]}}
    ) as server:
        system = opened({"http": {
            "url": f"{server.url}/ask", "method": "GET", "params": {"q": "{{ question }}"},
            "headers": {"X-Team": "{{ team }}"}, "values": {"team": "tolls"},
            "answer": "$.out.text", "passages": "$.out.read[*]",
        }, "usd_per_question": 0.02})  # fmt: skip
        answer_questions(system, [tricky], tmp_path / "a.jsonl")
    (answer,) = read_answers(tmp_path / "a.jsonl")
    ((_, path, headers, _),) = server.asked
    assert path == "/ask?q=Who+said+%22%7B%7B+key+%7D%7D%22+%26+%7B%7B+question+%7D%7D%3F"
    assert headers["x-team"] == "tolls" and answer.cost == 0.02
    assert answer.passages == (f"book:{TEXT.index(SECOND)}-{TEXT.index(SECOND) + len(SECOND)}",)


def test_what_fails_in_passing_is_asked_again_and_a_fault_is_no_answer(tmp_path: Path) -> None:
    def say(_: str, body: Mapping[str, Any]) -> Any:
        if "2" in body["question"]:
            return {"error": {"message": "bridge 2 is closed"}}
        return {"answer": "Anna"}

    with SystemServer(say) as server:
        server.script = [(503, "busy"), (429, "{}")]
        described = {"http": {"url": server.url}, "at_once": 1}
        answers = answered(described, tmp_path / "theirs.jsonl")
        asked = len(server.asked)
        answer_questions(opened(described), ASKED, tmp_path / "theirs.jsonl")
        assert len(server.asked) == asked, "what is answered, or refused for good, is kept"
    assert [answer.status for answer in answers] == ["answered", "answered", "failed", "answered"]
    assert answers[2].text == "" and "bridge 2 is closed" in str(answers[2].error)
    assert asked == len(ASKED) + 2


def test_a_refused_key_ends_the_run_at_the_first_question_in_the_server_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEIR_KEY", "sk-secret")
    with SystemServer(lambda *_: {}) as server:
        server.script = [(401, json.dumps({"message": "key sk-secret has expired"}))] * 9
        system = {"http": {"url": server.url, "key_env": "THEIR_KEY"}, "at_once": 1}
        with pytest.raises(WorkbenchError) as caught:
            answered(system, tmp_path / "a.jsonl")
        assert len(server.asked) == 1
    assert "key [key] has expired" in caught.value.message and "THEIR_KEY" in str(caught.value.hint)
    assert "sk-secret" not in repr(caught.value.message)


def test_a_place_without_an_answer_ends_the_run_after_three_and_all_are_asked_again(
    tmp_path: Path,
) -> None:
    with SystemServer(lambda *_: {"reply": "Anna", "took": 3}) as server:
        described = {"http": {"url": server.url}, "at_once": 1}
        with pytest.raises(WorkbenchError, match=r"no answer at \$\.answer; it holds reply, took"):
            answered(described, tmp_path / "a.jsonl")
        assert len(server.asked) == 3
        server.say = lambda *_: {"answer": "Anna"}
        answers = answered(described, tmp_path / "a.jsonl")
    assert [answer.text for answer in answers] == ["Anna"] * len(ASKED)


def test_an_outage_is_told_and_only_what_it_took_is_asked_again(tmp_path: Path) -> None:
    with SystemServer(lambda *_: {"answer": "Anna"}) as server:
        url = server.url
    with pytest.raises(WorkbenchError, match="no connection"):
        answered({"http": {"url": url}}, tmp_path / "a.jsonl")
    assert all(record["passing"] for record in jsonl.stream(tmp_path / "a.jsonl"))


# --- a function, a command --------------------------------------------------------------------


def test_a_function_answers_with_a_text_or_all_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_system.py").write_text(
        "tries = []\n"
        "def answer(question):\n"
        "    tries.append(question)\n"
        "    if '0' in question: return 'Anna'\n"
        f"    if '1' in question: return {{'answer': 'Bo', 'passages': [{FIRST!r}],"
        " 'tokens': (7, 2), 'cost': 0.5}\n"
        "    if '2' in question: raise KeyError('no bridge')\n"
        "    if tries.count(question) < 2: raise ConnectionError('a moment')\n"
        "    return {'answer': 'Cy'}\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for named in ("their_system:answer", "their_system.py:answer"):
        (tmp_path / "a.jsonl").unlink(missing_ok=True)
        zero, one, two, three = answered({"python": named}, tmp_path / "a.jsonl")
        assert (zero.text, one.text, three.text) == ("Anna", "Bo", "Cy")
        assert (one.input_tokens, one.output_tokens, one.cost) == (7, 2, 0.5)
        assert one.texts == (FIRST,) and not is_elsewhere(one.passages[0])
        assert two.status == "failed" and two.error == "KeyError: 'no bridge'"
    with pytest.raises(WorkbenchError, match="has no function 'other'"):
        opened({"python": "their_system:other"})
    with pytest.raises(WorkbenchError, match="nowhere_at_all"):
        opened({"python": "nowhere_at_all:answer"})


def test_a_function_that_hangs_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hanging.py").write_text(
        "import threading\n"
        "def answer(question):\n"
        "    if question == 'hang': threading.Event().wait()\n"
        "    return str(threading.get_ident())\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    spec = SystemSpec.model_validate({"python": "hanging.py:answer", "timeout_s": 0.01})
    function = Function(spec, ModelReference("theirs"))
    with pytest.raises(PassingFault, match=r"no answer within 0\.01 s"):
        function.ask("hang")
    function._timeout_s = 600
    # One thread for all questions of who asks, where none hangs: connections live in threads.
    assert function.ask("one").text == function.ask("two").text


def test_a_command_gets_the_question_as_one_argument_that_no_shell_reads(tmp_path: Path) -> None:
    script = tmp_path / "answer"
    script.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:], sys.stdin.read())\n")
    script.chmod(0o755)
    mark = tmp_path / "pwned"
    question = f"'; touch {mark}; $(touch {mark}) `touch {mark}` \" --help {{question}} | é"
    asked = [Question("q", question, ())]
    answer_questions(opened({"command": f"{script} --ask {{question}}"}), asked, tmp_path / "a")
    answer_questions(opened({"command": str(script)}), asked, tmp_path / "b")
    assert read_answers(tmp_path / "a")[0].text == f"{['--ask', question]!r}"
    assert read_answers(tmp_path / "b")[0].text == f"[] {question}"
    assert not mark.exists()


def test_a_command_s_faults_are_told_and_its_json_is_read(tmp_path: Path) -> None:
    script = tmp_path / "answer"
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, sys, time\n"
        "q = sys.argv[1]\n"
        "if '1' in q: print('trace', file=sys.stderr); sys.exit('no such bridge')\n"
        "if '2' in q: print('no json'); sys.exit()\n"
        "if '3' in q: time.sleep(600)\n"
        f"print(json.dumps({{'text': 'Anna', 'from': [{SECOND!r}]}}))\n"
    )
    script.chmod(0o755)
    described = {"command": {"run": f"{script} {{question}}", "answer": "$.text",
                             "passages": "$.from"}, "timeout_s": 5.0}  # fmt: skip
    path = tmp_path / "a.jsonl"
    with pytest.raises(WorkbenchError, match="1 of 4 questions got no answer"):
        answered(described, path)
    zero, one, two, three = sorted(read_answers(path), key=lambda answer: answer.question)
    assert zero.text == "Anna" and zero.texts == (SECOND,)
    assert one.error == "the command ended with 1: no such bridge" and not one.passing
    assert two.error == "the command printed no JSON (no json)"
    assert three.error == "no answer within 5 s" and three.passing
    with pytest.raises(WorkbenchError, match="not there"):
        opened({"command": f"{tmp_path}/nothing {{question}}"})


# --- the specification ------------------------------------------------------------------------


def test_a_stored_specification_means_the_same_without_the_preset() -> None:
    own = experiment({"http": {"preset": "dify", "url": "http://127.0.0.1:1/v1/"}})
    http = own.variants[-1].system.http  # type: ignore[union-attr]
    assert http is not None and http.preset is None
    assert http.url == "http://127.0.0.1:1/v1/chat-messages"
    assert Experiment.from_yaml(own.to_yaml()) == own


def test_runs_without_systems_and_their_answers_are_recorded_as_before() -> None:
    plain = experiment({"python": "a:b"}).without(["theirs"])
    assert all("system" not in v for v in plain.model_dump(mode="json")["variants"])
    assert "system" not in ModelInput.of(plain.model.reference(), 64).model_dump()
    record = Answer("q", "rag", "x", 1, 1, 0.1).to_record()
    assert not {"texts", "cost"} & record.keys()


def test_a_changed_program_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book.md").write_text(TEXT, "utf-8")
    own = [experiment({"python": "bots.ours:answer"}), experiment({"command": "sh ours.sh"})]
    before = [resolve(item).run_id for item in own]
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "ours.py").write_text("def answer(question): return 'Anna'\n")
    (tmp_path / "ours.sh").write_text("echo Anna\n")
    assert all(resolve(item).run_id != was for item, was in zip(own, before, strict=True))


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ({}, "one of http, python and command; got none"),
        ({"http": {"url": "http://h/a", "body": {"q": "?"}}}, "nothing asks the question"),
        ({"http": {"url": "http://h/a", "answer": "$.["}}, "is no JSONPath"),
        ({"http": {"url": "http://h/a", "headers": {"X-Api-Key": "sk-1"}}}, "written into the run"),
        ({"http": {"preset": "openwebui", "url": "http://h"}}, "collection }} has no value"),
        ({"http": {"url": "ftp://h/a"}}, "is no URL"),
        (
            {
                "http": {
                    "url": "http://h/a",
                    "body": {"q": "{{ question }}", "k": "{{ key }}"},
                    "key_env": "K",
                }
            },
            "goes into a header alone",
        ),
        ({"python": "module"}, "names no function"),
        ({"command": "{question}"}, "begins with a program"),
        ({"command": {"run": "a", "passages": "$.p"}}, "say where the answer stands"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(system: Mapping[str, Any], told: str) -> None:
    with pytest.raises((ValueError, WorkbenchError)) as caught:
        experiment(system)
    assert told in str(caught.value)


@pytest.mark.parametrize("key", [{"model": "reader"}, {"context": "retrieval"}, {"top_k": 2}])
def test_a_system_has_its_model_prompt_and_search_inside(key: Mapping[str, Any]) -> None:
    theirs = {"name": "theirs", "system": {"python": "a:b"}, **key}
    with pytest.raises((ValueError, WorkbenchError), match="has its model, prompt and search"):
        Experiment(name="own", purpose="Answer questions.", corpus="b.md", variants=["rag", theirs])


def test_questions_leave_the_machine_only_where_the_experiment_lets_them(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(TEXT, "utf-8")

    def checked(url: str, **more: Any) -> None:
        own = experiment({"http": {"url": url}}, **more)
        path = own.corpus.model_copy(update={"path": str(tmp_path / "book.md")})
        check_policy(RunPlan(resolve(own.model_copy(update={"corpus": path}))))

    with pytest.raises(WorkbenchError, match="would leave this machine"):
        checked("https://example.org/ask")
    checked("https://example.org/ask", text_may_leave_this_machine=True)
    checked("http://127.0.0.1:9/ask")
    local, far = (variants_of(experiment({"http": {"url": url}}))[-1]
                  for url in ("http://localhost/a", "http://box/a"))  # fmt: skip
    assert local.local and not far.local and not far.cites and not far.tuned


# --- its passages, its time, its money --------------------------------------------------------


def _placed(texts: Sequence[str]) -> list[str]:
    return [passage.id for passage in Finder(corpus()).place(texts)]


def test_passages_are_found_word_for_word_else_by_the_best_overlap() -> None:
    at = TEXT.index(SECOND)
    broken = SECOND.replace(" ", "\n  ", 5)
    misread = SECOND.replace("Mondays", "M0ndays").replace("keeper fished", "keeper, fished")
    assert _placed([broken]) == [f"book:{at}-{at + len(SECOND)}"]
    (found,) = Finder(corpus()).place([f"Chapter 2 | {misread}"])
    assert found.document == "book" and found.section == "book#1"
    assert abs(found.start - at) <= 12 and abs(found.end - (at + len(SECOND))) <= 12
    assert TEXT[found.start : found.end] != found.text, "what it read is shown as it read it"
    akin = "Anna kept the accounts of a brewery in town and wrote to her sister each spring."
    assert all(map(is_elsewhere, _placed([NOWHERE, akin, "ferry", "the toll"])))


def test_what_a_system_fails_on_has_no_latency(tmp_path: Path) -> None:
    with SystemServer(lambda _, body: {} if "2" in body["question"] else {"answer": "x"}) as server:
        system = opened({"http": {"url": server.url}})
        measure([system], ASKED, 1, tmp_path)
    times = read_latencies(tmp_path / "theirs.jsonl")
    assert [item.question for item in times] == ["q0", "q1", "q3"]
    assert all(item.total_s > 0 and item.retrieval_s >= 0 for item in times)


def test_a_system_s_money_is_what_it_tells_and_else_not_known() -> None:
    theirs = variants_of(experiment({"python": "a:b"}))[-1]
    book = PriceBook(dated="2026-01-01", machine={"kind": "rented", "per_hour": 9.0},
                     serving="always_on")  # type: ignore[arg-type]  # fmt: skip

    def priced(use: Use, prices: PriceBook = book) -> Any:
        stages = {"index": 60.0, "questions": 60.0}
        return cost(theirs, use, prices, stages=stages, queries=100, updates=1)

    told = priced(Use(seconds=2.0, paid=0.5, paid_error=0.1))
    assert told.per_question == 0.5 and told.per_month == 50.0 and told.standing == 0.0
    unknown = priced(Use(seconds=2.0))
    assert unknown.per_question is None and "usd_per_question" in unknown.missing
    euros = priced(Use(paid=0.5), book.model_copy(update={"currency": "EUR"}))
    assert euros.per_question is None and "EUR" in euros.missing


def test_a_prompt_is_the_bare_question() -> None:
    system = opened({"command": "echo {question}"})
    ((prompt, context),) = system.prepare(ASKED[:1])
    assert prompt == Prompt(prompt.messages) and prompt.text == ASKED[0].text
    assert not context.passages
