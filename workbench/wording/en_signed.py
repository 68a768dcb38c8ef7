"""What is said of signatures, in English."""

SIGNED: dict[str, str] = {
    "h_signed": "Signed by",
    "signed_note": (
        "Whoever signs answers for what is decided by this run, with the limits named here. The "
        "digest is of all records that the results rest on; kept elsewhere it shows that nothing "
        "was changed, kept here alone it shows what was changed by mistake."
    ),
    "signed_by": "{name} signed this run on {date} (digest {digest}…).",
    "signed_whole": "Nothing that {name} signed has changed since.",
    "signed_changed": "Changed since {name} signed: {listed}. Look at it and sign again.",
    "signed_more": " and {n} more",
    "signed_accepts": "{name} accepts: {limit}",
    "signed_review": "It is to be reviewed by {date}.",
    "signed_overdue": "It was to be reviewed by {date}, which is past.",
    "signed_no_review": "No date for the next review is set.",
}
