"""Money by hand calculation; price books that are wrong; break-even in closed form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.costing import (
    BuildUsage,
    PriceBook,
    Use,
    as_recorded,
    break_even_queries,
    break_even_updates,
    cost,
    crossings,
    deployed,
    monthly_causes,
    price_book,
    prices_record,
)
from workbench.costing.book import EmbeddingPrice, EndpointPrice, Hours, Labour
from workbench.costing.costs import cost_record
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.deployment import DeploymentSpec
from workbench.experiment.overrides import overriding, parsed
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import Variant, variants_of
from workbench.records.variants import CostRow
from workbench.types import ModelReference
from workbench.wording import money

BOOK = PriceBook(dated="2026-01-01", machine={"per_hour": 3.6},
                 endpoints={"tuned": {"input_per_million": 2.0, "output_per_million": 8.0,
                                      "cached_per_million": 0.5, "training_per_million": 10.0}},
                 cache_hits=0.5)  # fmt: skip
STAGES = {"questions": 600.0, "index": 10.0, "adapter": 1000.0}
RAG = Variant.named("rag")
TUNED = Variant.named("fine_tuned")


def hosted(model: str) -> Variant:
    """RAG with a model behind an endpoint."""
    return replace(RAG, model=ModelReference(model, endpoint="http://x"))


def priced(of: Variant, seconds: float = 0.5, **more: object):
    return cost(of, Use(100, 5, seconds, 0.01), BOOK, stages=STAGES, queries=10_000, updates=2.0,
                **more)  # type: ignore[arg-type]  # fmt: skip


def test_a_local_variant_costs_its_machine_seconds() -> None:
    result = priced(RAG, quality=0.5)
    assert result.per_1000 == pytest.approx(0.5)
    assert result.per_1000_correct == pytest.approx(1.0)
    assert result.fixed == result.per_update == pytest.approx(0.01)
    assert result.per_month == pytest.approx(10_000 * 0.0005 + 2 * 0.01 + 0.01 / 12)


def test_tuning_pays_for_the_writing_of_its_train() -> None:
    assert priced(TUNED).fixed == pytest.approx(1.6)
    assert priced(Variant.named("fine_tuned_rag")).fixed == pytest.approx(1.61)
    assert priced(Variant.named("few_shot")).fixed == pytest.approx(0.6)
    assert priced(Variant.named("prompt_only")).fixed == 0


def test_an_adapter_of_ones_own_is_paid_for_alone() -> None:
    stages = {**STAGES, "adapter:raft": 2000.0}
    result = cost(Variant.named("raft"), Use(1, 1, 1.0), BOOK, stages=stages,
                queries=1, updates=0)  # fmt: skip
    assert result.fixed == pytest.approx(0.01 + 0.6 + 2.0)
    shared = {"adapter:fine_tuned": 1000.0, "adapter:raft": 2000.0}
    assert Variant("fine_tuned_rag", "retrieval", "closed_book", adapter="fine_tuned").stages(
        shared
    ) == ("adapter:fine_tuned",)


def test_a_search_of_ones_own_pays_for_its_own_index_and_training() -> None:
    """20 s of its index, 30 s of the one embedded anew and 1,000 s of training at 3.6 an hour."""
    own = {"index:mine": 20.0, "index:mine:tuned": 30.0, "retriever:mine": 1000.0}
    stages = {**STAGES, **own}
    mine = Variant("mine", "retrieval")
    result = cost(mine, Use(1, 1, 1.0), BOOK, stages=stages, queries=1, updates=0)
    plain = cost(RAG, Use(1, 1, 1.0), BOOK, stages=stages, queries=1, updates=0)
    tuned = cost(TUNED, Use(1, 1, 1.0), BOOK, stages=STAGES, queries=1, updates=0)
    assert plain.fixed == pytest.approx(0.01)
    # The writing of the training set is the same as that which tuning pays for, beside its 1.0.
    assert result.fixed == pytest.approx(0.05 + 1.0 + tuned.fixed - 1.0)


def test_an_endpoint_costs_tokens_with_its_cache() -> None:
    """Half of the questions find all 1,000 tokens cached: 500 at 2, 500 at 0.5, 100 at 8: 2.05."""
    of = Variant("x", "none", model=ModelReference("tuned", endpoint="http://x"))
    result = cost(of, Use(1000, 100, 0.5, shared_tokens=1000), BOOK,
                stages=STAGES, queries=1, updates=0)  # fmt: skip
    assert result.per_1000 == pytest.approx(2.05)
    # Read in full it is 2.80; what the cache spares is told beside it.
    assert result.cached is not None and result.cached.tokens == 500
    assert result.cached.saved_per_1000 == pytest.approx(0.75)
    record = cost_record(result, 1, 0)
    assert record is not None and CostRow.model_validate(record).cached is not None
    assert "cached" not in (cost_record(priced(RAG), 1, 0) or {})


def test_what_an_endpoint_writes_to_search_with_is_paid_by_its_tokens() -> None:
    """100 tokens in at 2 and 50 out at 8 for each question: 0.6 more for a thousand."""
    writer = ModelReference("tuned", endpoint="http://x")
    use = Use(100, 5, 0.5, 0.01, written=(100.0, 50.0), written_errors=(1.0, 1.0))
    terms = {"stages": STAGES, "queries": 1, "updates": 0}
    of = replace(RAG, writer=writer)
    plain = cost(RAG, use, BOOK, **terms)  # type: ignore[arg-type]
    paid = cost(of, use, BOOK, **terms)  # type: ignore[arg-type]
    assert plain.per_1000 is not None
    assert paid.per_1000 == pytest.approx(plain.per_1000 + 0.6)
    unknown = replace(RAG, writer=replace(writer, name="unknown"))
    assert "endpoints.unknown" in cost(unknown, use, BOOK, **terms).missing  # type: ignore[arg-type]
    here = replace(RAG, writer=ModelReference("smollm2"))
    assert cost(here, use, BOOK, **terms).per_1000 == plain.per_1000  # type: ignore[arg-type]


def test_missing_prices_are_named_and_make_no_number() -> None:
    result = cost(hosted("unknown"), Use(10, 1, 1.0), BOOK,
                stages=STAGES, queries=1, updates=0)  # fmt: skip
    assert result.per_month is None and "endpoints.unknown" in result.missing
    unmeasured = cost(RAG, Use(), BOOK, stages=STAGES, queries=1, updates=0)
    assert unmeasured.per_1000 is None and "time per question" in unmeasured.missing


def test_machines_that_stay_on_cost_the_same_whatever_runs() -> None:
    whole = {"per_hour": 3.6, "utilisation": 1.0}
    book = PriceBook(dated="2026-01-01", machine=whole, serving="always_on")
    result = cost(RAG, Use(1, 1, 0.5), book, stages=STAGES, queries=10_000, updates=0)
    assert result.standing == pytest.approx(730 * 3.6)
    busy = cost(RAG, Use(1, 1, 0.5), book, stages=STAGES, queries=8_000_000, updates=0)
    assert busy.standing == pytest.approx(2 * 730 * 3.6)


def test_a_bought_machine_is_written_off_over_its_busy_hours() -> None:
    machine = {"kind": "bought", "price": 3600, "lifetime_months": 36,
               "busy_hours_per_month": 100, "watts": 500, "per_kwh": 0.4}  # fmt: skip
    book = PriceBook(dated="2026-01-01", machine=machine)
    assert book.machine is not None and book.machine.hourly == pytest.approx(1.0 + 0.2)


def test_break_even_is_where_the_two_months_meet() -> None:
    tuned, rag = priced(TUNED, seconds=0.2), priced(RAG, seconds=0.5)
    cross = break_even_queries(tuned, rag, updates=2.0)
    assert cross is not None and cross.above
    assert tuned.monthly(cross.at, 2.0) == pytest.approx(rag.monthly(cross.at, 2.0))
    assert cross.low is not None and cross.high is not None and cross.low < cross.at < cross.high
    other_way = break_even_queries(rag, tuned, updates=2.0)
    assert other_way is not None and other_way.at == pytest.approx(cross.at)
    assert not other_way.above
    updates = break_even_updates(tuned, rag, queries=10_000)
    assert updates is not None and not updates.above
    assert tuned.monthly(10_000, updates.at) == pytest.approx(rag.monthly(10_000, updates.at))


def test_break_even_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Seconds are timed with an error: in 95 of 100 clockings the interval holds the crossing."""
    rng = np.random.default_rng(5)
    tuned, rag = priced(TUNED, seconds=0.2), priced(RAG, seconds=0.5)
    true = break_even_queries(tuned, rag, 2.0), break_even_updates(tuned, rag, 10_000)
    held = np.zeros(2)
    for _ in range(2000):
        timed = [
            replace(item, per_question=(item.per_question or 0) + rng.normal(0, error),
                    per_question_error=error)
            for item, error in ((tuned, 2e-5), (rag, 3e-5))
        ]  # fmt: skip
        result = break_even_queries(*timed, 2.0), break_even_updates(*timed, 10_000)
        for place, (item, truth) in enumerate(zip(result, true, strict=True)):
            assert item is not None and truth is not None
            assert item.low is not None and item.high is not None
            held[place] += item.low <= truth.at <= item.high
    assert held / 2000 == pytest.approx([0.95, 0.95], abs=0.02)


