"""Every stage of a run on a handful of questions, clocked: what an estimate is scaled from."""
