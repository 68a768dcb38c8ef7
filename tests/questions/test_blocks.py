"""Blocks of clean prose, and their exact places in the document."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.questions.parsing.blocks import Block, is_markdown, read_page

Expected = tuple[str, str, tuple[str, ...], str]


def check_places(text: str, blocks: Iterable[Block], entities: bool = True) -> None:
    """What holds of every block of every document."""
    before = 0
    for block in blocks:
        assert len(block.places) == len(block.text)
        assert all(a < b for a, b in zip(block.places, block.places[1:], strict=False))
        assert before <= block.start <= block.end <= len(text)
        before = block.start
        if block.text:
            assert block.start <= block.places[0] <= block.places[-1] < block.end
            assert block.text == block.text.strip()
            assert "\n" not in block.text and "  " not in block.text
        for at, char in zip(block.places, block.text, strict=True):
            # An entity stands at its first characters.
            assert (
                char == " "
                or text[at] == char
                or (entities and "&" in text[max(at - 1, 0) : at + 1])
            )
        for a, b in (*block.code_spans, *block.strong):
            assert 0 <= a < b <= len(block.text)


class Maker:
    """Makes up Markdown together with what has to be read in it.

    Every word is new. Those that start with "z" stand in code, templates or targets, and must
    never be read as prose.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0
        self.expected: list[Expected] = []
        self.path: tuple[str, ...] = ()

    def word(self, kind: str = "w") -> str:
        self.count += 1
        return kind + "".join("abcdefghij"[int(digit)] for digit in str(self.count))

    def fragment(self) -> tuple[str, str]:
        """Raw text and what is read of it."""
        a, b, c, z = self.word(), self.word(), self.word(), self.word("z")
        page = '{% page "/' + z + '/#x" %}'
        return self.chance.choice(
            [
                (f"{a} {b}", f"{a} {b}"),
                (f"*{a} {b}*", f"{a} {b}"),
                (f"**{a}** _{b}_", f"{a} {b}"),
                (f"***{a}** {b}*", f"{a} {b}"),
                (f"`{a}  {b}`", f"{a} {b}"),
                (f"`` {a}`{b} ``", f"{a}`{b}"),
                (f"[{a} **{b}**](https://{z}.org/x_y_z)", f"{a} {b}"),
                (f"[{a}\n{b}]({page})", f"{a} {b}"),
                (f"[{a}](\n{page}\n)", a),
                (f'[{a}](<{z} x> "{z}")', a),
                (f"![{z} *{z}*]({z}.png)", ""),
                (f"[![{z}]({z}.png) {a}]({z})", a),
                (f'<span class="{z}">{a}</span> {b}', f"{a} {b}"),
                (f"{a} <!-- {z} --> {b}", f"{a} {b}"),
                (f"{a}<br/>{b}", f"{a} {b}"),
                (f"{a}&amp;{b} &lt; {c} &copy;", f"{a}&{b} < {c} ©"),
                (f"{a}\\*{b} \\_{c}\\_", f"{a}*{b} _{c}_"),
                (f"{a}_{b}_{c} 2 * 3", f"{a}_{b}_{c} 2 * 3"),
                (f"{a}[^{z}] {b}", f"{a} {b}"),
                (f"{a} {{{{ {z} }}}}, {b}", f"{a}, {b}"),
                (f"{a} {{{{#include {z}.rs\n}}}} {b}", f"{a} {b}"),
                (f"{a}  \n{b}\\\n{c}", f"{a} {b} {c}"),
                (f"{a}，“中文”😀{b}\t{c}", f"{a}，“中文”😀{b} {c}"),
                (f"<https://{a}.org>", f"https://{a}.org"),
            ]
        )

    def prose(self, lines: bool = True) -> tuple[str, str]:
        """Fragments in a row, the first a plain word so that nothing begins a block."""
        raw = read = self.word()
        for _ in range(self.chance.randrange(4)):
            more, text = self.fragment()
            if lines or "\n" not in more:
                raw += self.chance.choice([" ", "\n"] if lines else [" "]) + more
                read += f" {text}" if text else ""
        return raw, read

    def expect(self, kind: str, text: str, lead: str = "") -> str:
        self.expected.append((kind, text, self.path, lead))
        return text

    def blocks(self, depth: int, last: str = "") -> list[str]:
        """Lines of some blocks; ``last`` is the text that leads into a list if one comes first."""
        lines: list[str] = []
        outer, opened = self.path, list[tuple[int, str]]()
        if depth == 0:  # the document's first heading is no frame: another of level 1 ends it
            outer, opened = (), [(1, self.path[0])]
        listed = False
        for _ in range(self.chance.randint(1, 4)):
            kind = self.chance.choice(list(self.makers))
            if kind in {"quote", "list"} and depth > 2:
                kind = "paragraph"
            if kind == "list" and listed:  # else the two would be one list
                lines += [f"<!-- {self.word('z')} -->", ""]
                last = ""
            if kind == "heading":
                underlined = self.chance.random() < 0.3
                level = self.chance.randint(1, 2 if underlined else 6)
                opened = [one for one in opened if one[0] < level]
                self.path = outer + tuple(text for _, text in opened)
                raw, text = self.prose(lines=underlined)
                self.expect("heading", text)
                if underlined:
                    lines += [*raw.split("\n"), "=-"[level - 1] * 3, ""]
                else:
                    closing = self.chance.choice(["", " ##", " #  "])
                    lines += ["#" * level + f" {raw}{closing}", ""]
                opened.append((level, text))
                self.path = outer + tuple(text for _, text in opened)
                last = ""
            else:
                made, last = self.makers[kind](self, depth, last)
                lines += [*made, ""]
            listed = kind == "list" or (listed and kind == "template")
        self.path = outer
        return lines

    def paragraph(self, depth: int, last: str) -> tuple[list[str], str]:
        raw, text = self.prose()
        return raw.split("\n"), self.expect("paragraph", text)

    def quote(self, depth: int, last: str) -> tuple[list[str], str]:
        mark = self.chance.choice(["> ", ">"])
        lines = self.blocks(depth + 1, last)
        # A mark without a space would make four spaces of code of what is indented by three.
        return [(mark if not line.startswith(" ") else "> ") + line for line in lines], ""

    def items(self, depth: int, last: str) -> tuple[list[str], str]:
        ordered = self.chance.random() < 0.5
        bullet = self.chance.choice("-*+")
        lines: list[str] = []
        for number in range(1, self.chance.randint(2, 4)):
            mark = f"{number}. " if ordered else f"{bullet} "
            box = self.chance.choice(["", "[ ] ", "[x] "])
            raw, text = self.prose()
            self.expect("item", text, last)
            inner = (box + raw).split("\n")
            if self.chance.random() < 0.4:
                inner += ["", *self.blocks(depth + 1, text)]
            lines += [mark + inner[0], *(" " * len(mark) + one for one in inner[1:])]
        return lines, ""

    def table(self, depth: int, last: str) -> tuple[list[str], str]:
        width = self.chance.randint(1, 3)

        def row() -> tuple[str, list[str]]:
            cells = [self.prose(lines=False) for _ in range(width)]
            a, b = self.word(), self.word()
            cells.append((f"{a}\\|{b}", f"{a}|{b}"))
            return "| " + " | ".join(raw for raw, _ in cells) + " |", [t for _, t in cells]

        lines = [row()[0], "|" + " --- |" * (width + 1)]
        for _ in range(self.chance.randrange(3)):
            raw, texts = row()
            self.expect("row", " | ".join(texts), last)
            lines.append(raw)
        return lines, ""

    def code(self, depth: int, last: str) -> tuple[list[str], str]:
        fence = self.chance.choice(["```", "~~~~"])
        return [f"{fence}{self.word('z')}", f"# {self.word('z')}", "", "- x", fence], ""

    def caption(self, depth: int, last: str) -> tuple[list[str], str]:
        a, b = self.word(), self.word()
        self.expect("caption", f"{a} Vec<{b}>")
        tag = f'<Listing number="1" caption="{a} `Vec<{b}>`">'
        return [tag, "", "```", self.word("z"), "```", "", "</Listing>"], ""

    def html(self, depth: int, last: str) -> tuple[list[str], str]:
        a, b = self.word(), self.word()
        self.expect("paragraph", a)
        self.expect("paragraph", b)
        z = self.word("z")
        return [f'<div class="{z}">', f"<p>{a}</p><p>", f"<i>{b}</i></p>", "</div>"], b

    def hidden(self, depth: int, last: str) -> tuple[list[str], str]:
        z = self.word("z")
        return self.chance.choice(
            [["---"], [f"<!-- {z}", "", f"{z} -->"], [f'[{z}]: https://{z}.org "{z}"'], ["* * *"]]
        ), ""

    def template(self, depth: int, last: str) -> tuple[list[str], str]:
        z = self.word("z")
        return [self.chance.choice([f'{{% alert "{z}" %}}', f"{{{{ {z} }}}}"])], last

    makers: ClassVar[dict[str, Any]] = {
        "paragraph": paragraph,
        "heading": None,
        "quote": quote,
        "list": items,
        "table": table,
        "code": code,
        "caption": caption,
        "html": html,
        "hidden": hidden,
        "template": template,
    }


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_made_up_markdown_is_read_as_it_was_made(
    chance: random.Random, crlf: bool, front: bool
) -> None:
    maker = Maker(chance)
    lines = ["# " + maker.expect("heading", maker.word()), ""]
    maker.path = (maker.expected[0][1],)
    if front:
        lines = ["---", "title: A guide", f"tags: [{maker.word('z')}]", "---", *lines]
    text = "\n".join([*lines, *maker.blocks(0)])
    text = text.replace("\n", "\r\n") if crlf else text
    page = read_page(text)
    check_places(text, page.blocks)
    read = [(b.kind, b.text, b.path, b.lead) for b in page.blocks if b.text]
    assert read == maker.expected
    for block in page.blocks:
        if block.kind == "row":
            assert [cell for _, cell in block.cells] == block.text.split(" | ")
        if block.lead:
            assert block.lead_span is not None
            start, end = block.lead_span
            assert text[start] == block.lead[0] and text[end - 1] in (block.lead[-1], "&")
    assert page.title == ("A guide" if front else maker.expected[0][1])
    assert page.facts == ({"title": "A guide"} if front else {})