def test_every_pair_that_meets_is_listed_once_with_its_interval() -> None:
    three = {"fine_tuned": priced(TUNED, 0.2), "rag": priced(RAG, 0.5), "slow": priced(RAG, 0.6)}
    result = crossings(three, 10_000, 2.0)
    pairs = [(item["challenger"], item["incumbent"], item["quantity"]) for item in result]
    assert pairs == [(a, b, q) for a, b in (("fine_tuned", "rag"), ("fine_tuned", "slow"))
                     for q in ("queries_per_month", "updates_per_month")]  # fmt: skip
    assert json.loads(json.dumps(result)) == result


def test_there_is_no_break_even_where_one_is_always_cheaper() -> None:
    assert break_even_queries(priced(TUNED, 0.9), priced(RAG, 0.5), updates=1) is None
    assert break_even_queries(priced(RAG), priced(RAG), updates=1) is None


def test_the_nature_of_variants_follows_the_experiment() -> None:
    vendor = {"name": "vendor", "context": "none", "model": {"name": "m", "endpoint": "http://x"}}
    rag, raft, elsewhere = variants_of(
        Experiment(name="x", purpose="Answer questions.", corpus="x.md",
                   variants=["rag", "raft", vendor])
    )  # fmt: skip
    assert rag.cites and raft.tuned
    assert not elsewhere.local and elsewhere.hosted == "m"


