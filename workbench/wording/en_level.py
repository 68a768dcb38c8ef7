"""What is said where a difference rounds to 0.0, in English."""

NOTHING, NO_DIFFERENCE = "next to nothing", "no difference"

#: By the key of a sentence: what is said in its place where the named difference shows as 0.0.
LEVEL: dict[str, tuple[str, str]] = {
    "verdict_level": (
        "gap",
        "Undecided: {name} and {rival} come out level [{low}, {high}], and the interval is too "
        "wide to call that a tie.",
    ),
    "ahead": (
        "gap",
        "It comes out level with {rival} [{low}, {high}], is not worse by your margin of {margin}, "
        "and is cheaper.",
    ),
    "not_worse": (
        "gap",
        "{rival} comes out level with it [{low}, {high}], within your margin of {margin}, and "
        "costs more.",
    ),
    "open": (
        "gap",
        "It and {rival} come out level, with an interval of [{low}, {high}] that neither clears "
        "your margin of {margin} points nor stays inside it.",
    ),
    "open_cheaper": (
        "gap",
        "It is the cheaper and comes out level with {rival} [{low}, {high}], but that still allows "
        "for being worse by more than your margin of {margin}.",
    ),
    "open_cheaper_behind": (
        "gap",
        "It is the cheaper and comes out level with {rival} [{low}, {high}], but that still allows "
        "for being worse by more than your margin of {margin}.",
    ),
    "on_gold_open": (
        "gap",
        "On the {gold} hand-written questions {name} and {rival} come out level [{low}, {high}].",
    ),
    "on_gold_ahead": (
        "gap",
        "On the {gold} hand-written questions {name} and {rival} come out level [{low}, {high}].",
    ),
    "on_gold_behind": (
        "gap",
        "On the {gold} hand-written questions {name} and {rival} come out level [{low}, {high}].",
    ),
    "equal_ahead": (
        "gap",
        "It comes out level with {rival}; the interval by which equality is tested [{low}, {high}] "
        "lies within your margin of {margin}.",
    ),
    "equal_behind": (
        "gap",
        "It comes out level with {rival}; the interval by which equality is tested [{low}, {high}] "
        "lies within your margin of {margin}.",
    ),
    "equal_bare": ("gap", "It and {rival} come out level, within your margin of {margin}."),
    "against_ahead": (
        "gap",
        "{rival} comes out level with {name}, and may be ahead by as much as {high} points.",
    ),
    "against_close": (
        "gap",
        "{rival} is not ruled out: it comes out level with {name}, and the difference may be "
        "{high}.",
    ),
    "between_better": ("gap", "{name} is as before {span}."),
    "between_worse": ("gap", "{name} is as before {span}."),
    "between_unclear": ("gap", "{name} is as before {span}."),
    "between_unclear_among": ("gap", "{name} is as before {span}."),
    "flip_quality_above": ("at", "{winner} would win if it were better by next to nothing."),
    "sensitivity_most": (
        "range",
        "{name} hangs most on the wording: on {share} of {n} questions [{low}, {high}] it is right "
        "in some wordings and wrong in others ({turned} of the {solved} that it gets right at "
        "all); on average a question's best wording is no better than its worst.",
    ),
    "sensitivity_least": (
        "range",
        "{name} is the steadiest: of {solved} questions that it gets right in some wording it gets "
        "{turned} wrong in another, and the best wording is no better than the worst.",
    ),
}
