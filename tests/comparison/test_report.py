"""A comparison as Markdown and JSON, of words and code that look like Markdown and HTML."""

import json
from dataclasses import replace

import pytest
from compared import GOLD, Told, group
from markdown_it import MarkdownIt

from pipeline.comparison.comparison import compare
from pipeline.comparison.report import as_markdown, tables_of, to_json
from pipeline.comparison.selection import Selected

PATCH = """diff --git a/pipeline/x.py b/pipeline/x.py
-    def one(self) -> list[<T>]: ...  # *old*
+    text = '''```` <b>four</b> ````'''
 | a | b |

# no title"""
WORDS = [["<b>bold</b>", "*", "a|b"], ["_so_", "`x`"], ["n_heads", "\\", "~~no~~", "&amp;"], ["x"]]


def compared(folder, count, **told):
    subjects = tuple(
        group(folder, f"seed {20 + i}", Told(f"seed {20 + i}", 20 + i, errors=i % 2,
                                             code={"pipeline/x.py": str(i)}, **told))
        for i in range(count)
    )  # fmt: skip
    return compare(Selected(subjects, (), subjects[0].first.run_id), folder)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """As a reader of CommonMark with tables sees it."""
    found = compared(tmp_path_factory.mktemp("report"), 2, words=WORDS, gold=GOLD[:4])
    close = replace(found.closely[0], diff=PATCH)
    text = as_markdown(replace(found, closely=(close,), cautions=("<img src=x> *not* `this`",)))
    return MarkdownIt("commonmark").enable("table").parse(text)


def test_the_code_is_one_block_as_git_has_it(read):
    (block,) = [it for it in read if it.type == "fence"]
    assert block.info == "diff"
    assert block.content == f"{PATCH}\n"


def test_no_word_is_taken_for_a_sign_of_markdown_or_html(read):
    parts = [part for it in read if it.children for part in it.children]
    signs = {part.type for part in parts} - {"text", "text_special"}
    assert not [it for it in read if it.type == "html_block"]
    assert signs <= {"strong_open", "strong_close", "em_open", "em_close"}
    shown = {"".join(part.content for part in it.children) for it in read if it.children}
    assert "<img src=x> *not* `this`" in shown
    assert {word for words in WORDS for word in words} <= shown


def test_what_is_not_told_of_many_is_said(tmp_path):
    found = compared(tmp_path, 12)
    said = "of more than 10 others, the first 10 alone are looked at closely"
    assert [it.startswith(said) for it in found.cautions].count(True) == 1
    assert len(json.loads(to_json(found))["closely"]) == 10
    last = list(tables_of(found))[-1]
    assert last.title.startswith("answers that changed, and heads")
    assert (
        "--json has those of the first 10, the page (--html) those of the first 3" in last.notes[0]
    )
    found = compared(tmp_path / "few", 2)
    assert not any("looked at closely" in it for it in found.cautions)
    assert not any(
        note.startswith("not shown here") for it in tables_of(found) for note in it.notes
    )