SIGNS = st.text(
    st.sampled_from([*"ab 中　\t\n\n\r#*_`[](){}<>!&;|-:.1~=%\\\"'/x^😀\u00a0\0\ue000"]),
    max_size=120,
)
WORDS = [
    "[a]",
    "(b)",
    "&amp;",
    "&ngE;",
    "{% x %}",
    "{{",
    "}}",
    "<p>",
    "</p>",
    "<td>",
    "<tr>",
    "- ",
    "1. ",
    "> ",
    "    ",
    "```",
    "| - |",
    "\n|a|b|\n|-|-|\n",
    "# ",
    "\n: ",
    "![",
    "](",
    "**",
    "<!--",
    "-->",
    "<a caption='x'>",
    "[^1]",
    "[ ] ",
    "中\n文",
    "\r\n",
    "\n---\n",
    "\\\n",
    "*",
    "\ufeff",
]


@settings(max_examples=400, deadline=None)
@given(SIGNS | st.lists(st.sampled_from(WORDS) | SIGNS, max_size=20).map("".join))
def test_any_text_at_all_is_read_with_exact_places(text: str) -> None:
    for start in ("", "# a\n\n", "a\n\n"):
        check_places(start + text, read_page(start + text).blocks)


def shown(text: str) -> list[tuple[str, str]]:
    page = read_page(text)
    check_places(text, page.blocks)
    return [(block.kind, block.text) for block in page.blocks if block.text]


