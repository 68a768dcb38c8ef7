"""The words on what it costs, and on what that rests, in English."""

MONEY: dict[str, str] = {
    # --- the one assumption ---
    "assume_month": (
        "Assumed for every amount: a machine rented all month, {hours} hours at {hourly} "
        "({source}): {month} each, as many as the volume needs."
    ),
    "assume_own_server": (
        "Assumed for every amount: a server of your own for {price}, written off over {months} "
        "months, with {watts} W at {kwh} a kWh ({source}): {month} a month each, as many as the "
        "volume needs."
    ),
    "assume_own_server_bare": (
        "Assumed for every amount: a server of your own for {price}, written off over {months} "
        "months, its power left out ({source}): {month} a month each, as many as the volume needs."
    ),
    "assume_busy_second": (
        "Assumed for every amount: a machine that is paid only for the seconds it works, at "
        "{hourly} an hour ({source}); the time in which it waits for questions is left out."
    ),
    "assume_token": (
        "Assumed for every amount: a provider serves the model and is paid by token, {listed}."
    ),
    "assume_token_unknown": (
        "Assumed for every amount: a provider serves the model and is paid by token; at what "
        "price, the price book does not say (deployment.input_per_million, output_per_million)."
    ),
    "assume_token_machine": "What else runs on a machine is paid by its seconds, at {hourly} an "
    "hour ({source}).",
    "assume_machine_unknown": (
        "What a machine costs is not known in this currency: set deployment.machine_per_hour."
    ),
    "assume_on_all_month": (
        "Assumed for every amount: a machine that stays on all month, at {hourly} an hour "
        "({source})."
    ),
    "assume_endpoints": "Models behind an endpoint are paid by token: {listed}.",
    "token_price": "{model} at {read} for a million read and {wrote} for a million written",
    "token_price_tuned": ", tuned at {read} and {wrote}",
    "assume_people": (
        "People's time is in it at {rate} an hour ({source}): once {once}, at each update of the "
        "text {again}, as far as a variant needs them ({hours_source})."
    ),
    "assume_no_people": (
        "People's time is left out; it is usually the largest part (deployment.people_per_hour)."
    ),
    "people_once": (
        "{questions} hours for the questions, {retrieval} for retrieval, {tuning} for tuning"
    ),
    "people_again": "{questions}, {retrieval} and {tuning}",
    "yours": "your price book",
    "assume_dated": (
        "Use is measured; the price book is of {dated}. What is paid once (index, training set, "
        "training, setting up) is spread over twelve months, and paid again at each update of the "
        "text: {updates} a month."
    ),
    "basis_month": "a machine rented all month",
    "basis_own_server": "a server of your own",
    "basis_busy_second": "a machine paid by the busy second",
    "basis_token": "a model paid by token",
    "basis": "This assumes {what} and counts people's time.",
    "basis_no_people": "This assumes {what} and leaves people's time out.",
    # --- another deployment than the run's own ---
    "h_otherwise": "Reckoned for another way of paying",
    "otherwise": (
        "All amounts here are for {what}, and the verdict is decided with them. The run itself was "
        "decided for {own}: its results.json and report.html stay as they were."
    ),
    "otherwise_own": "The run's own verdict: {sentence}",
    "outcome_other": "Another outcome than the run's own: there it is {own}.",
    "outcome_same": "The same variant in front as under the run's own setting.",
    "outcome_open": "open",
    "machine_other": (
        "The run was made on a machine with {gpu}, and the one that is priced has none ({source}): "
        "set deployment.machine_per_hour to what yours costs."
    ),
    # --- the amounts ---
    "cost_month": (
        "At {queries} questions and {updates} of the text a month {name} costs least, {month} a "
        "month, and {rival} most, {other}."
    ),
    "cost_month_alike": (
        "At {queries} questions and {updates} of the text a month every variant costs {month} a "
        "month."
    ),
    "cost_month_one": (
        "At {queries} questions and {updates} of the text a month {name} costs {month} a month."
    ),
    "cost_none": "No cost was worked out in this run.",
    "cost_correct": (
        "By what questions alone take, without building and people, {name} gives the cheapest "
        "right answers: {money} for 1,000 of them."
    ),
    "cost_line": "A month at {queries} questions",
    "h_cost": "Cost",
    "cost_note_foreign": (
        "The amounts per question are those of the imported file. What it cost to build each "
        "system is not in it."
    ),
    "cost_by_cause": (
        "A month at {queries} questions and {updates}, by what is paid for; what is paid "
        "once is spread over twelve months."
    ),
    "cost_machines": (
        "Machines that stay on: {listed}, at {month} a month each. Their number follows the volume."
    ),
    "cost_writing": (
        "Of the machine's time for writing questions {share} is the training set's, paid by "
        "those that need it; the rest is the exam's, which no variant pays."
    ),
    "cost_cached": (
        "{name}: of the {read} tokens of a prompt {tokens} are the same in all, and are read from "
        "the provider's cache: 1,000 questions cost {saved} less by it."
    ),
    "cost_missing": "The cost of {name} is not fully known: the price book or run lacks {missing}.",
    "h_break_even": "Who is cheaper, and from where on",
    "break_even_note": (
        "The volume at which two variants' monthly costs meet, the updates as declared; and the "
        "rate of updates at which they meet, the volume as declared. Intervals carry the error of "
        "the measured seconds and tokens of a question, not that of prices; “∞” means that the two "
        "may never meet. With machines that stay on, two may meet several times: the last is "
        "named. Pairs that are not named never meet, or at less than one update in ten years."
    ),
    "break_even_exact": " (exact: nothing that was measured varied)",
    "break_even_unknown": " (how sure this is, was not measured)",
    "break_even_every": ", one every {every},",
    "break_even_queries_per_month_above": (
        "Above {at} questions a month{span} {name} costs less than {rival}."
    ),
    "break_even_queries_per_month_below": (
        "Below {at} questions a month{span} {name} costs less than {rival}."
    ),
    "break_even_updates_per_month_above": (
        "Above {at} updates a month{span} {name} costs less than {rival}."
    ),
    "break_even_updates_per_month_below": (
        "Below {at} updates a month{span} {name} costs less than {rival}."
    ),
    "h_flips": "Turning points",
    "flips_far": "Far from where you are, or worth too little to mind",
}
