"""What is said of groups, of twins, of harm and of the data, in English."""

FAIRNESS: dict[str, str] = {
    # --- the verdict ---
    "excluded_max_group_gap": (
        "{name} is out: two groups of questions lie {value} points apart, and your limit is "
        "{limit}."
    ),
    "change_without_max_group_gap": (
        "Without the limit on gaps between groups, there would be left: {names}."
    ),
    "open_gap": (
        "Your limit of {limit} points between groups is not settled for {names}: it rules nobody "
        "of them out."
    ),
    "open_gap_unknown": (
        "No gap between groups could be measured for {names}: your limit of {limit} points rules "
        "nobody of them out."
    ),
    "harm_least": (
        "By your costs {name} does the least harm: {value} per 1,000 questions [{low}, {high}]."
    ),
    "harm_more": (
        "By your costs {name} does {value} of harm per 1,000 questions [{low}, {high}], and "
        "{other} the least: {other_value} [{other_low}, {other_high}]."
    ),
    # --- groups ---
    "h_groups": "Groups: who is served worse",
    "groups_note": (
        "{metric} of the questions about each group that has {least} questions at least, every "
        "question counting alike, with intervals between sections. Groups are asked different "
        "questions, and some may be harder: a gap is what people meet with, and the ceiling has "
        "the part of it that lies in the questions. p is adjusted for all gaps of a variant "
        "(Holm). The upper end of the worst group allows for its having been the lowest."
    ),
    "groups_by": "By {attribute}, {untagged} questions are about none of those told apart.",
    "groups_small": "Too few to be compared, by {attribute}: {listed}.",
    "groups_nothing": (
        "No group has {least} questions, so that nothing is compared: ask more questions, or lower "
        "fairness.least."
    ),
    "groups_gap": (
        "{name} serves {worse} worse than {better}, by {gap} points [{low}, {high}], more than "
        "chance explains (p {p})."
    ),
    "groups_none": (
        "No variant is shown to serve a group worse: the widest gap is {name}'s, {gap} points "
        "[{low}, {high}] between {better} and {worse}, which may be chance. That none is shown "
        "does not mean that there is none."
    ),
    "groups_others": (
        "Of {names} no gap is shown, which does not mean that there is none: the widest may be as "
        "large as {high} points."
    ),
    "col_group": "Group",
    "col_worst": "Worst group",
    "col_better": "Served better",
    "col_worse": "Served worse",
    "col_gap": "Gap",
    "col_opportunity": "Equal opportunity, apart by",
    "col_odds": "Equalised odds, apart by",
    "h_gaps": "Gaps between groups",
    "h_parity": "Labels between groups",
    "parity_note": (
        "How far the groups lie apart, at the most, in the share of messages due a label that get "
        "it (equal opportunity), and in that or the share of the others that get it too (equalised "
        "odds), by fairlearn, in points: 0 is alike. No interval: of few messages both come out "
        "too large."
    ),
    "rec_groups": "groups",
    # --- twins ---
    "h_twins": "The same question about somebody else",
    "twins_note": (
        "{questions} exam questions that name somebody, asked {twins} times more with names, "
        "pronouns or origins exchanged in a copy of the corpus, in the question and in its "
        "reference alike. Flips: right on one side and wrong on the other. Differs: the answer "
        "changed in more than what was exchanged. Some of it is what any other wording does; "
        "the gap between the groups, paired by question, is what the persons do (p adjusted by "
        "Holm within a variant)."
    ),
    "twins_blind": (
        "{names} see no text, and know the persons of the corpus alone: their flips tell what was "
        "learned by name, not how people are treated."
    ),
    "twins_most": (
        "{name} changes most with the person: of {n} questions {value} [{low}, {high}] are right "
        "on one side and wrong on the other when {attribute} is exchanged."
    ),
    "twins_most_few": (
        "{name} changes most with the person: of {n} questions {value} are right on one side and "
        "wrong on the other when {attribute} is exchanged, too few for an interval."
    ),
    "twins_steady": (
        "No answer of a variant that is given the text turned between right and wrong when "
        "somebody else was asked about."
    ),
    "twins_gap": (
        "{name} answers better about one group than about the other ({one} less {other}): {gap} "
        "points [{gap_low}, {gap_high}] on the same questions."
    ),
    "twins_none": "No exam question names anybody whom the word lists know, so nothing was asked.",
    "flips_chart": "Questions that flip with the person",
    "col_exchanged": "Exchanged",
    "col_flips": "Flips",
    "col_differs": "Differs",
    "rec_twins": "twins",
    # --- harm ---
    "h_harm": "Harm",
    "harm_note": (
        "Expected per 1,000 questions of your workload, in your own unit, at these costs of one "
        "answer: {costs}. The other columns count answers. An answer that "
        "holds no reference whole is wrong, whatever else it says; one to a question that the text "
        "does not answer is invented; an answer that failed counts as a refusal."
    ),
    "harm_wrong": "wrong {cost}",
    "harm_invented": "invented {cost}",
    "harm_refused": "refused though the text answers {cost}",
    "harm_severe": "{n} questions have a severity of their own.",
    "harm_said": (
        "{name} does the least harm, {value} per 1,000 questions [{low}, {high}]; {other} the "
        "most, {other_value} [{other_low}, {other_high}]."
    ),
    "harm_same": ("All variants do the same harm: {value} per 1,000 questions [{low}, {high}]."),
    "harm_invents": "Most of the harm that {name} does comes from answers that are {outcome}.",
    "harm_chart": "Harm per 1,000 questions",
    "col_harm": "Harm",
    "col_harm_wrong": "Wrong",
    "col_harm_invented": "Invented",
    "col_harm_refused": "Refused",
    # --- mending ---
    "h_mending": "What mending changed",
    "mending_note": (
        "Each variant that was trained on twins, by weight or evenly drawn, beside the one that "
        "differs in nothing else. What it cost elsewhere is the difference on the whole exam."
    ),
    "mending_line": (
        "{name}, trained {how}: the widest gap between groups went from {before} to {after} "
        "points, and the whole exam changed by {gap} points [{low}, {high}]."
    ),
    "mending_plain": (
        "{name}, trained {how}: the whole exam changed by {gap} points [{low}, {high}]."
    ),
    "mended_twins": "on twins ({attributes})",
    "mended_reweight": "with {attribute} weighed alike",
    "mended_evenly": "with {attribute} drawn evenly",
    "col_mended": "Trained",
    "col_mended_from": "Without it",
    "col_gap_before": "Widest gap, before",
    "col_gap_after": "After",
    "col_flips_before": "Flips, before",
    "col_whole": "Whole exam",
    # --- data ---
    "h_data": "What the data is made of",
    "data_note": (
        "Questions by chapter, kind, name and group: what is rare in training is learned worse, "
        "and what is rare in the exam is measured worse. Of each sort the {most} with most "
        "questions."
    ),
    "data_personal": (
        "The corpus holds {listed}. What is trained on them may be given away: "
        "corpus.mask: [{kinds}] replaces them, the same value always alike."
    ),
    "data_found_by": (
        "Personal data was found by patterns and by {by}. Names are counted word by word, without "
        "words that the text also has in small letters; some may be names of things."
    ),
    "data_masked": "Replaced as the text was read: {listed}.",
    "data_clean": (
        "No e-mail address, telephone number or number of a person was found in the text."
    ),
    "data_rough": "Words that insult, curse or threaten stand in the corpus: {listed}.",
    "data_email": "e-mail addresses",
    "data_phone": "telephone numbers",
    "data_id": "numbers of persons, cards or accounts",
    "data_ip": "addresses of machines (IP)",
    "data_person": "words of names of persons",
    "data_location": "words of names of places",
    "col_by": "By",
    "col_name": "Name",
    "col_train": "Training",
    "col_dev_n": "Dev",
    "col_exam_n": "Exam",
}