def test_a_handbook_page_with_template_tags_is_clean_prose() -> None:
    text = (
        "---\ntitle: Tide leave\nold_links:\n  - /tides/\n---\n"
        '{% alert "New" %}\n  See the [notice]({% page "/new" %}) first.\n{% endalert %}\n\n'
        "## Asking\nTo ask, do *all* of this:\n"
        '1. Fill in [form 6\n   of the office](\n   {% page "/form" %}\n   ).  \n'
        "   - Sign it \\- twice.\n"
        "2. **Wait**: up to 3 days.\\\n\n"
        "   A reply comes by post.\n\n"
        'Ask in {% channel "help" %}, or call.\n'
    )
    page = read_page(text)
    check_places(text, page.blocks)
    first = "To ask, do all of this:"
    assert [(b.kind, b.text, b.lead, b.depth, b.position) for b in page.blocks[1:]] == [
        ("paragraph", "See the notice first.", "", 0, 0),
        ("heading", "Asking", "", 0, 0),
        ("paragraph", first, "", 0, 0),
        ("item", "Fill in form 6 of the office.", first, 0, 0),
        ("item", "Sign it - twice.", "Fill in form 6 of the office.", 1, 0),
        ("item", "Wait: up to 3 days.", first, 0, 1),
        ("paragraph", "A reply comes by post.", "", 0, 1),
        ("paragraph", "Ask in, or call.", "", 0, 0),
    ]
    assert page.title == "Tide leave"
    item = page.blocks[4]
    assert text[slice(*item.span(8, 14))] == "form 6"
    assert text[item.start : item.start + 2] == "1."
    assert item.ordered and not page.blocks[5].ordered
    assert (
        item.lead_span is not None and text[slice(*item.lead_span)] == "To ask, do *all* of this:"
    )
    wait = page.blocks[6]
    assert [wait.text[a:b] for a, b in wait.strong] == ["Wait"]