def test_the_book_that_ships_is_dated_and_sourced() -> None:
    book = price_book()
    assert book.machine is not None and book.machine.hourly > 0 and book.machine.source
    assert book.dated.year >= 2026


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dated: 2026-01-01\nmachin: {}", "machin"),
        ("machine: {per_hour: 1}", "dated"),
        ("dated: 2026-01-01\nmachine: {kind: rented}", "per_hour"),
        ("dated: 2026-01-01\nmachine: {kind: bought, price: 3}", "lifetime_months"),
        ("dated: 2026-01-01\nmachine: {per_hour: -1}", "per_hour"),
        ("- a list", "holds no prices"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_wrong_price_book_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(WorkbenchError, match=says) as refused:
        price_book(path)
    assert str(path) in refused.value.message


def test_a_missing_price_book_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="cannot be read"):
        price_book("nowhere.yaml")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0.0000423, "$0.000042"), (0.0042, "$0.0042"), (0.999, "$1.00"), (12.345, "$12.35"),
     (4321.0, "$4,321"), (0, "$0"), (-0.05, "−$0.050"), (1e-9, "under $0.0000001"),
     (None, "–"), (0.0999, "$0.10")],
)  # fmt: skip
def test_money_is_never_shown_as_nothing(amount: float | None, shown: str) -> None:
    assert money(amount) == shown


# --- what building takes, and the split by cause ----------------------------------------------

MEASURED = BuildUsage(
    train_share=0.4, embedding="small", embedding_tokens=2_000_000,
    stored_bytes={"index": 500_000_000, "adapter": 2_000_000_000},
)  # fmt: skip


def test_tuning_pays_the_train_share_of_the_writing_alone() -> None:
    result = priced(TUNED, built=MEASURED)
    assert result.causes["writing"]["fixed"] == pytest.approx(0.4 * 600 * 0.001)
    assert result.fixed == pytest.approx(0.24 + 1.0)
    assert "writing" not in priced(RAG, built=MEASURED).causes
    assert priced(TUNED).causes["writing"]["fixed"] == pytest.approx(0.6)


def test_a_writer_behind_an_endpoint_is_paid_by_its_tokens() -> None:
    chat = BuildUsage(train_share=0.5, writer="tuned", writing_tokens=(1_000_000, 100_000))
    result = priced(TUNED, built=chat)
    assert result.causes["writing"]["fixed"] == pytest.approx(0.5 * (2.0 + 0.8))
    unknown = BuildUsage(train_share=0.5, writer="other", writing_tokens=(1, 1))
    assert priced(TUNED, built=unknown).fixed is None
    assert "endpoints.other" in priced(TUNED, built=unknown).missing
    assert priced(RAG, built=unknown).missing == ""


