"""How the embedded reader (:mod:`workbench.models.reader`) is trained and measured.

``python -m training.reader.train`` trains it, on questions of people and on made-up facts
(:mod:`training.reader.data`); :mod:`training.reader.evaluate` scores it.
"""
