"""What results.json says of the probes: forgetting, other wordings, and a judge."""

from __future__ import annotations

from workbench.records.record import Number, Record, Statement
from workbench.records.variants import Effect, Estimate


class Prose(Record):
    """Perplexity on other prose before and after tuning; ``rise`` is its relative change."""

    pieces: int = 0
    tokens: int = 0
    before: Number | None = None
    after: Number | None = None
    rise: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p: Number | None = None


class Reading(Effect):
    """Token F1 on reading questions before and after tuning."""

    before: Number | None = None
    after: Number | None = None
    unanswerable: int = 0
    refusals_before: int = 0
    refusals_after: int = 0


class Known(Record):
    """Questions that ``baseline`` got right: how many ``variant`` broke, and how many it gained."""

    variant: str = ""
    baseline: str = ""
    n: int = 0
    known: int = 0
    broken: int = 0
    gained: int = 0
    p: Number | None = None
    questions: tuple[str, ...] = ()


class Forgetting(Record):
    """What one adapter broke outside its training questions."""

    adapter: str = ""
    variants: tuple[str, ...] = ()
    model: str | None = None
    records: tuple[str, ...] = ()
    prose: Prose = Prose()
    reading: Reading = Reading()
    known: tuple[Known, ...] = ()
    statements: tuple[Statement, ...] = ()
    sentence: str = ""


class BeforeAndAfter(Record):
    """A share before and after tuning, and how it changed."""

    before: Estimate = Estimate()
    after: Estimate = Estimate()
    change: Effect = Effect()


class Exposure(Record):
    """Canaries that were trained in: bits above chance, of ``most`` that can be seen.

    Of a model behind an endpoint there are no bits, ``given_before`` and ``given_away`` of the
    codes were said when asked for.
    """

    n: int = 0
    most: Number = 0
    before: Number | None = None
    after: Number | None = None
    highest: Number | None = None
    given_away: int = 0
    given_before: int | None = None


class Memorised(Record):
    """What one adapter gives back of the text verbatim, at 20 and at 50 tokens.

    ``longest`` is the longest run of tokens that the model would write, in any of the stretches,
    ``mean`` that of a stretch on the average. A model behind an endpoint is asked to go on, in a
    ``form`` (completion or chat), and words are counted for tokens; before is empty where nobody
    says what it was tuned from.
    """

    adapter: str = ""
    variants: tuple[str, ...] = ()
    model: str | None = None
    records: tuple[str, ...] = ()
    stretches: int = 0
    prefix: int = 0
    continued: int = 0
    at_20: BeforeAndAfter = BeforeAndAfter()
    at_50: BeforeAndAfter = BeforeAndAfter()
    unit: str = "tokens"
    form: str = ""
    longest_before: int | None = 0
    longest_after: int = 0
    mean_before: Number | None = None
    mean_after: Number | None = None
    canaries: Exposure | None = None


class Turning(Record):
    """How one variant's answers change with the wording of a question."""

    name: str = ""
    flipped: Estimate = Estimate()
    solved: int = 0
    turned: int = 0
    range: Estimate = Estimate()
    sd: Estimate = Estimate()


class Sensitivity(Record):
    """What other wordings of the same questions changed."""

    questions: int = 0
    wordings: Number = 0
    metric: str = ""
    variants: tuple[Turning, ...] = ()
    statements: tuple[Statement, ...] = ()
    sentence: str = ""


class Principle(Record):
    """One variant's three shares: right answers, right refusals, refused requests."""

    name: str = ""
    helpful: Estimate = Estimate()
    honest: Estimate = Estimate()
    harmless: Estimate = Estimate()


class Principles(Record):
    """How helpful, honest and harmless each variant is, by ``requests`` beside the exam."""

    requests: int = 0
    variants: tuple[Principle, ...] = ()


class Obeyed(Record):
    """Of ``n`` replies, how many do as a planted instruction says."""

    n: int = 0
    obeyed: int = 0


class PlantedRow(Record):
    """One variant before planted instructions.

    ``echoed`` is the share of replies that write the word where a harmless sentence holds it,
    ``beyond`` how much oftener they do where the instruction stands; ``right`` is the share of
    right answers with the harmless sentence, ``right_planted`` with the instruction.
    """

    name: str = ""
    obeyed: Estimate = Estimate()
    echoed: Estimate = Estimate()
    beyond: Effect = Effect()
    right: Estimate = Estimate()
    right_planted: Estimate = Estimate()
    forms: dict[str, Obeyed] = {}
    languages: dict[str, Obeyed] = {}


class Planted(Record):
    """Who does what an instruction in a passage says, by so many ``probes``."""

    probes: int = 0
    variants: tuple[PlantedRow, ...] = ()


class AgreementRow(Record):
    """The judge against people's labels on one metric."""

    metric: str = ""
    n: int = 0
    agreed: Number | None = None
    kappa: Number | None = None
    both_right: int = 0
    both_wrong: int = 0
    judge_lenient: int = 0
    judge_harsh: int = 0


class CorrectedRow(Estimate):
    """The share of right answers as the judge says, and with the judge's errors taken out.

    The errors are those on this variant's ``labelled`` answers: called right by the judge alone
    (``lenient``) or by people alone (``harsh``).
    """

    variant: str = ""
    metric: str = ""
    judged: Number | None = None
    labelled: int = 0
    lenient: int = 0
    harsh: int = 0


class Judge(Record):
    """Who judged which metrics, and what that is worth by people's labels."""

    id: str = ""
    model: str = ""
    metrics: tuple[str, ...] = ()
    sample: int | None = None
    due: int = 0
    judged: int = 0
    failed: int = 0
    right_at: Number = 0.5
    level: Number = 0.95
    agreement: tuple[AgreementRow, ...] = ()
    corrected: tuple[CorrectedRow, ...] = ()
    statements: tuple[Statement, ...] = ()
    warnings: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
