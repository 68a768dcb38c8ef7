"""What is said of people's ratings, in English."""

PEOPLE: dict[str, str] = {
    "h_people": "What people think of the answers",
    "people_note": (
        "{raters} {raters:rater|raters} made {comparisons} blind comparisons and graded {graded} "
        "answers, on {questions} exam questions; the order was balanced, and answers alike word "
        "for word were not shown. Preferred: the chance to be preferred to the average "
        "variant (Bradley-Terry), in points. Grade: 1 to 5 as 0 to 100. {needed} "
        "independent comparisons of two variants find a preference of 60 in 100 four times in five."
    ),
    "people_any": (
        "Intervals are for other sections of the text and for other raters such as these {raters}: "
        "how far they differ among themselves widens them."
    ),
    "people_these": (
        "Intervals are for other sections of the text, and for the {raters} {raters:rater|raters} "
        "who rated alone: from three on they allow for other people too, who may differ by more."
    ),
    "people_pair": (
        "{first} is preferred to {second} in {value} of 100 cases [{low}, {high}], by {n} "
        "comparisons of the two."
    ),
    "people_pair_open": (
        "Between {first} and {second} people are not shown to prefer either: the first in {value} "
        "of 100 cases [{low}, {high}], by {n} comparisons. To find a preference of 60 in 100 takes "
        "some {more} more."
    ),
    "people_pair_many": (
        "{first} may be preferred to {second}: in {value} of 100 cases [{low}, {high}], by {n} "
        "comparisons. With so many pairs compared one of them may look so by chance (p {p} by "
        "Holm): it is not shown. To find a preference of 60 in 100 takes some {more} more."
    ),
    "people_pair_few": (
        "{n} comparisons of {first} and {second} lie in too few sections for an interval."
    ),
    "people_pair_same": "In all {n} comparisons {first} and {second} were held to be the same.",
    "people_choices": "preferences",
    "people_grades": "grades",
    "people_alpha": (
        "Raters agree on {what}: Krippendorff's alpha {alpha} [{low}, {high}] on {n} that several "
        "judged."
    ),
    "people_alpha_low": (
        "Raters agree little on {what}: Krippendorff's alpha {alpha} [{low}, {high}] on {n} that "
        "several judged, below the 0.667 that tentative conclusions ask for. Talk the instructions "
        "over before rating further."
    ),
    "people_alpha_none": (
        "How far raters agree on {what} cannot be told: {n} were judged by several, or all were "
        "judged alike."
    ),
    "people_alpha_uninstalled": (
        "How far raters agree on {what} needs the package {name}: "
        "pip install 'rag-finetune-workbench[people]'."
    ),
    "people_sided": (
        "The answer that stood first was chosen in {share} of the decided comparisons: whoever "
        "rates goes by the place as well. Its balance keeps this from favouring a variant."
    ),
    "people_metric": (
        "{metric} orders {agreed} of {n} pairs as people do, of those that both put in an order."
    ),
    "people_added": "half a win for each added",
    "col_preferred": "Preferred to the average",
    "col_first_preferred": "First preferred",
    "col_grade": "Grade",
    "col_people_won": "Comparisons won",
    "col_people_same": "The same",
    "col_people_lost": "Lost",
    "col_people_pair": "First, second",
    "col_people_n": "Comparisons",
    "col_people_ordered": "Pairs",
    "col_graded": "Answers graded",
    "col_alike": "Orders as people do",
    "col_rank": "Rank correlation with grades",
}