def test_a_book_page_keeps_captions_and_quotes_and_leaves_code_out() -> None:
    text = (
        '## Ropes {#ropes}\n\n<Listing number="2" caption="A `Vec<Knot>` tied">\n\n'
        "```rust\nlet a = 1; // bowline\n```\n\n</Listing>\n\n"
        "> ### On knots\n> A knot\nholds.\n\n"
        "Press <kbd>ctrl</kbd>-<kbd>C</kbd>. See [the end][end].\n\n"
        "<!-- Old\n\nname -->\n\n[end]: end.html#x\n\n    indented = code\n"
    )
    page = read_page(text)
    check_places(text, page.blocks)
    assert [(b.kind, b.text, b.path) for b in page.blocks if b.text] == [
        ("heading", "Ropes", ()),
        ("caption", "A Vec<Knot> tied", ("Ropes",)),
        ("heading", "On knots", ("Ropes",)),
        ("paragraph", "A knot holds.", ("Ropes", "On knots")),
        ("paragraph", "Press ctrl-C. See the end.", ("Ropes",)),
    ]
    assert sum(block.kind == "code" for block in page.blocks) == 2
    caption = page.blocks[1]
    assert [caption.text[a:b] for a, b in caption.code_spans] == ["Vec<Knot>"]


def test_lists_of_links_and_dot_leaders_are_navigation() -> None:
    links = "# A\n\n- [One](a)\n- 2. [Two](b)\n  - [Three](c)\n\n[Next](d) | [Back](e)\n"
    assert [kind for kind, _ in shown(links)] == ["heading", *["other"] * 4]
    prose = "# A\n\n- [One](a)\n- Two is told in [Three](c)\n"
    assert [kind for kind, _ in shown(prose)] == ["heading", "item", "item"]
    told = "# A\n\nIn a storm you may use:\n\n- [The harbour](a)\n- [The bay](b)\n"
    assert [kind for kind, _ in shown(told)] == ["heading", "paragraph", "item", "item"]
    leaders = "The sea ........ 3\nThe land . . . . . 12\n\nIt was late.\n"
    assert [kind for kind, _ in shown(leaders)] == ["other", "paragraph"]
    assert [kind for kind, _ in shown("# A\n\nOn this page\n\n- Tides\n- Winds\n")][2:] == [
        "other",
        "other",
    ]


