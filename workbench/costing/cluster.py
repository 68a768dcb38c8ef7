"""What a run would take on a cluster, worked out from rates that are named; nothing is run.

The machines' rates are their makers' peaks, of which a part is reached; what the workbench does on
a processor was measured on small machines (docs/measurements.md) and is scaled by count. So the
plan tells hours from days, and where the time goes; it is no promise within a factor of two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class Gpu:
    """A kind of GPU: peak in 16 bits without sparsity (flop/s), memory (bytes/s and bytes), and
    dollars an hour where a list price is known."""

    flops: float
    bandwidth: float
    memory: float
    per_hour: float | None = None


#: From the makers' data sheets.
GPUS = {
    "T4": Gpu(65e12, 320e9, 16e9),
    "V100": Gpu(125e12, 900e9, 16e9),
    "L4": Gpu(121e12, 300e9, 24e9),
    "A10G": Gpu(70e12, 600e9, 24e9),
    "L40S": Gpu(362e12, 864e9, 48e9),
    "A100": Gpu(312e12, 1555e9, 40e9, 1.844),
    "A100-80GB": Gpu(312e12, 2039e9, 80e9),
    "H100": Gpu(989e12, 3350e9, 80e9, 4.916),
    "H200": Gpu(989e12, 4800e9, 141e9, 5.408),
}
PRICES = "AWS EC2 Capacity Blocks, US East (Ohio), end of 2024"
#: Parts of a peak that are reached: reading a prompt, training, embedding by a small model, and
#: of the memory's rate when writing (assumed).
READS, TRAINS, EMBEDS, WRITES = 0.40, 0.35, 0.10, 0.60
#: A step of writing takes as long as this at the least, whatever the model: transformers starts
#: each layer from Python (assumed).
STEP_S = 0.03
#: Processor cores beside a GPU (assumed).
CORES = 8
#: Bytes of text that one process reads and cuts in a second (assumed).
BYTES_PER_S = 1e6
#: Seconds of one core, measured on a Xeon at 2.5 GHz: a section read for questions, a passage put
#: into the index beside its embedding, a question searched for.
SECTION_S, INDEXED_S, SEARCHED_S = 0.75, 0.0012, 0.045
#: Questions that a section gives (of a handbook), its tokens, and bytes of a token of English.
PER_SECTION, SECTION_TOKENS, TOKEN_BYTES = 2.0, 800.0, 4.5
#: Answers that are scored, compared and drawn again in a second, on one machine (assumed).
SCORED_PER_S = 10_000.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A variant by what it costs to ask: tokens of its prompt, and whether it searches."""

    tokens: float
    searches: bool


@dataclass(frozen=True, slots=True)
class Workload:
    """What is to be done. ``trainings`` are adapters times seeds; ``train_tokens`` those of one
    training, all epochs together; ``latency`` the questions asked one at a time per variant."""

    passages: float
    passage_tokens: float
    questions: float
    train_questions: float
    variants: tuple[Asked, ...]
    wrote: float
    trainings: int
    train_tokens: float
    parameters: float
    embedding_parameters: float
    batch_tokens: float
    latency: int


@dataclass(frozen=True, slots=True)
class Part:
    """One stage: seconds of the clock, what works meanwhile, and what the figure rests on."""

    stage: str
    seconds: float
    where: str
    rests_on: str

    @property
    def alone(self) -> bool:
        """Whether one machine works and the others wait."""
        return self.where == ONE


ONE, GPUS_ALL, CORES_ALL = "one machine", "all GPUs", "all cores"


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """The stages in order; money where the price of a GPU hour is known."""

    count: int
    kind: str
    parts: tuple[Part, ...]
    per_hour: float | None

    @property
    def seconds(self) -> float:
        return math.fsum(part.seconds for part in self.parts)

    @property
    def bottleneck(self) -> Part:
        """The stage that takes longest."""
        return max(self.parts, key=lambda part: part.seconds)

    @property
    def alone(self) -> float:
        """The share of the time in which one machine works alone: more machines shorten none."""
        return math.fsum(p.seconds for p in self.parts if p.alone) / max(self.seconds, 1e-9)

    def money(self, seconds: float, held: int | None = None) -> float | None:
        """What the GPUs cost for that long: all of them, or so many."""
        count = self.count if held is None else held
        return None if self.per_hour is None else seconds / 3600 * count * self.per_hour


