"""English sentences on searched settings, on what training owes to luck, on how much data helps."""

TRAINED: dict[str, str] = {
    # --- searched settings ---
    "h_tuning_search": "Which settings of the tuning were searched",
    "h_tuning_search_of": "Searched for {names}",
    "trials_asked": (
        "{tried} settings were tried on {questions} dev questions, {given_up} of them given up "
        "early; the exam stayed shut."
    ),
    "trials_asked_all": (
        "{tried} settings were tried on {questions} dev questions; the exam stayed shut."
    ),
    "trials_flat": (
        "The hill is flat: {within} of the {scored} that were carried through cannot be told from "
        "the best by these questions, so that of them the cheapest will do."
    ),
    "trials_steep": (
        "The choice matters: {within} of the {scored} that were carried through, the best among "
        "them, cannot be told from it by these questions."
    ),
    "trials_peak": "The best stands alone: none of the other {others} comes near it.",
    "trials_mattered": "What mattered for the score, by its share of the spread: {shares}.",
    "trials_smallest": (
        "The best {setting}, {value}, is the smallest that was tried: what is best may lie below, "
        "so widen the range."
    ),
    "trials_largest": (
        "The best {setting}, {value}, is the largest that was tried: what is best may lie above, "
        "so widen the range."
    ),
    "trials_low_end": (
        "The best {setting}, {value}, lies at the lower end of what was tried: what is best may "
        "lie below, so widen the range."
    ),
    "trials_high_end": (
        "The best {setting}, {value}, lies at the upper end of what was tried: what is best may "
        "lie above, so widen the range."
    ),
    "trials_present_best": "What stood in the experiment is the best that was tried.",
    "trials_present_level": (
        "What stood in the experiment is {behind} from the best, [{low}, {high}]: no more than "
        "luck may be."
    ),
    "trials_present_behind": (
        "What stood in the experiment is {behind} from the best, [{low}, {high}]: more than luck."
    ),
    "trials_lucky": (
        "Being the best of several it was lucky too: expect somewhat less of it on the exam."
    ),
    "trials_curse": (
        "Chosen as the best of {scored}, the setting came to {dev} on dev and to {exam} on the "
        "exam: {less} points less, as the winner of a search was lucky too."
    ),
    "trials_no_curse": (
        "Chosen as the best of {scored}, the setting came to {dev} on dev and to {exam} on the "
        "exam, so that no luck of the winner shows."
    ),
    "trials_note": (
        "Points out of 100 with their intervals, weighted as the workload is. Within: these "
        "questions cannot tell it from the best. What was given up early has no score."
    ),
    "trials_effort": (
        "Every variant that was searched had the same budget: {trials} settings{minutes}. What was "
        "not searched stands as it was set."
    ),
    "trials_minutes": " and {minutes} minutes",
    "trial_pruned": "given up early",
    "trial_failed": "failed",
    "trial_at_end": "at the end of what was tried",
    "trial_complete": "carried through",
    "settings_tried": "The settings that were tried",
    "col_setting": "Setting",
    "col_dev": "On dev",
    "col_to_best": "To the best",
    "col_epochs": "Epochs",
    "col_state": "State",
    "col_within": "Within",
    "rec_trials": "trials",
    # --- searched retrieval ---
    "h_retrieval_search": "Which settings of the search were tried",
    "retrieval_tried": (
        "{tried} settings of the search were tried on {questions} train and dev questions, each "
        "filling {tokens} tokens; the exam stayed shut."
    ),
    "retrieval_none_better": (
        "Nothing that was tried shows the evidence more often than what stood there."
    ),
    "retrieval_maybe": (
        "What shows the evidence most often is {difference} points ahead of what stood there, "
        "[{low}, {high}]: no more than luck may be."
    ),
    "retrieval_better": (
        "What shows the evidence most often is {difference} points ahead of what stood there, "
        "[{low}, {high}]: more than luck."
    ),
    "retrieval_chosen": (
        "The best {answered} answered {dev} dev questions, which chose the first."
    ),
    "retrieval_kept": (
        "The best {answered} answered {dev} dev questions, and what stood there stays."
    ),
    "retrieval_ties": (
        "{ties} settings cannot be told from the one that shows the most: take the cheapest."
    ),
    "retrieval_failed": "{failed} settings contradict themselves and were not tried.",
    "retrieval_curse": (
        "Chosen as the best of {scored} that answered, the search came to {dev} on dev and to "
        "{exam} on the exam: {less} points less, as the winner of a search was lucky too."
    ),
    "retrieval_no_curse": (
        "Chosen as the best of {scored} that answered, the search came to {dev} on dev and to "
        "{exam} on the exam, so that no luck of the winner shows."
    ),
    "retrieval_note": (
        "Every setting filled the same tokens of the prompt. Evidence shown: how often the "
        "passages held it; precise: the share of them that did. A front: nothing else is better "
        "in evidence, tokens and milliseconds at once."
    ),
    "retrieval_present": "as it stood",
    "col_shown": "Evidence shown",
    "col_precise": "Precise",
    "col_tokens_shown": "Tokens",
    "col_ms": "Milliseconds",
    "col_front": "On the front",
    # --- searched prompts ---
    "h_prompt_search": "Which prompts were tried",
    "h_prompt_search_of": "Tried for {names}",
    "prompts_chosen": (
        "Prompt chosen on {questions} dev questions from {tried}: {prompt}; the exam stayed shut."
    ),
    "prompts_kept": (
        "Prompt chosen on {questions} dev questions from {tried}: what stood there stays; the exam "
        "stayed shut."
    ),
    "prompts_level": (
        "What stood there is {difference} from it, [{low}, {high}]: no more than luck may be."
    ),
    "prompts_behind": "What stood there is {difference} from it, [{low}, {high}]: more than luck.",
    "prompts_unknown": (
        "The dev questions are too few to say how much of its lead on what stood there is luck."
    ),
    "prompts_curse": (
        "Chosen as the best of {scored}, the prompt came to {dev} on dev and to {exam} on the "
        "exam: {less} points less, as the winner of a search was lucky too."
    ),
    "prompts_no_curse": (
        "Chosen as the best of {scored}, the prompt came to {dev} on dev and to {exam} on the "
        "exam, so that no luck of the winner shows."
    ),
    "prompts_note": (
        "Every variant tried the same prompts on the same dev questions, and of equal ones the "
        "present stayed. Examples are tried where a variant has room for them: not beside the "
        "whole text or the evidence itself."
    ),
    "prompts_tuned": (
        "{names} tried them before the training, by the untuned model; the adapter was trained in "
        "what was chosen for its training's form."
    ),
    "prompts_tried": "The prompts that were tried",
    "prompts_in_table": "Prompts chosen on {questions} dev questions: {chosen}.",
    "prompts_of": "{names}: {prompt}, from {tried}",
    "col_prompt": "Prompt",
    "rec_prompts": "prompts",
    # --- how much data is enough ---
    "h_curve": "How much data is enough",
    "curve_at": (
        "{name} would reach {rival} at about {facts} facts [{low}, {high}], going on as it did."
    ),
    "curve_at_open": (
        "{name} would reach {rival} at about {facts} facts, going on as it did; it may be at "
        "{low} already, or not within {most}, beyond which nothing is claimed."
    ),
    "curve_there": "{name} reaches {rival} at about {facts} facts [{low}, {high}], which it had.",
    "curve_there_open": (
        "{name} reaches {rival} at about {facts} facts, which it had; but that may be luck, and "
        "not hold even at {most}."
    ),
    "curve_never": (
        "{name} would not reach {rival} within {most} facts, as far as its curve can honestly be "
        "followed: there it would come to {value} [{low}, {high}], and {rival} has {target}; "
        "{share} of the resampled curves reach it."
    ),
    "curve_margin_at": (
        "It would come within {margin} points of it at about {facts} facts [{low}, {high}]."
    ),
    "curve_margin_at_open": (
        "It would come within {margin} points of it at about {facts} facts; at {low} at the "
        "earliest, and perhaps not within {most}."
    ),
    "curve_margin_there": (
        "It comes within {margin} points of it at about {facts} facts [{low}, {high}]."
    ),
    "curve_margin_there_open": (
        "It comes within {margin} points of it at about {facts} facts, or perhaps not within "
        "{most}."
    ),
    "curve_margin_never": "Nor would it come within {margin} points of it.",
    "curve_doubling": "Twice the facts that it had would add {gain} points [{low}, {high}].",
    "curve_too_few": "It takes {points} points to draw a curve.",
    "curve_note": (
        "{name} was trained on parts of the facts, each within the next, and answered the same "
        "{questions} dev questions each time; the exam stayed shut. The curve is an inverse power "
        "law, its band comes from sections drawn again and again. Text that is replayed against "
        "forgetting is of all sections each time."
    ),
    "col_facts": "Facts",
    "rec_curve": "curve",
    # --- smaller models ---
    "h_compressed": "What a smaller model costs and gains",
    "compressed_level": (
        "{name} takes {share} of the weights' memory of {whole}; what that costs in answers cannot "
        "be told from nothing ({gap} points [{low}, {high}])."
    ),
    "compressed_worse": (
        "{name} takes {share} of the weights' memory of {whole}, and loses: {gap} points "
        "[{low}, {high}]."
    ),
    "compressed_better": (
        "{name} takes {share} of the weights' memory of {whole} and scores higher: {gap} points "
        "[{low}, {high}]."
    ),
    "compressed_note": (
        "Each smaller model beside the variant that differs from it in nothing else. Its weights "
        "take as much on the disk as in memory, an adapter's among them; latency is of this "
        "machine, and kernels for few bits are made for others."
    ),
    "col_held_in": "Held in",
    "col_blocks_out": "Blocks out",
    "col_weights_take": "Weights",
    "col_to_whole": "To the whole one",
    # --- the luck of training ---
    "h_trainings": "How much of it is the luck of training",
    "luck_spread": (
        "{name} was trained {number} times, from as many seeds, and came to between {lowest} and "
        "{highest} on the exam: of its uncertainty, {luck} is training luck."
    ),
    "luck_pair": (
        "Of the uncertainty of the difference between {first} and {second}, {luck} is training "
        "luck: more questions will not lessen that part, more trainings will."
    ),
    "luck_note": (
        "The figures of a variant that was trained {number} times are the mean of its trainings, "
        "and its intervals and differences hold both the sections that were asked of and the seeds "
        "that were trained from. Answers, latency and what was forgotten are shown of the first."
    ),
    "col_training_n": "Training {number}",
    "col_spread": "SD of the trainings",
    "col_luck": "Training luck",
    "rec_training": "training {number}",
    "axis_parallel": "Each line is a setting; the last axis is its score on dev.",
}
