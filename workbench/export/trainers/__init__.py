"""From and to the configuration of other trainers: axolotl, LLaMA-Factory, Unsloth and TRL.

What a setting is called there stands in :mod:`.keys`, once for both directions. :mod:`.write` puts
a variant's training set beside such a configuration; :mod:`.read` makes an experiment of one.
"""
