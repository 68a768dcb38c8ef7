"""The sentences, in English. Names in braces are filled with figures or names of variants."""

SENTENCES: dict[str, str] = {
    # --- the verdict ---
    "verdict_adopt": "Adopt {name}.",
    "verdict_only_one": "Adopt {name}: it is the only variant that meets your constraints.",
    "verdict_tie": (
        "A tie: {name} and {names} are equal within your margin of {margin} points. "
        "Take {name}, the cheaper."
    ),
    "verdict_tie_no_cost": (
        "A tie: {names} are equal within your margin of {margin} points. "
        "Nothing is known of their costs, which would decide."
    ),
    "verdict_undecided": "Undecided, with {name} in front.",
    "verdict_level": (
        "Undecided: {name} and {rival} come out level ({gap} points [{low}, {high}]), and the "
        "interval is too wide to call that a tie."
    ),
    "verdict_all_excluded": (
        "Undecided: no variant meets all your constraints. Relax one of them, or change the model."
    ),
    "verdict_nothing": (
        "Undecided: no variant has a single scored answer ({metric}), so there is nothing to weigh."
    ),
    "beats": (
        "It beats {rival} by {gap} points [{low}, {high}], more than your margin of {margin}."
    ),
    "ahead": (
        "It is ahead of {rival} by {gap} points [{low}, {high}], not worse by your margin of "
        "{margin}, and cheaper."
    ),
    "not_worse": (
        "{rival} gains {gap} points on it [{low}, {high}], less than your margin of {margin}, "
        "and costs more."
    ),
    "open": (
        "Its difference to {rival} is {gap} points [{low}, {high}], which neither clears your "
        "margin of {margin} points nor stays inside it."
    ),
    "open_cheaper": (
        "It is the cheaper and ahead of {rival} by {gap} points [{low}, {high}], but that still "
        "allows for being worse by more than your margin of {margin}."
    ),
    "open_cheaper_behind": (
        "It is the cheaper; its difference to {rival} is {gap} points [{low}, {high}], which "
        "still allows for being worse by more than your margin of {margin}."
    ),
    "on_gold_open": (
        "On the {gold} hand-written questions {name} differs from {rival} by {gap} points "
        "[{low}, {high}], which could be either way."
    ),
    "on_gold_ahead": (
        "On the {gold} hand-written questions {name} leads {rival} by {gap} points [{low}, {high}]."
    ),
    "on_gold_behind": (
        "But on the {gold} hand-written questions {name} is behind {rival}: {gap} points "
        "[{low}, {high}]."
    ),
    "no_interval": "The questions come from too few sections for any interval.",
    "needed_unknown": (
        "It takes questions from further sections; how many cannot be said from these."
    ),
    "needed": "About {needed} more questions, from further sections, would settle it.",
    "needed_range": (
        "That many settle it with a chance of {chance}; by what is known now it may take from "
        "{low} to {high}."
    ),
    "needed_open_range": (
        "That many settle it with a chance of {chance}; by what is known now it may take from "
        "{low} to far more than anybody asks."
    ),
    "needed_none": (
        "More questions would hardly settle it: the difference lies about where your margin of "
        "{margin} points is."
    ),
    "needed_beyond": (
        "About {needed} more questions would settle it, and more text to ask them of: the exam "
        "already asks about {asked} of its {sections} sections."
    ),
    "needed_unknown_beyond": (
        "It takes questions from further sections, and the exam already asks about all {sections} "
        "of this text; how much more text it takes cannot be said."
    ),
    "left_out": "For want of training questions, {names} could not be compared.",
    "weighed": (
        "Points are quality less what you would give up for the rest: {money} for each {unit} per "
        "1,000 questions and {seconds} for each second of an answer."
    ),
    "on_quality_alone": "Costs are unknown, so this rests on quality alone.",
    # --- reasons ---
    "reason_quality": (
        "{name} scores {value} of 100 points on the exam as weighted by your workload "
        "({level} interval {low} to {high})."
    ),
    "reason_quality_plain": (
        "{name} scores {value} of 100 points on the exam ({level} interval {low} to {high})."
    ),
    "reason_quality_bare": (
        "{name} scores {value} of 100 points on the exam; there are too few sections for an "
        "interval."
    ),
    "reason_cheaper": ("It costs {month} a month at {queries} questions; {rival} costs {other}."),
    "reason_dearer": (
        "It costs {month} a month at {queries} questions, more than {rival} at {other}, "
        "and the difference in quality is worth it by your margin."
    ),
    "reason_cost_trivial": (
        "Money hardly separates them: at {queries} questions a month even {name} costs only "
        "{month}."
    ),
    "reason_dearer_open": (
        "It costs {month} a month at {queries} questions, more than {rival} at {other}."
    ),
    "reason_no_cost": "No cost could be worked out, so none speaks for or against it.",
    "reason_levers": (
        "Retrieval adds {main_retrieval_gap} points on average "
        "[{main_retrieval_low}, {main_retrieval_high}] and tuning {main_tuning_gap} "
        "[{main_tuning_low}, {main_tuning_high}]; used together they differ from the sum of the "
        "two by {interaction_gap} [{interaction_low}, {interaction_high}]."
    ),
    "reason_levers_of": (
        "With the tuning of {name}, retrieval adds {main_retrieval_gap} points on average "
        "[{main_retrieval_low}, {main_retrieval_high}] and tuning {main_tuning_gap} "
        "[{main_tuning_low}, {main_tuning_high}]; used together they differ from the sum of the "
        "two by {interaction_gap} [{interaction_low}, {interaction_high}]."
    ),
    "reason_weakest": (
        "Where {name} is weakest, on {stratum} questions, it still scores {value} points."
    ),
    # --- form or knowledge ---
    "form_only": (
        "The lead over {rival} is form, not knowledge: by {metric} it is {lead_gap} points "
        "[{lead_low}, {lead_high}], but of the bare answers, with what is wrapped around them "
        "taken off, {core_gap} [{core_low}, {core_high}], and by how often the right answer "
        "stands in the reply {held_gap} [{held_low}, {held_high}]. A few examples of the form in "
        "the prompt give it for free."
    ),
    "form_partly": (
        "Part of the lead over {rival} is form: by {metric} it is {lead_gap} points "
        "[{lead_low}, {lead_high}], of the bare answers, with what is wrapped around them taken "
        "off, {core_gap} [{core_low}, {core_high}], and by how often the right answer stands in "
        "the reply {held_gap} [{held_low}, {held_high}]."
    ),
    "form_none": (
        "{name} knows more than {rival}, and does not merely word it better: of the bare answers, "
        "with what is wrapped around them taken off, it leads by {core_gap} points "
        "[{core_low}, {core_high}], and by how often the right answer stands in the reply by "
        "{held_gap} [{held_low}, {held_high}]."
    ),
    "form_by_examples": (
        "{name}, which is shown the form by examples, scores {value} points [{low}, {high}]."
    ),
    # --- constraints ---
    "excluded_max_p90_s": "{name} is out: its slowest tenth takes {value}, your limit is {limit}.",
    "excluded_max_p90_s_unknown": (
        "{name} is out: its latency was not measured, so your limit cannot be checked."
    ),
    "excluded_max_monthly_cost": (
        "{name} is out: it costs {value} a month, your limit is {limit}."
    ),
    "excluded_max_monthly_cost_unknown": (
        "{name} is out: its cost is unknown, so your budget cannot be checked."
    ),
    "excluded_points_per_money_unknown": (
        "{name} is out: its cost is unknown, so it cannot be weighed against quality."
    ),
    "excluded_points_per_second_unknown": (
        "{name} is out: its latency was not measured, so it cannot be weighed against quality."
    ),
    "excluded_must_cite": "{name} is out: it answers without passages that it could cite.",
    "excluded_least_cited": (
        "{name} is out: only {value} of its claims are held by the passages that it cites, and you "
        "ask for {limit}."
    ),
    "excluded_must_stay_local": "{name} is out: it sends questions to an endpoint.",
    # --- flip points ---
    "flip_queries_per_month_above": "Above {at} questions a month, {winner} would win.",
    "flip_queries_per_month_below": "Below {at} questions a month, {winner} would win.",
    "flip_updates_per_month_above": (
        "If the text changed more than {at} times a month, {winner} would win."
    ),
    "flip_updates_per_month_below": (
        "If the text changed less than {at} times a month, {winner} would win."
    ),
    "flip_updates_per_month_above_every": (
        "If the text changed more often than every {every} ({at} times a month), {winner} would "
        "win."
    ),
    "flip_updates_per_month_below_every": (
        "If the text changed more seldom than every {every} ({at} times a month), {winner} would "
        "win."
    ),
    "flip_margin_above": "With a margin of {at} points or more, {winner} would win.",
    "flip_margin_below": "With a margin under {at} points, {winner} would win.",
    "flip_quality_above": "{winner} would win if it were {at} points better than it is.",
    "flip_price_above": ("If {name} alone became {at} times as dear, {winner} would win."),
    "flip_worth_of_a_correct_answer_above": (
        "If one more correct answer is worth more than {at} to you, {winner} pays for itself."
    ),
    "flip_worth_of_a_correct_answer_below": (
        "If one more correct answer is worth less than {at} to you, {winner} is the better buy."
    ),
    "flip_share_above": (
        "If more than {at} of the questions were {stratum} ones (now {now}), {winner} would win."
    ),
    "flip_share_below": (
        "If fewer than {at} of the questions were {stratum} ones (now {now}), {winner} would win."
    ),
    # --- against, and what would change it ---
    "against_gold": (
        "On the hand-written questions {rival} beats {name} by {gap} points [{low}, {high}]; if "
        "they are nearer to what people will ask, this verdict is wrong."
    ),
    "against_easier": (
        "The exam may be too easy: on the hand-written questions {name} scores {gold} points, on "
        "the exam {written}. What holds for easy questions need not hold for hard ones."
    ),
    "against_stratum": (
        "On {stratum} questions {rival} is {gap} points better than {name} [{low}, {high}]; "
        "whoever expects mostly those should choose otherwise."
    ),
    "against_ahead": (
        "{rival} scored {gap} points more than {name}, and the gap may be as large as {high}."
    ),
    "against_close": (
        "{rival} is not ruled out: its difference to {name} is {gap} points, and may be {high}."
    ),
    "against_cost": (
        "{rival} costs {other} a month against {month} for {name}; whoever needs only rough "
        "answers pays for quality they do not use."
    ),
    "against_one_corpus": (
        "All of this rests on one text, one model and one exam; another of either may rank the "
        "variants otherwise."
    ),
    "against_nothing": "There is no verdict to argue against.",
    "change_needed": "About {needed} more questions from further sections would settle it.",
    "change_needed_beyond": (
        "About {needed} more questions would settle it, and more text to ask them of: the exam "
        "already asks about {asked} of its {sections} sections."
    ),
    "change_sections_beyond": (
        "More text would settle it, since the exam already asks about all {sections} sections; how "
        "much cannot be said from these."
    ),
    "change_without_max_p90_s": "Without the limit on latency, there would be left: {names}.",
    "change_without_max_monthly_cost": (
        "Without the limit on monthly cost, there would be left: {names}."
    ),
    "change_without_must_cite": (
        "If answers need not show their source, there would be left: {names}."
    ),
    "change_without_least_cited": (
        "If fewer claims need to be held by what they cite, there would be left: {names}."
    ),
    "change_without_must_stay_local": (
        "If questions may leave the machine, there would be left: {names}."
    ),
    "change_without_points_per_money": (
        "If cost were not weighed against quality, there would be left: {names}."
    ),
    "change_without_points_per_second": (
        "If latency were not weighed against quality, there would be left: {names}."
    ),
    "change_without_several": (
        "Every variant is kept out by more than one constraint: no single one need only be relaxed."
    ),
    "change_sections": (
        "Questions from further sections would settle it; how many cannot be said from these."
    ),
    "change_no_volume": (
        "Volume does not change it: from {queries_low} to {queries_high} questions and up to "
        "{updates_high} updates a month the same variant is in front."
    ),
    "change_nothing": (
        "No volume, update rate, margin or price within reach changes it; a better model or "
        "another text might."
    ),
    # --- gold ---
    "gold_none": "There are no hand-written questions to hold the written exam against.",
    "gold_is_exam": (
        "The hand-written questions are the exam, so there is no other to hold them against."
    ),
    "gold_same": "The hand-written questions rank the variants as the written exam does.",
    "gold_harder": "They are harder: {name} scores {gold} points there, {written} on the exam.",
    "gold_easier": "They are easier: {name} scores {gold} points there, {written} on the exam.",
    "gold_level": (
        "The hand-written questions put {better} before {worse} ({gap} points {span}); the written "
        "exam has the two level."
    ),
    "gold_swapped": (
        "The hand-written questions put {better} before {worse} ({gap} points {span}), the written "
        "exam the other way round; one of the two differences may be luck."
    ),
    "gold_swapped_resolved": (
        "The hand-written questions contradict the written exam: they put {better} before {worse} "
        "({gap} points {span}), the written exam the other way round, and neither is luck."
    ),
    # --- warnings ---
    "warn_no_metric": "No answer has a score for {metric}, which was to decide.",
    "warn_no_clusters": (
        "The questions carry no cluster, so each stands alone; if several come from one source, "
        "the intervals are too narrow."
    ),
    "warn_no_price": (
        "The cost of {names} is not fully known: the price book or the run lacks {missing}."
    ),
    "warn_one_cluster": (
        "All questions come from one section, so nothing says how far other sections would differ; "
        "only questions from further ones can."
    ),
    "warn_few_clusters": (
        "The questions come from only {clusters} sections; intervals are wide for that reason, and "
        "more questions on the same sections would not narrow them much."
    ),
    "warn_constant": (
        "Saying “{answer}”, the commonest answer of the training questions, to every question "
        "scores {points} points of token F1: what lies no higher shows no knowledge of the text."
    ),
    "warn_elsewhere": (
        "Of the {given} passages that {name} says it read, {lost} stand nowhere in the corpus and "
        "count as misses of its search: it may read another edition, or other texts."
    ),
    "warn_busy_machine": (
        "Latency was measured on a busy machine: other work took {share} of its cores meanwhile. "
        "So the times, and the money that is counted by the second, are too high."
    ),
    "warn_fewer_questions": (
        "The exam has {got} written questions where {wanted} were asked for: the text gave no more "
        "that pass the filters. More text, a chat model as writer or questions of your own help."
    ),
    "warn_exam_is_gold": (
        "The exam is the {gold} hand-written questions: of the {wanted} exam questions asked for, "
        "{got} could be written from the text, which {got:is|are} too few for one."
    ),
    "warn_exam_is_gold_asked": (
        "The exam is the {gold} hand-written questions alone, as the experiment asks for."
    ),
    "warn_short_references": (
        "Answers are asked for in the form '{form}', and the references have {words} words in the "
        "middle, as the offline writer gives them: tuned variants learn to answer so all the same, "
        "and likeness to a reference is low for all. A chat model as questions.writer, or your own "
        "questions, gives references of that form."
    ),
    "warn_long_unjudged": (
        "Long answers are compared with the references by an embedding, for want of a judge: it "
        "takes a wrong name or number for nearly right. Groundedness and citations are checked by "
        "shared words. Trust wide differences only, or name a judge of factual_correctness."
    ),
    "warn_left_out": (
        "No training questions could be written, so the fine-tuned variants were left out: {names}."
    ),
    "warn_left_out_few": (
        "Too few training questions could be written (on {facts} facts), so the fine-tuned "
        "variants were left out: {names}."
    ),
    "warn_left_out_asked_alike": (
        "Training questions were written on {facts} facts, but the hand-written exam asks nearly "
        "all of them in the same words, so the fine-tuned variants were left out: {names}."
    ),
    "warn_left_out_asked": (
        "The experiment asks for no training questions (questions.train_facts: 0), so the "
        "fine-tuned variants were left out: {names}."
    ),
    "warn_stratum_absent": (
        "The workload names {stratum} questions, but the exam has none; its share is spread over "
        "the others."
    ),
    "warn_kind_absent": (
        "The workload names {kind} questions, but the exam has none; their share is spread over "
        "the others."
    ),
    "warn_kind_share": (
        "The declared shares of strata and kinds cannot both hold on this exam: {kind} questions "
        "weigh {held}, not {wanted}."
    ),
    "warn_no_strata": (
        "The questions carry no strata, so the figures are plain averages and not weighted by the "
        "workload."
    ),
    "warn_all_missing": "{variant} has no scored answer at all.",
    "warn_missing": (
        "{variant} is missing {missing} of {due} scores, which are left out of its figure; with "
        "all of them wrong it would score {worst} points, with all right {best}."
    ),
    "warn_unequal_missing": (
        "{first} and {second} miss answers unequally ({a} and {b}); their comparison rests on the "
        "questions both answered and may flatter the one that failed more."
    ),
    "warn_unjudged_behaviour": (
        "Behaviour questions with a rubric that no judge has applied, and which therefore count "
        "for nothing: {n}. Name a judge (workbench judge RUN --model …)."
    ),
    "warn_gold_trained_one": (
        "{trained} of the {gold} hand-written questions asks about a fact that was also trained, "
        "so tuned variants have seen that fact in other words."
    ),
    "warn_gold_trained": (
        "{trained} of the {gold} hand-written questions ask about facts that were also trained on, "
        "so tuned variants have seen those facts in other words."
    ),
    # --- two runs ---
    "between_better": "{name} is better than before by {gap} points {span}.",
    "between_worse": "{name} is worse than before: {gap} points {span}.",
    "between_unclear": "{name} changed by {gap} points {span}, which may be luck.",
    "between_unclear_among": (
        "{name} changed by {gap} points {span}, which may be luck: of several variants that are "
        "compared, one easily changes so much by chance."
    ),
    "between_same": "{name} answered all {shared} shared questions equally well both times.",
    "between_none": "{name} has no scores to compare.",
    "between_same_verdict": ("{real} of {n} variants really changed; the verdict is the same."),
    "between_other_verdict": ("{real} of {n} variants really changed; the verdict is another one."),
    # --- advice ---
    "ask_prompted": "Have you already tried hard with a good prompt alone?",
    "ask_lacks": "What does the prompted model lack?",
    "ask_changes": "How often does the text change?",
    "ask_size": "How much text is there: some pages, a book, or a library?",
    "ask_cite": "Must an answer show where it is from?",
    "ask_volume": "How many questions a month: low (thousands), middle, or high (millions)?",
    "ask_latency": "Does every tenth of a second count?",
    "ask_known": "Does the model already know the domain?",
    "ask_examples": "How many examples of good answers do you have?",
    "rule_prompt_first": (
        "Prompt first: tuned medical models beat their own base in only 12% of comparisons once "
        "prompts were given equal care."
    ),
    "rule_lacks_nothing": "Where the prompted model lacks nothing, nothing needs to be built.",
    "rule_facts": (
        "Missing facts belong in the context: on 910 questions on current events retrieval "
        "reached .875, tuning .504, and .588 with ten paraphrases."
    ),
    "rule_behaviour": (
        "Wrong form, style or habit belongs in the weights; retrieval does not mend it."
    ),
    "rule_both": (
        "Where both are lacking, the gains add up in part: six points from tuning and five more "
        "from retrieval in one study of agriculture."
    ),
    "rule_changing": "Text that changes every month is indexed again in minutes, tuned in hours.",
    "rule_small_text": (
        "Text under some 200,000 tokens may fit whole into a cached prompt, with nothing to "
        "retrieve."
    ),
    "rule_large_text": "A library fits no context window; it has to be searched.",
    "rule_cite": "Only an answer made from passages can show its source.",
    "rule_volume": "At high volume a short prompt pays back its training.",
    "rule_latency": "A closed-book answer has neither a search nor a long prompt before it.",
    "rule_unknown_domain": (
        "Tuning on facts the model does not know makes it forget ones it does: 95.6 to 55.8 "
        "points over fifty epochs."
    ),
    "rule_small_model_both": (
        "For rare knowledge small models gain from both together: 76 with retrieval, 82 with "
        "tuning on top."
    ),
    "rule_no_examples": "Without examples a training set has to be written, in several wordings.",
    "rule_many_examples": (
        "Thousands of examples with passages allow tuning to read among distractors (RAFT)."
    ),
    "advice": "Begin with {name}.",
    "advice_test": "The experiment that would test this: {names}, on the same exam.",
}
