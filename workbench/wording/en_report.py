"""The report's headings, captions and paragraphs, in English."""

REPORT: dict[str, str] = {
    "imported": "Imported answers",
    "title": "{corpus}: prompt it, give it retrieval, tune it, or both?",
    "kicker": "Evidence for a decision",
    "asked": "The assistant is meant to: {purpose}",
    "ran": "Model: {model} · {questions} exam questions and {gold} hand-written ones · {date}",
    "ran_without_gold": "Model: {model} · {questions} exam questions · {date}",
    "ran_on_gold": "Model: {model} · {questions} hand-written exam questions · {date}",
    "h_verdict": "Verdict",
    "h_action": "Do this now",
    "action_adopt": "Put {name} into use.",
    "action_tie": "Put {name} into use: another one would be as good.",
    "action_no_better": (
        "Put none of them into use yet: {name} leads with {value} points [{low}, {high}], and that "
        "is not surely more than the {floor} of saying “{answer}” to everything. Try a larger "
        "model, or more to train on."
    ),
    "action_for_now": "Go on with {name} for now; the evidence does not settle it.",
    "action_nothing": "Decide nothing on this run: it has no variant to put into use.",
    "action_then": "{change}",
    "action_invents": (
        "Do not let it loose on questions that the text may not answer: of {asked} such questions "
        "{name} answered {invented} all the same. Set abstain_below, or have its answers read."
    ),
    "action_all_invent": (
        "Do not let it loose on questions that the text may not answer: of {asked} such questions "
        "{name} answered {invented} all the same, and no other variant fewer than {least}. Set "
        "abstain_below, or have its answers read."
    ),
    "action_invents_some": (
        "Of the questions that the text does not answer ({asked}), {name} answered {invented} all "
        "the same; those who use it have to know."
    ),
    "action_refuses": (
        "Of the questions that the text does not answer ({asked}), {name} refused every one."
    ),
    "sign_who": "Decided by, and their part",
    "sign_date": "On",
    "sign_until": "Holds until",
    "sign_review": "Looked at again when",
    "h_appendix": "Prompts and settings",
    "appendix_note": ("What every variant was told, word for word, and every setting of the run."),
    "h_glossary": "Words",
    "h_reasons": "Three reasons",
    "h_reasons_few": "Reasons",
    "h_chart": "{metric} by variant, in points, with {level} intervals",
    "chart_note": "Dots are the exam's figures, weighted by your workload; bars their intervals.",
    "chart_note_ceiling": (
        "Dots are the exam's figures, weighted by your workload; bars their intervals. The hollow "
        "dot is the oracle, which is handed the evidence: a ceiling, no candidate."
    ),
    "h_cost_page": "What it costs at {queries} questions a month",
    "h_change": "What would change it",
    "h_against": "The strongest argument against",
    "confidence": (
        "Drawing questions, workload shares and prices anew within their errors, {name} comes out "
        "in front in {share} of draws."
    ),
    "confidence_wins": "Others come out in front: {listed}.",
    "standing": "Against {rival}, the nearest rival: {state}.",
    "h_excluded": "Ruled out by your constraints",
    "h_warnings": "Read this before you rely on it",
    "exam_easier": (
        "The exam is easier than the questions written by hand: {name} scores {written} points on "
        "the exam and {gold} on those. Expect the lower figure."
    ),
    "excluded_bare": "{name} is out: {constraint}.",
    "h_utility": "Utility: quality, less what cost and latency take",
    "col_quality": "Quality",
    "col_cost_takes": "Cost takes",
    "col_time_takes": "Latency takes",
    "col_utility": "Utility",
    "evidence": "The evidence",
    "h_scores": "Scores",
    "col_metric_level": "{metric} ({level} interval)",
    "col_gold": "Gold",
    "h_strata": "By how far a question lies from what was trained on",
    "slice": "{label} ({n} questions)",
    "scores_note": (
        "Points from 0 to 100 over the written exam, the strata weighted by your workload "
        "({mix}). {strata_meaning}"
    ),
    "scores_note_plain": (
        "Points from 0 to 100: plain averages, each question counting once, since the questions "
        "carry no strata to weight by."
    ),
    "leader_note": (
        "The best of several looks a little better than it is, because it was picked for its "
        "score. {name} came out best of {of}; allowing for that, its score lies between {low} and "
        "{high} points."
    ),
    "h_metrics": "The same answers under other metrics",
    "metrics_note": (
        "If the order of the variants changed from row to row, the choice of metric would be the "
        "finding. Answer length stands beside them because word-overlap rewards brevity. Rows "
        "marked (ragas) are worked out by that library's own classes; its BLEU wants runs of four "
        "words, which short answers seldom hold."
    ),
    "h_kinds": "By kind of question",
    "h_slices": "By slice",
    "slices_more": (
        "The {shown} slices with most questions have figures of their own; {n} more do not."
    ),
    "h_pairs": "Differences",
    "pairs_note": (
        "Each row is the first variant minus the second, paired by question, in points. Intervals "
        "are for one comparison at a time; p is adjusted for all pairs of candidates in the table "
        "(Holm). Errors are taken between sections, not between questions."
    ),
    "pairs_power": (
        "With this exam a true difference of {gap} points between two variants would be found four "
        "times in five."
    ),
    "against_rival": "against {rival}",
    "front_minus_other": "{name} minus the other",
    "front_apart": "{name} differs from every other candidate by more than luck explains.",
    "front_not_told": "{name} can't be told from {names}: the interval holds zero.",
    "front_apart_from": "It is set apart from {names}: by more than luck.",
    "tuned_harm": "Tuning did harm: {listed}.",
    "tuned_gain": (
        "Tuning clearly gained in {gained} of {of} comparisons with the same variant untuned (over "
        "all and by stratum), and clearly lost in none."
    ),
    "tuned_unclear": "No gain or loss of tuning is clear of luck.",
    "tuned_all": "over all",
    "tuned_reworded": "reworded questions",
    "tuned_same_section": "same-section questions",
    "tuned_unseen": "unseen questions",
    "lead_none": "No variant has a score on this metric.",
    "lead_alone": "{name} scores highest, {value} points of {metric}.",
    "lead_follows": (
        "{name} scores highest, {value} points of {metric}; {rival} follows with {other}."
    ),
    "lead_level": (
        "{name} scores highest, {value} points of {metric}; {rival} comes out level with it "
        "[{low}, {high}]."
    ),
    "lead_clear": (
        "{name} scores highest, {value} points of {metric}; its lead over {rival} is {gap} points "
        "[{low}, {high}], more than luck explains."
    ),
    "lead_luck": (
        "{name} scores highest, {value} points of {metric}, but its lead over {rival}, {gap} "
        "points [{low}, {high}], is within what luck alone can do."
    ),
    "fall": (
        "{name} falls furthest from {first} questions ({before} points) to {last} ones ({after}). "
        "There {best} scores highest."
    ),
    "fall_none": "No variant does markedly worse on {last} questions than on {first} ones.",
    "kinds_ends": (
        "{name} does best on {best} questions ({high} points) and worst on {worst} ones ({low})."
    ),
    "h_levers": "Retrieval and tuning, separately and together",
    "levers_none": (
        "Prompt-only, RAG, fine-tuned and the hybrid were not all in this run, so the two levers "
        "cannot be told apart."
    ),
    "levers_note": (
        "Rows are the model, columns what it is given. Below, each lever's effect with the other "
        "one off and on, then the averages. The interaction is what retrieval adds to "
        "the tuned model beyond what it adds to the base model: below zero, the two do some of the "
        "same work."
    ),
    "levers_overlap": (
        "Tuning and retrieval overlap: together they gain less than the sum of each alone."
    ),
    "levers_strengthen": (
        "Tuning and retrieval strengthen each other: together they gain more than the sum of each "
        "alone."
    ),
    "levers_untold": (
        "Whether tuning and retrieval help each other or overlap can't be told from this exam."
    ),
    "effects": "Effect",
    "base_model": "Base model",
    "tuned_model": "Tuned model",
    "no_retrieval": "Closed book",
    "with_retrieval": "With retrieval",
    "main_retrieval": "Retrieval, on average",
    "main_tuning": "Tuning, on average",
    "interaction": "Interaction",
    "h_waterfall": "Where the points are lost",
    "waterfall_note": (
        "From a perfect score down to the delivered one, in points. What the oracle gets wrong "
        "with the evidence in hand is put down to the reader; what is lost beyond that, to "
        "retrieval where no passage held the evidence and to distraction where one did. Each step "
        "names its largest questions; all are in results.json."
    ),
    "waterfall_none": ("No oracle sat this exam, so searching and reading cannot be told apart."),
    "largest_loss": "The largest single loss: {name} loses {points} points to one cause: {cause}.",
    "col_examples": "Its largest questions",
    "cause_retrieval_missed": "Retrieval missed the evidence",
    "cause_passages_distracted": "Distracted by other passages",
    "cause_not_known": "Not in the weights",
    "cause_reader_failed": "Reader failed, evidence in hand",
    "cause_wrongly_refused": "Refused an answerable question",
    "cause_wrongly_answered": "Answered an unanswerable one",
    "cause_gained": "Better than the oracle (gained)",
    "fix_retrieval_missed": "better search or more passages: up to {gain} points",
    "fix_passages_distracted": "fewer or better ranked passages: up to {gain} points",
    "fix_not_known": "more training wordings, or retrieval: up to {gain} points",
    "fix_reader_failed": "a stronger model or a better prompt: up to {gain} points",
    "fix_wrongly_refused": "a prompt that refuses less readily: up to {gain} points",
    "fix_wrongly_answered": "unanswerable questions in training or prompt: up to {gain} points",
    "fix_gained": "nothing to mend",
    "delivered": "Delivered",
    "perfect": "Perfect score",
    "h_conduct": "Refusing, inventing, behaving",
    "conduct_note": (
        "Groundedness is the share of an answer's words that stand in its passages. Over the exam "
        "and the hand-written questions together: how often a variant said that it cannot say, "
        "how much of that was right (precision), how many of the questions that the text does not "
        "answer it refused (recall), and how many it answered all the same, which is invention."
    ),
    "conduct_unasked": (
        "Groundedness is the share of an answer's words that stand in its passages. No question of "
        "this run is unanswerable by the text, so nothing is known of how the variants refuse, "
        "nor of what they would invent."
    ),
    "conduct_line": (
        "Questions that the text does not answer ({asked}), answered all the same: {names}."
    ),
    "col_grounded": "Groundedness",
    "col_abstained": "Abstained",
    "col_rightly": "Rightly",
    "col_unanswerable": "Unanswerable",
    "col_refused": "Refused",
    "col_invented": "Invented",
    "col_behaviour": "Behaviour",
    "h_selective": "How sure, and how right",
    "selective_note": (
        "Each line orders the answers of one variant from the surest to the least sure and shows "
        "the score among those answered (upwards) against the share of all questions answered (to "
        "the right), over the exam and the hand-written questions together, each question counted "
        "once. How sure a variant is of an answer is told by the probabilities that its model gave "
        "to the answer's words, or by the signal that it abstains by (abstain_by). Where a line "
        "falls to the right, the variant knows when it is "
        "right: it could say that it does not know where it is least sure (abstain_below). The "
        "area is what is lost on average over all shares answered, in points; less is better, and "
        "where being sure says nothing it equals what is lost with all answered."
    ),
    "selective_best": (
        "{name} knows best when it is right: answering the surest questions first loses {gain} "
        "points less on average than answering any."
    ),
    "selective_nothing": "How sure a variant is tells nothing here of whether it is right.",
    "selective_untold": "Not available for {names}: the model tells no probabilities.",
    "coverage_across": "Share of questions answered, %",
    "coverage_up": "Score among these, points",
    "col_answered": "Answered",
    "col_area": "Area (lost on average)",
    "col_random": "Lost with all answered",
    "threshold_dev": (
        "{name} says that it does not know where it is less than {below} sure. That was chosen on "
        "{answerable} answerable dev questions, where it cost {lost} points of F1; here it held "
        "{held} {held:reply|replies} back."
    ),
    "threshold_set": (
        "{name} says that it does not know where it is less than {below} sure, as the experiment "
        "asks; it held {held} {held:reply|replies} back."
    ),
    "threshold_dev_by": (
        "{name} says that it does not know where {unsure} {below}. That was chosen on {answerable} "
        "answerable dev questions, where it cost {lost} points of F1; here it held {held} "
        "{held:reply|replies} back."
    ),
    "threshold_set_by": (
        "{name} says that it does not know where {unsure} {below}, as the experiment asks; it held "
        "{held} {held:reply|replies} back."
    ),
    "unsure_retrieval": "the best passage stands out by less than",
    "unsure_sufficiency": "the chance that its passages answer, as it holds them, is below",
    "unsure_cross_encoder": "the relevance of its best passage, by the cross-encoder, is below",
    "threshold_none": (
        "{name} was to say that it does not know where it is unsure, but no threshold could be "
        "chosen: there are no answerable dev questions, or its model tells no probabilities."
    ),
    "h_gold": "The hand-written questions, apart",
    "gold_note": (
        "These {gold} questions were written by hand, apart from the exam. They are not mixed into "
        "the figures above and carry no workload weights."
    ),
    "h_examples": "Answers side by side",
    "examples_note": (
        "Chosen by score alone: for each pair of variants the widest wins of either side, and one "
        "question that all got wrong."
    ),
    "example_winner": "best answered by {winner}",
    "example_failed": "answered by none",
    "reference": "Reference",
    "unanswerable": "The text does not say; the right answer is to say so.",
    "passages": "passages",
    "holds_evidence": "holds the evidence",
    "h_latency": "Latency",
    "latency_note": (
        "One question at a time, warm, {n} questions per variant; the 90th percentile of so few is "
        "indicative."
    ),
    "latency_one": "{name} answers nine in ten questions within {p90}.",
    "latency_alike": "Nine in ten answers come within {p90} with every variant.",
    "latency_ends": (
        "{name} is quickest: nine in ten answers within {p90}. {rival} is slowest, {other}: "
        "{times} times as long."
    ),
    "latency_none": "Latency was not measured in this run.",
    "h_map": "Who wins at which volume",
    "map_note": (
        "By the point rule: of the variants within your margin of the best, the cheapest. The "
        "cross marks the volume and update rate you declared."
    ),
    "map_flat": (
        "{name} wins at every volume from {low} to {high} questions and every update rate from "
        "{few} to {many} a month."
    ),
    "map_turns": "The winner changes over the map: {names}.",
    "map_none": (
        "No variant is allowed at any volume from {low} to {high} questions and any update rate "
        "from {few} to {many} a month."
    ),
    "map_nobody": "none is allowed",
    "map_x": "questions a month",
    "map_y": "updates a month",
    "h_method": "Method and limits",
    "method_paired": (
        "All variants answered the same questions with the same decoding and the same instruction "
        "about the form of the answer. Comparisons are paired by question. Errors are clustered by "
        "the section a question came from ({method})."
    ),
    "method_rule": (
        "The verdict recommends a variant only if, against each rival, it is better by more than "
        "the margin of {margin} points with {level} confidence, or not worse by the margin and "
        "cheaper, by more than the timed questions leave open. Equivalence is two one-sided tests "
        "at the same margin. Otherwise it is undecided."
    ),
    "method_missing": (
        "An answer that failed counts as zero. A score that could not be had is left out of the "
        "figures and counted; what the verdict compares then reaches from all of them wrong to all "
        "of them right."
    ),
    "limit_text": (
        "One text and one model were tried. The ranking need not carry over to another of either."
    ),
    "limit_overlap": (
        "Word overlap with a reference misses right answers in other words, and a long answer "
        "that contains the right one scores low; containment and similarity stand beside it."
    ),
    "limit_written": (
        "The exam was written by a model from the text, then filtered; it asks what such a model "
        "can ask. The hand-written questions are the check on that."
    ),
    "h_certificate": "The exam",
    "certificate_hash": "Locked before any answer under the hash {hash}.",
    "proof_note": "For each stratum the exam question that comes nearest to a training question.",
    "col_leaks": "Leaks",
    "col_nearness": "Nearness",
    "col_nearest_exam": "Nearest exam question",
    "col_nearest_train": "Train question",
    "certificate_none": "This run carries no exam certificate.",
    "dropped_note": "Questions that were written and thrown away, by reason: {listed}.",
    "training_adapter": "Adapter of",
    "training_method": "Method",
    "training_preferences": "Then by preferences or rewards",
    "training_parameters": "Trained parameters",
    "training_examples": "Train questions",
    "training_epochs": "Epochs",
    "training_steps": "Steps",
    "training_loss": "Loss on the training questions",
    "training_dev": "Loss on held-out questions",
    "training_seconds": "Time",
    "training_artifact": "In the cache as",
    "stopped_early": "(stopped early)",
    "stopped_plan": "(as planned)",
    "fact_run": "Run",
    "fact_made": "Made",
    "fact_corpus": "Corpus",
    "fact_edition": "edition {edition}",
    "fact_model": "Model",
    "fact_machine": "Machine",
    "fact_seed": "Seed",
    "fact_time": "Time",
    "fact_stages": "Stages",
    "fact_versions": "Versions",
    "h_tuning": "Training",
    "h_run": "This run",
    "reproduce": "To run it again",
    "records": "Records",
    "records_note": (
        "Each number above links to its row in the tables here; each row links to the records it "
        "was computed from, in the run's folder."
    ),
    "rec_answers": "answers",
    "rec_scores": "scores",
    "rec_judgements": "judgements",
    "rec_replies": "replies",
    "rec_wordings": "wordings",
    "rec_before": "before",
    "rec_after": "after",
    "rec_prose": "prose",
    "rec_labels": "labels",
    "rec_clocked": "timed",
    "missing_n": "{n} missing",
    "col_variant": "Variant",
    "col_all": "All",
    "col_n": "Questions",
    "col_records": "Records",
    "col_difference": "Difference",
    "col_interval": "Interval",
    "col_p": "p (Holm)",
    "col_stratum": "Stratum",
    "col_first": "First token",
    "col_token": "Per token",
    "col_retrieval": "Retrieval",
    "col_total": "End to end (p50)",
    "col_total90": "End to end (p90)",
    "col_p90_time": "90% within",
    "col_fixed": "Once",
    "col_update": "Per update of the text",
    "col_1000": "Running, per 1,000 questions",
    "col_month": "Per month",
    "col_correct": "Running, per 1,000 right answers",
    "col_tokens": "Tokens in / out",
    "col_cause": "Cause",
    "col_points": "Points",
    "col_fix": "Cheapest fix, at best",
    "workload_mix": "workload mix",
    "none": "none",
    "footer": "Made by the RAG-versus-fine-tune workbench {version}.",
}