def parsed(cluster: str) -> tuple[int, str]:
    """``16xA100`` as 16 and its kind. Raises WorkbenchError for anything else."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*[x×*]\s*([\w-]+)\s*", cluster)
    kinds = {name.lower(): name for name in GPUS}
    if found is None or int(found[1]) < 1 or found[2].lower() not in kinds:
        raise WorkbenchError(
            f"{cluster!r} is no cluster that can be reckoned with.",
            f"Write how many of which GPU, such as 16xA100; known are {', '.join(GPUS)}.",
        )
    return int(found[1]), kinds[found[2].lower()]


def plan(work: Workload, cluster: str, per_hour: float | None = None) -> ClusterPlan:
    """The stages of that work on that cluster, one after the other as a run does them.

    ``per_hour`` is the price of one GPU for an hour; None: the list price, where one is known.
    Raises WorkbenchError where one GPU cannot hold the model.
    """
    count, kind = parsed(cluster)
    gpu = GPUS[kind]
    if 2 * work.parameters > 0.9 * gpu.memory:
        raise WorkbenchError(
            f"A model of {work.parameters / 1e9:.3g} billion parameters takes "
            f"{2 * work.parameters / 1e9:.3g} GB in 16 bits, and one {kind} has "
            f"{gpu.memory / 1e9:.0f}: this plan holds one whole model on each.",
            "Take a larger GPU, or serve the model (served_by) and reckon its endpoint's tokens.",
        )
    cores = count * CORES
    tokens = work.passages * work.passage_tokens
    parts = [
        _corpus(tokens),
        _questions(work, tokens, cores),
        Part(
            "vectors", 2 * work.embedding_parameters * tokens / (EMBEDS * gpu.flops * count),
            GPUS_ALL, f"{EMBEDS:.0%} of the peak, assumed",
        ),
        Part("index", INDEXED_S * work.passages, ONE, "1.2 ms a passage, measured at a million"),
        _adapters(work, gpu, count),
        _answers(work, gpu, count, cores),
        Part(
            "latency",
            work.latency * math.fsum(_alone_s(work, item, gpu) for item in work.variants),
            ONE, "one question at a time",
        ),
        Part(
            "scores", work.questions * len(work.variants) / SCORED_PER_S, ONE,
            f"{SCORED_PER_S:,.0f} answers/s, assumed",
        ),
    ]  # fmt: skip
    price = gpu.per_hour if per_hour is None else per_hour
    return ClusterPlan(count, kind, tuple(parts), price)


def _corpus(tokens: float) -> Part:
    seconds = tokens * TOKEN_BYTES / BYTES_PER_S
    return Part("corpus", seconds, ONE, f"{BYTES_PER_S / 1e6:g} MB/s, assumed")


def _questions(work: Workload, tokens: float, cores: int) -> Part:
    """Sections are read until there are questions enough, by rule and the embedded reader."""
    there = math.ceil(tokens / SECTION_TOKENS)
    wanted = math.ceil((work.questions + work.train_questions) / PER_SECTION)
    read = min(there, wanted)
    return Part(
        "questions", read * SECTION_S / min(cores, max(1, read)), CORES_ALL,
        f"{SECTION_S:g} s of a core a section, measured; {PER_SECTION:g} questions each",
    )  # fmt: skip


def _adapters(work: Workload, gpu: Gpu, count: int) -> Part:
    """Whole trainings side by side, one to a GPU."""
    each = 6 * work.parameters * work.train_tokens / (TRAINS * gpu.flops)
    rounds = math.ceil(work.trainings / count)
    return Part(
        "adapters", rounds * each, GPUS_ALL,
        f"{TRAINS:.0%} of the peak, assumed; {work.trainings} trainings, one to a GPU",
    )  # fmt: skip


def _answers(work: Workload, gpu: Gpu, count: int, cores: int) -> Part:
    """Prompts read and replies written by the GPUs, while the cores search."""
    busy = math.fsum(_batched_s(work, item, gpu) for item in work.variants) * work.questions
    # Variants that search alike share what was found; reckoned as if each searched for itself.
    searching = SEARCHED_S * work.questions * sum(item.searches for item in work.variants)
    by_gpu, by_core = busy / count, searching / cores
    where = GPUS_ALL if by_gpu >= by_core else CORES_ALL
    return Part(
        "answers", by_gpu + by_core, where,
        f"{READS:.0%} of the peak, {STEP_S * 1000:.0f} ms a step at least, assumed; "
        f"{SEARCHED_S * 1000:.0f} ms a search, measured",
    )  # fmt: skip


def _batched_s(work: Workload, item: Asked, gpu: Gpu) -> float:
    """Seconds of a GPU for one question among a batch."""
    together = max(1.0, work.batch_tokens // (item.tokens + work.wrote))
    return _read_s(work, item, gpu) + work.wrote * _step_s(work, gpu) / together


def _alone_s(work: Workload, item: Asked, gpu: Gpu) -> float:
    """Seconds of one question asked by itself."""
    return _read_s(work, item, gpu) + work.wrote * _step_s(work, gpu)


def _read_s(work: Workload, item: Asked, gpu: Gpu) -> float:
    return 2 * work.parameters * item.tokens / (READS * gpu.flops)


def _step_s(work: Workload, gpu: Gpu) -> float:
    """Every weight is read once for a step of the whole batch."""
    return max(STEP_S, 2 * work.parameters / (WRITES * gpu.bandwidth))


def spread_evenly(items: Sequence[Asked], count: int) -> tuple[Asked, ...]:
    """So many variants, by those that are known in turn."""
    return tuple(items[place % len(items)] for place in range(count))
