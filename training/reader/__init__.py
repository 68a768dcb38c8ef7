"""How the embedded reader (:mod:`workbench.models.reader`) is trained and measured.

``python -m training.reader.mine`` has the question writer ask very much of any prose, and ``python
-m training.reader.train`` trains the reader, on that, on questions of people and on made-up facts
(:mod:`training.reader.data`); :mod:`training.reader.evaluate` scores it.
"""
