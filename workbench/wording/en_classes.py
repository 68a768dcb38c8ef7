"""English sentences on labels: how well each is told, what it is taken for, and calibration."""

CLASSES: dict[str, str] = {
    "h_classes": "Label by label",
    "classes_floor": (
        "Naming {label} for every message would be right for {share} of them: that is the floor."
    ),
    "classes_best": (
        "{name} tells {best} best (F1 {high}) and {worst} worst (F1 {low}); its macro F1, in which "
        "each label counts alike, is {macro}."
    ),
    "classes_even": (
        "{name} tells all labels alike (F1 {high}); its macro F1, in which each label counts "
        "alike, is {macro}."
    ),
    "classes_confused": (
        "{name} most often takes {true} for {named}: {times} of {asked} such messages."
    ),
    "classes_first_training": (
        "Where a variant was trained several times, its labels and macro F1 are those of the first "
        "training; accuracy is the mean of all."
    ),
    "classes_unlabelled": (
        "{name} named no label for {times} of {asked} messages; "
        "{times:this counts|these count} as wrong."
    ),
    "classes_sure": (
        "When {name} is {confidence} sure on average, it is right {accuracy} of the time; over all "
        "degrees of confidence they differ by {error} points (expected calibration error)."
    ),
    "classes_note": (
        "F1 joins precision (of the messages that were given the label, those that have it) and "
        "recall (of those that have it, those that were given it). No label: answers that name "
        "none of the labels, or several. Calibration: the mean gap in points between how sure an "
        "answer was and how often such answers are right; 0 is best."
    ),
    "classes_confidence": (
        "Confidence is a label's probability among all labels: an encoder's own, a local model's "
        "likelihood of each label after the prompt, an endpoint's confidence in the words of its "
        "reply."
    ),
    "classes_matrix_note": "Rows are what the messages are, columns what they were taken for.",
    "certificate_clean_labelled": (
        "No exam message stands in the training messages in nearly the same words or with the same "
        "meaning, and none is of a group that was trained on."
    ),
    "proof_note_labelled": "The exam message that comes nearest to a training message.",
    "limit_labels": (
        "The labels are taken as right: where people would label a message differently, no score "
        "says who is. The messages of another time or team may be others."
    ),
    "pairs_note_labelled": (
        "Each row is the first variant minus the second, paired by message, in points. Intervals "
        "are for one comparison at a time; p is adjusted for all pairs of candidates in the table "
        "(Holm). Errors are taken between groups of messages (a sender, and what nearly repeats "
        "it), not between messages."
    ),
    "pairs_note_macro": (
        "Differences in macro F1 count each label alike, however rare; their intervals are those "
        "of whole groups drawn again, the same for both variants."
    ),
    "certificate_labelled": (
        "Messages were compared by shared words and by meaning (a cosine of {same_question} makes "
        "two of them one); those of one group stand on one side alone."
    ),
    "evidence_halves_labelled": (
        "{questions} more labelled messages would bring that average down to {points}."
    ),
    "evidence_slow_labelled": (
        "Even {questions} more labelled messages would only bring that average down to {points}."
    ),
    "evidence_note_labelled": (
        "Points that the choice loses on average, by how many more messages are asked before it is "
        "made. Four in five exams of this size would draw the line inside the band."
    ),
    "needed_labelled": "About {needed} more labelled messages would settle it.",
    "needed_unknown_labelled": (
        "It takes more labelled messages; how many cannot be said from these."
    ),
    "change_needed_labelled": "About {needed} more labelled messages would settle it.",
    "change_sections_labelled": (
        "More labelled messages would settle it; how many cannot be said from these."
    ),
    "col_label": "Label",
    "col_precision": "Precision",
    "col_recall": "Recall",
    "col_f1": "F1",
    "col_no_label": "No label",
    "col_calibration": "Calibration",
    "confusion_of": "What {name} takes for what",
    "taken_for": "taken for",
    "is_label": "the label",
    "reliability": "How sure, and how often right",
    "reliability_across": "Confidence, per cent",
    "reliability_up": "Right, per cent",
}
