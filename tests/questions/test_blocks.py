"""Blocks of clean prose, and their exact places in the document."""

from __future__ import annotations

from workbench.questions.parsing.blocks import read_page


def test_a_paragraph_is_read_without_its_markup() -> None:
    text = '# Tides\n\nThe *spring* tide is [high]({% page "x" %}).\n'
    heading, paragraph = read_page(text).blocks
    assert heading.text == "Tides"
    assert paragraph.text == "The spring tide is high."
    assert text[slice(*paragraph.span(4, 15))] == "spring* tide"
