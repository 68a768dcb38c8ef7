"""The sentences about a judge and what it is worth, in English."""

JUDGE: dict[str, str] = {
    "judge_done": (
        "{model} gave {judged} of {due} judgements; {failed} could not be had and are left out, "
        "not counted as wrong."
    ),
    "judge_took": "It took {calls} calls, {input_tokens} tokens in and {output_tokens} out.",
    "judge_took_money": (
        "It took {calls} calls, {input_tokens} tokens in and {output_tokens} out: {cost}."
    ),
    "judge_reused": (
        "Judgements that were made before, for the same answers in another run, and cost nothing "
        "here: {reused}."
    ),
    "judge_agrees": (
        "{metric} agrees with people on {agreed} of {n} answers that they labelled "
        "(Cohen's kappa {kappa})."
    ),
    "judge_agrees_no_kappa": (
        "{metric} agrees with people on {agreed} of {n} answers that they labelled; kappa cannot "
        "be had, because one side called all of them right or all of them wrong."
    ),
    "judge_no_labels": (
        "No person has labelled an answer of this run, so nothing is known of how far the judge "
        "can be trusted. Label some in the dashboard: Questions, “Judge blind”."
    ),
    "judge_few_labels": (
        "Only {n} judged answers carry a person's label; from {few} on, the judge's errors can be "
        "corrected for."
    ),
    "judge_withheld": (
        "No corrected rate of {metric} is shown for {names}: a judge may favour one variant, so "
        "its errors are taken out of each by that variant's own labels, from {few} on."
    ),
    "judge_other_metrics": (
        "People's labels say whether an answer is right, and none of the judged metrics does; "
        "judge factual_correctness to see how far the judge agrees with them."
    ),
    "judge_no_better": (
        "By the labels, {metric} hardly tells right answers from wrong ones; no rate can be "
        "corrected by it, and its figures carry little weight."
    ),
    "judge_own": (
        "{model} judges its own answers here ({names}); models favour their own, so take a judge "
        "of another family."
    ),
    "judge_budget": (
        "The budget ended the judging with {n} judgements open. Questions were taken in random "
        "order, so what was judged is a fair sample."
    ),
    "judge_malformed": "{n} judgements did not keep to the form, even when asked again.",
    "judge_endpoint": (
        "{n} judgements failed because the judge did not answer; the same command tries them again."
    ),
    "judge_nothing": "In {n} answers the judge found nothing to judge.",
    # --- the report ---
    "h_judge": "What a judge says",
    "judge_note": (
        "A language model read the answers: ragas' metrics, in points, weighted by your workload "
        "like the scores above. A judge is an instrument with errors of its own; below stands how "
        "far people agree with it."
    ),
    "judge_lower": "For noise sensitivity, less is better.",
    "h_agreement": "The judge against people",
    "agreement_note": (
        "Answers that people labelled right or wrong; the judge calls an answer right from "
        "{points} points. “Judge only” are answers that the judge alone calls right, “Person "
        "only” those that people alone call right."
    ),
    "h_corrected": "How many answers are right",
    "corrected_note": (
        "The share of exam answers that the judge calls right, and the share that are right once "
        "its errors on that variant's own labelled answers are taken out (Rogan and Gladen), with "
        "{level} intervals that carry both errors. Every question weighs the same here."
    ),
    "col_metric": "Metric",
    "col_labelled": "Labelled",
    "col_agreed": "Agree",
    "col_kappa": "Kappa",
    "col_both_right": "Both right",
    "col_both_wrong": "Both wrong",
    "col_lenient": "Judge only",
    "col_harsh": "Person only",
    "col_judged": "Judge says",
    "col_corrected": "Corrected",
}