def test_an_embedding_with_a_price_is_paid_by_measured_tokens() -> None:
    book = BOOK.model_copy(update={"embeddings": {"small": EmbeddingPrice(per_million=0.5)}})
    built = replace(MEASURED, query_tokens=10.0)
    result = cost(RAG, Use(1, 1, 1.0), book, stages=STAGES, queries=1, updates=0, built=built)
    assert result.causes["index"]["fixed"] == pytest.approx(1.0)
    bare = cost(RAG, Use(1, 1, 1.0), book, stages=STAGES, queries=1, updates=0,
                built=BuildUsage(embedding="small"))  # fmt: skip
    assert bare.fixed is None and "tokens of the embedding" in bare.missing
    assert priced(RAG, built=MEASURED).causes["index"]["fixed"] == pytest.approx(0.01)


def test_who_writes_the_context_of_passages_is_paid_by_tokens_and_not_for_our_wait() -> None:
    written = BuildUsage(situating="tuned", situating_tokens=(1_000_000, 100_000), situating_s=4)
    assert BuildUsage.of(written.to_record()) == written
    result = priced(RAG, built=written)
    assert result.causes["index"]["fixed"] == pytest.approx(2.0 + 0.8 + 6 * 0.001)
    unknown = replace(written, situating="other")
    assert priced(RAG, built=unknown).fixed is None
    assert "endpoints.other" in priced(RAG, built=unknown).missing
    assert "situating" not in BuildUsage().to_record(), "older results stay what they were"


def test_storage_is_paid_by_the_month_for_what_a_variant_keeps() -> None:
    book = BOOK.model_copy(update={"storage_per_gb_month": 0.1})
    for nature_, gigabytes in ((RAG, 0.5), (TUNED, 2.0), (Variant("p"), 0.0)):
        result = cost(nature_, Use(1, 1, 1.0), book, stages=STAGES, queries=1, updates=0,
                    built=MEASURED)  # fmt: skip
        assert result.storage == pytest.approx(0.1 * gigabytes)
        assert result.per_month == pytest.approx(
            (result.fixed or 0) / 12 + (result.per_question or 0) + 0.1 * gigabytes
        )


@pytest.mark.parametrize("serving", ["busy", "always_on"])
@pytest.mark.parametrize("context", ["none", "retrieval", "examples"])
def test_the_causes_add_up_to_the_whole(serving: str, context: str) -> None:
    book = BOOK.model_copy(
        update={"serving": serving, "storage_per_gb_month": 0.1,
                "labour": Labour(per_hour=50, setup_hours=Hours(retrieval=2, tuning=3),
                                 update_hours=Hours(retrieval=0.1, tuning=0.2))}
    )  # fmt: skip
    of = Variant("x", context, "closed_book" if context == "none" else None)
    result = cost(of, Use(100, 5, 0.5, 0.01, searching=0.2), book, stages=STAGES, queries=9000,
                updates=2.0, built=MEASURED)  # fmt: skip
    split = monthly_causes(result.causes, 9000, 2.0)
    assert sum(split.values()) == pytest.approx(result.per_month)
    for key, whole in (("fixed", result.fixed), ("per_update", result.per_update)):
        assert sum(part.get(key, 0) for part in result.causes.values()) == pytest.approx(whole)
    if serving == "busy":
        searching = 0.4 * 9000 * 0.0005 if context == "retrieval" else 0.0
        assert split.get("searching", 0.0) == pytest.approx(searching)


def test_what_a_run_recorded_of_its_building_is_read_again() -> None:
    chat = BuildUsage(0.3, "writer", (5, 6), "small", 7, {"index": 8}, 9.0, 0.5)
    assert BuildUsage.of(json.loads(json.dumps(chat.to_record()))) == chat
    assert BuildUsage.of(None) == BuildUsage()


def test_a_price_book_from_before_embeddings_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("dated: 2025-01-01\nmachine: {per_hour: 1.0}\nstorage_per_gb_month: 0.02\n")
    book = price_book(path)
    assert book.embeddings == {} and book.storage_source == ""
    path.write_text("dated: 2025-01-01\nembeddings: {small: {per_million: -1}}\n")
    with pytest.raises(WorkbenchError, match=r"embeddings\.small\.per_million"):
        price_book(path)