def test_tables_name_the_column_of_each_cell() -> None:
    text = "# A\n\nThe prices:\n\n|Ship|Fee|\n|---|:-:|\n|**Gull**|3\\|4 `x`|\n| Tern | |\n"
    gull, tern = (block for block in read_page(text).blocks if block.kind == "row")
    assert gull.cells == (("Ship", "Gull"), ("Fee", "3|4 x"))
    assert (gull.text, gull.lead, tern.cells[0]) == ("Gull|3|4 x", "The prices:", ("Ship", "Tern"))
    html = "# A\n\n<table><tr><th>Ship</th><th>Fee</th></tr>\n"
    html += "<tr><td>Gull</td> <td>3 &amp; 4</td></tr></table>\n"
    (row,) = (block for block in read_page(html).blocks if block.kind == "row")
    assert (row.text, row.cells) == ("Gull 3 & 4", (("Ship", "Gull"), ("Fee", "3 & 4")))
    check_places(html, read_page(html).blocks)


def test_a_definition_is_one_text_with_its_term_strong() -> None:
    text = "# A\n\n*Ebb*\n: The tide going\n  out.\n\n"
    text += "What follows[^1].\n\n[^1]: A remark of its own.\n"
    _, ebb, after, note = read_page(text).blocks
    assert (ebb.kind, ebb.text) == ("definition", "Ebb: The tide going out.")
    assert [ebb.text[a:b] for a, b in ebb.strong] == ["Ebb"]
    assert (after.text, note.text) == ("What follows.", "A remark of its own.")


def test_chinese_lines_join_without_a_space() -> None:
    text = "# 潮\r\n\r\n海水**每天**\r\n涨落两次。\r\n\r\n- 春潮 spring\r\n  高\r\n"
    assert shown(text) == [
        ("heading", "潮"),
        ("paragraph", "海水每天涨落两次。"),
        ("item", "春潮 spring 高"),
    ]
    indented = "　　头一段话说完了。\n　　第二段话。\n"
    assert [kind for kind, _ in shown(indented)] == ["paragraph", "paragraph"]
    assert shown("# 海\n\n" + indented)[1:] == shown(indented)


def test_plain_text_has_paragraphs_headings_and_lists_but_no_code() -> None:
    text = (
        "CHAPTER I.\n\nTHE QUAY\n\nIt was _very_ late on\nthe quay, file_name_here.\n\n"
        "     O wind\n     blow on\n\n* * *\n\nShe took:\n- a rope\n  of hemp\n- a lamp\n\n"
        "1. First she sat.\n\n2. Then she slept.\n(a) Deeply,\n(b) long.\n\n3. She woke.\n\n"
        "CHAPTER II.\n\nIn the year\n1990. she left.\n"
    )
    page = read_page(text)
    check_places(text, page.blocks, entities=False)
    chapter = ("CHAPTER I.", "THE QUAY")
    assert not is_markdown(text)
    assert [(b.kind, b.text, b.lead, b.depth) for b in page.blocks] == [
        ("heading", "CHAPTER I.", "", 0),
        ("heading", "THE QUAY", "", 0),
        ("paragraph", "It was very late on the quay, file_name_here.", "", 0),
        ("paragraph", "O wind blow on", "", 0),
        ("other", "* * *", "", 0),
        ("paragraph", "She took:", "", 0),
        ("item", "a rope of hemp", "She took:", 0),
        ("item", "a lamp", "She took:", 0),
        ("item", "First she sat.", "", 0),
        ("item", "Then she slept.", "", 0),
        ("item", "Deeply,", "Then she slept.", 1),
        ("item", "long.", "Then she slept.", 1),
        ("item", "She woke.", "", 0),
        ("heading", "CHAPTER II.", "", 0),
        ("paragraph", "In the year 1990. she left.", "", 0),
    ]
    assert page.blocks[2].path == chapter
    assert [block.position for block in page.blocks if block.ordered] == [0, 1, 0, 1, 2]
    assert page.blocks[2].strong == ((7, 11),)


def test_markdown_is_told_by_how_often_its_marks_come() -> None:
    assert is_markdown("# Tides\n\nHigh and low.")
    assert is_markdown("See [the tides](tides.md).")
    assert is_markdown("- **Ebb**: out\n- **Flood**: in\n")
    assert not is_markdown("He said - and she heard - nothing.\n\n* * *\n\nThe _sea_ rose.")
    assert not is_markdown("# of boats\n" + "The sea was grey and the wind was cold.\n" * 2000)
    assert read_page("").blocks == ()