def test_a_price_book_with_one_cached_share_for_all_says_what_replaced_it(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("dated: 2025-01-01\ncached_share: 0.5\n")
    with pytest.raises(WorkbenchError, match="cache_hits is the share of questions"):
        price_book(path)


def test_the_book_that_ships_says_where_each_price_is_from() -> None:
    book = price_book()
    assert book.storage_source and all(embedding.source for embedding in book.embeddings.values())


# --- the deployment of an experiment ------------------------------------------------------------


def of(**more: object) -> Experiment:
    return Experiment(name="x", purpose="Answer questions.", corpus="x.md", **more)  # type: ignore[arg-type]


def test_an_experiment_that_names_no_deployment_is_the_one_it_was() -> None:
    """Its stored text and its identity have no such key, so that present runs keep their ids."""
    assert "deployment" not in of().model_dump(mode="json")
    chosen = of(deployment="own_server")
    assert chosen.deployment.paid_by == "own_server"
    assert Experiment.from_yaml(chosen.to_yaml()) == chosen


def test_a_single_price_is_set_beside_a_choice_that_was_written_short() -> None:
    with overriding(parsed(["deployment.machine_per_hour=0.5"])):
        chosen = of(deployment="month").deployment
    assert (chosen.paid_by, chosen.machine_per_hour) == ("month", 0.5)


def test_a_way_of_paying_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(WorkbenchError, match="'month' or 'own_server'"):
        Experiment.from_yaml("name: x\npurpose: Answer questions.\ncorpus: x.md\n"
                             "deployment: yearly\n")  # fmt: skip


@pytest.mark.parametrize(
    ("book", "chosen", "paid_by", "source"),
    [
        ({}, {}, "month", "AWS EC2"),
        ({"serving": "busy"}, {}, "busy_second", "AWS EC2"),
        ({"serving": "busy"}, {"paid_by": "month"}, "month", "AWS EC2"),
        ({"machine": {"per_hour": 2, "source": "our bill"}}, {}, "month", "our bill"),
        ({"machine": {"kind": "bought", "price": 9, "lifetime_months": 9, "source": "our bill"}},
         {}, "own_server", "our bill"),
        ({"machine": {"per_hour": 2, "source": "our bill"}}, {"paid_by": "own_server"},
         "own_server", "the workbench's assumption"),
        ({"machine": {"per_hour": 2, "source": "our bill"}}, {"machine_per_hour": 3}, "month",
         "as you set it"),
    ],
)  # fmt: skip
def test_what_is_said_nearer_to_the_user_wins_and_its_source_is_told(
    book: dict[str, Any], chosen: dict[str, Any], paid_by: str, source: str
) -> None:
    priced_by = deployed(PriceBook(dated="2026-01-01", **book), DeploymentSpec(**chosen))
    assert priced_by.paid_by == paid_by
    assert priced_by.machine is not None and priced_by.machine.told_source.startswith(source)


def test_what_a_run_recorded_of_its_prices_gives_its_own_book_again() -> None:
    """Of a run from before: the second, that run's hour, and nobody's time."""
    old = {"serving": "busy", "machine_per_hour": 0.1, "labour_per_hour": 0.0}
    again = as_recorded(deployed(price_book(), DeploymentSpec()), old)
    assert again.machine is not None and again.machine.hourly == pytest.approx(0.1)
    assert (again.paid_by, again.labour.per_hour) == ("busy_second", 0.0)
    book = deployed(price_book(), DeploymentSpec(paid_by="token", input_per_million=1))
    kept = json.loads(json.dumps(prices_record(book, [RAG], "small", None)))
    assert as_recorded(price_book(), kept) == book


def test_a_training_that_a_run_had_done_is_paid_by_its_own_tokens() -> None:
    from workbench.costing.building import building

    own = Variant(
        "fine_tuned", "none", "closed_book", TuningSpec(),
        ModelReference("tuned", endpoint="http://x"), adapter="fine_tuned",
    )  # fmt: skip
    lost: list[str] = []
    billed = BuildUsage(trained_tokens={"adapter": 500_000})
    work = building(own, STAGES, billed, BOOK, lost)
    # 0.5 million at 10, and none of the 1,000 seconds of waiting.
    assert (work["training"].paid, work["training"].seconds, lost) == (5.0, 0.0, [])
    assert BuildUsage.of(billed.to_record()) == billed
    assert "trained_tokens" not in BuildUsage().to_record()
    unknown = building(own, STAGES, BuildUsage(), BOOK, lost)
    assert unknown["training"].paid is None and lost == ["endpoints.tuned.training_tokens"]


def test_what_was_tuned_from_a_model_may_answer_at_other_prices() -> None:
    prices = {**BOOK.endpoints["tuned"].model_dump(), "tuned_input_per_million": 5.0}
    book = BOOK.model_copy(update={"endpoints": {"m": EndpointPrice(**prices)}})
    base = Variant("prompt_only", model=ModelReference("m", endpoint="http://x"))
    own = replace(base, name="fine_tuned", training_format="closed_book")
    found = [book.by_token(item) for item in (base, own)]
    told = [(item[1].input_per_million, item[1].output_per_million) for item in found if item
            and item[1]]  # fmt: skip
    assert told == [(2.0, 8.0), (5.0, 8.0)]
