import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.notes import label_notes, row_notes
from pipeline.corpus.sources.table import open_source
from pipeline.corpus.store import read_columns, read_examples
from pipeline.corpus.writing import write_corpus
from pipeline.params.sources.table import TableCorpus, TableParams

CHANCE_WORDS = [f"word{i}" for i in range(1000)]


@pytest.fixture
def artifacts(tmp_path):
    (tmp_path / "data/source").mkdir(parents=True)
    return Artifacts(tmp_path)


def params(max_rejected=0.5, **changes):
    fields = {
        "path": "data/source/mine.csv", "encoding": "utf-8", "delimiter": None, "text": "text",
        "second": None,
        "words": None, "spans": None, "annotations": (), "labels": ("label",), "split": None,
        "shares": (0.4, 0.3, 0.3), "document": None, "licence": None,
    }  # fmt: skip
    table = TableParams(**(fields | changes))
    return TableCorpus(
        kind="table", leaks="keep", max_rejected=max_rejected, train_examples=None, table=table
    )


def put(artifacts, text, name="mine.csv"):
    path = artifacts.source / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def read(artifacts, **changes):
    """The examples of each split, the card, and what was rejected."""
    folder = artifacts.corpus
    folder.mkdir(parents=True, exist_ok=True)
    write_corpus(folder, open_source(params(**changes), artifacts))
    found = {split: list(read_examples(folder / f"{split}.parquet")) for split in SPLITS}
    lines = (folder / "rejected.jsonl").read_text().splitlines()
    return found, read_card(folder), [json.loads(line) for line in lines]


def everything(found):
    return [example for split in SPLITS for example in found[split]]


def rows(number, begin=0):
    return "".join(f"{' '.join(CHANCE_WORDS[3 * i : 3 * i + 3])},{'ab'[i % 2]},{i}\n"
                   for i in range(begin, begin + number))  # fmt: skip


def test_pairs_of_texts_are_one_example_with_a_word_between_them(artifacts):
    pairs = [
        (CHANCE_WORDS[6 * i : 6 * i + 3], CHANCE_WORDS[6 * i + 3 : 6 * i + 6]) for i in range(20)
    ]
    lines = "".join(f"{' '.join(one)}?,it's {' '.join(two)}.,n\n" for one, two in pairs)
    put(artifacts, f"text,other,label\n{lines}No?,,y\n")
    found, _, rejected = read(artifacts, second="other")
    one = next(it for it in everything(found) if "word7" in it.form)
    assert one.form == (*pairs[1][0], "?", "[SEP]", "it", "'s", *pairs[1][1], ".")
    assert one.text == f"{' '.join(pairs[1][0])}? [SEP] it's {' '.join(pairs[1][1])}."
    assert [one.text[a:b] for a, b in zip(one.start, one.end, strict=True)] == [*one.form]
    assert one.labels == {"label": "n"}
    assert "empty" in rejected[0]["reason"]
    with pytest.raises(ValueError, match="second is the second of two texts"):
        params(text=None, words="text", second="other")


def test_a_csv_file_becomes_examples_whose_text_is_kept_as_it_was_written(artifacts):
    put(artifacts, 'text,label,stars\n"He said: ""I don\'t""\nGone  👩‍👩‍👧.", yes,5\n' + rows(20))
    found, card, rejected = read(artifacts)
    (one,) = [it for it in everything(found) if it.labels["label"] == " yes"]
    assert one.text == 'He said: "I don\'t"\nGone  👩‍👩‍👧.'
    assert one.form == (
        "He", "said", ":", '"', "I", "do", "n't", '"', "Gone", "👩‍👩‍👧", ".",
    )  # fmt: skip
    assert tuple(one.text[s:e] for s, e in zip(one.start, one.end, strict=True)) == one.form
    assert one.labels == {"label": " yes", "stars": "5"}
    assert len(everything(found)) == 21
    assert (card["source"], card["name"], card["origin"]) == (
        "table", "mine.csv", "data/source/mine.csv",
    )  # fmt: skip
    assert rejected == []
    assert read_columns(artifacts.corpus_split("test")).has_text


def test_rows_that_are_added_move_no_old_row_and_names_stay(artifacts):
    put(artifacts, "text,label,n\n" + rows(150))
    before, _, _ = read(artifacts)
    put(artifacts, "text,label,n\n" + rows(40, 150) + rows(150) + rows(40, 190))
    after, _, _ = read(artifacts)
    for split in SPLITS:
        assert {*map(str, before[split])} < {*map(str, after[split])}


@pytest.mark.parametrize("names", [("train", "validation", "test"), ("Training", "dev ", "TEST")])
def test_a_column_may_say_which_split_a_row_is_of(artifacts, names):
    lines = [f"text {n},a,{name}\n" for n, name in enumerate([*names, "unsup", *names])]
    put(artifacts, "text,label,part\n" + "".join(lines))
    found, card, rejected = read(artifacts, split="part")
    assert [[e.text for e in found[split]] for split in SPLITS] == [
        ["text 0", "text 4"], ["text 1", "text 5"], ["text 2", "text 6"],
    ]  # fmt: skip
    assert rejected == [{
        "file": "data/source/mine.csv", "row": 5,
        "reason": "its split is 'unsup': expected train, validation or test",
    }]  # fmt: skip
    assert not card["across_splits"]["are_splits_made"]
    assert card["columns"]["labels"] == ["label"]


@pytest.mark.parametrize("path", ["data/source/mine", "data/source/mine/*.csv"])
def test_files_named_after_splits_are_these_splits(artifacts, path):
    for name in ("train", "dev", "test"):
        put(artifacts, f"text,label\nof {name},a\n", f"mine/{name}.csv")
    put(artifacts, "none of them", "mine/README.md")
    found, card, _ = read(artifacts, path=path)
    assert [found[split][0].text for split in SPLITS] == ["of train", "of dev", "of test"]
    assert list(card["found"]) == [f"data/source/mine/{n}.csv" for n in ("dev", "test", "train")]


def test_what_has_no_file_is_cut_from_that_of_train(artifacts):
    put(artifacts, f"text,label,n\n{rows(100)}", "my/train.csv")
    put(artifacts, f"text,label,n\n{rows(20, 100)}", "my/test.csv")
    found, card, _ = read(artifacts, path="data/source/my")
    assert {e.labels["n"] for e in found["test"]} == {str(n) for n in range(100, 120)}
    assert len(found["train"]) + len(found["validation"]) == 100
    assert 25 < len(found["validation"]) < 60  # 43 expected: 3 of 7 parts
    assert card["cut_from_train"] == ["validation"]
    (artifacts.source / "my/train.csv").rename(artifacts.source / "my/dev.csv")
    with pytest.raises(ValueError, match=r"there is no file for train among dev\.csv, test\.csv"):
        read(artifacts, path="data/source/my")


@pytest.mark.parametrize(
    ("said", "cut"),
    [(("train", "test"), ["validation"]), (("train", "dev"), ["test"]),
     (("train", "dev", "test"), [])],
)  # fmt: skip
def test_what_no_row_says_it_is_of_is_cut_from_train(artifacts, said, cut):
    lines = [f"{line},{said[i % len(said)]}" for i, line in enumerate(rows(99).splitlines())]
    put(artifacts, "\n".join(["text,label,n,part", *lines]))
    found, card, rejected = read(artifacts, split="part")
    assert not rejected
    assert card.get("cut_from_train", []) == cut
    given = {str(i) for i in range(99) if said[i % len(said)] == "train"}
    of_train = {one.labels["n"] for one in found["train"]}
    assert of_train < given if cut else of_train == given
    assert all(found.values())


def test_files_of_which_some_are_named_after_splits_are_refused(artifacts):
    for name in ("train", "other", "test"):
        put(artifacts, "text,label\na,b\n", f"mine/{name}.csv")
    with pytest.raises(ValueError, match=r"other\.csv must hold one of the words train, dev"):
        read(artifacts, path="data/source/mine")


def test_several_files_without_such_names_are_one_table_and_may_have_other_columns(artifacts):
    put(artifacts, "text,label,n\n" + rows(30), "mine/a.csv")
    put(artifacts, "".join(
        json.dumps({"label": 1, "text": f"json {i}", "mood": ["x"]}) + "\n" for i in range(9)
    ), "mine/b.jsonl")  # fmt: skip
    found, card, _ = read(artifacts, path="data/source/mine")
    assert card["columns"]["labels"] == ["label", "n", "mood"]
    every = everything(found)
    assert len(every) == 39
    assert {e.labels["label"] for e in every} == {"a", "b", "1"}
    assert {(e.labels["n"] == "", e.labels["mood"]) for e in every} == {(False, ()), (True, ("x",))}
    (noticed,) = [note for note in row_notes(card) if "number" in note]
    assert noticed.startswith("data/source/mine/b.jsonl: a number as label in 9 rows, first in row")


def test_words_and_what_is_known_of_each_may_be_given(artifacts):
    lines = [
        {"tokens": ["New York", "is"], "ner": ["LOC", "O"], "label": ["a", "b"]},
        {"tokens": "10\u00a0000 men", "ner": "NUM O", "label": None},
        {"tokens": ["too", "many"], "ner": ["O"], "label": []},
        *({"tokens": [word], "ner": ["O"], "label": ["a"]} for word in CHANCE_WORDS[:20]),
    ]
    put(artifacts, "\n".join(map(json.dumps, lines)), "mine.jsonl")
    found, card, rejected = read(
        artifacts, path="data/source/mine.jsonl", text=None, words="tokens", annotations=("ner",)
    )
    by_form = {e.form: e for e in everything(found)}
    assert by_form["New York", "is"].annotations == {"ner": ("LOC", "O")}
    assert by_form["New York", "is"].labels == {"label": ("a", "b")}
    assert by_form["10\u00a0000", "men"].labels == {"label": ()}
    assert [(it["row"], "found 2 form, 1 ner" in it["reason"]) for it in rejected] == [(3, True)]
    assert not card["columns"]["has_text"]


def test_a_column_head_is_of_trees_only_where_it_is_of_words(
    artifacts,
):
    put(artifacts, f"text,label,head\n{rows(30)}")
    found, _, _ = read(artifacts)
    assert {one.labels["head"] for one in everything(found)} == {str(i) for i in range(30)}
    trees = "".join(f"w{i} w{i + 100},2 0,det root\n" for i in range(30))
    put(artifacts, f"words,head,deprel\n{trees}a b,x 0,det root\n")
    found, _, rejected = read(
        artifacts, text=None, words="words", labels=(), annotations=("head", "deprel")
    )
    assert {one.annotations["head"] for one in everything(found)} == {(2, 0)}
    assert len(rejected) == 1
    assert "'x' for word 1: expected a number" in rejected[0]["reason"]


def test_what_is_known_of_words_may_not_be_called_as_the_corpus_own_columns(artifacts):
    put(artifacts, "words,document\na b,x y\n")
    with pytest.raises(ValueError, match="'document' has a name that a corpus uses itself"):
        read(artifacts, text=None, words="words", labels=(), annotations=("document",))


def test_rows_of_a_document_lie_in_one_split(artifacts):
    lines = [f"{CHANCE_WORDS[i]} {i},a,book {i % 12}\n" for i in range(120)]
    put(artifacts, "text,label,book\n" + "".join(lines))
    found, card, _ = read(artifacts, document="book")
    books = [{example.document for example in found[split]} for split in SPLITS]
    assert sum(map(len, books)) == len(set.union(*books)) == 12
    assert sum(card["splits"][split]["documents"] for split in SPLITS) == 12


def test_a_column_whose_name_the_corpus_needs_is_kept_under_another(artifacts):
    put(artifacts, "text,label,form,text\n" + "".join(f"a {i},b,c,d\n" for i in range(30)))
    _, card, _ = read(artifacts)
    assert card["columns"]["labels"] == ["label", "form_", "text.2"]
    assert list(row_notes(card)) == [
        "data/source/mine.csv: a column of a name that was there, here 'text.2', in 1 row, first "
        "in row 1; kept as it is"
    ]


TROUBLE = [
    ("", "its text is empty"),
    ("\u200b \u00ad", "its text has nothing that can be seen"),
    ("bytes \udce9", "it has bytes that the file's encoding does not know"),
    ("half \ud83d", r"it has half a sign, a lone surrogate (\ud83d)"),
]


@pytest.mark.parametrize(("text", "reason"), TROUBLE)
def test_rows_that_are_no_examples_are_listed_with_file_row_and_reason(artifacts, text, reason):
    good = [{"text": f"good {word}", "label": "a"} for word in CHANCE_WORDS[:20]]
    if "\udce9" in text:
        lines = ["text,label", *(f"{row['text']},a" for row in good), f"{text},b"]
        put(artifacts, "\n".join(lines).encode(errors="surrogateescape"))
    else:
        put(artifacts, "\n".join(json.dumps(row) for row in [*good, {"text": text, "label": "b"}]))
        (artifacts.source / "mine.csv").rename(artifacts.source / "mine.jsonl")
    path = "data/source/mine.csv" if "\udce9" in text else "data/source/mine.jsonl"
    _, card, rejected = read(artifacts, path=path)
    assert rejected == [{"file": path, "row": 22 if path.endswith("csv") else 21, "reason": reason}]
    assert card["rejected"] == {"rows": 1, "of": 21, "reasons": {reason: 1}}
    (said,) = [note for note in row_notes(card) if "no examples" in note]
    assert said.startswith(f"1 of 21 rows are no examples (most: {reason}): data/corpus/rejected")


def test_a_lone_surrogate_in_a_label_is_no_label(artifacts):
    lines = [{"text": f"{word} x", "label": "a"} for word in CHANCE_WORDS[:20]]
    put(
        artifacts, "\n".join(map(json.dumps, [*lines, {"text": "x", "label": "\udfff"}])), "m.jsonl"
    )
    _, _, rejected = read(artifacts, path="data/source/m.jsonl")
    assert [it["row"] for it in rejected] == [21]


def test_more_wrong_rows_than_allowed_stop_the_run_and_are_told(artifacts):
    put(artifacts, "text,label,n\n" + rows(8) + ",a,1\nx,1\n")
    read(artifacts, max_rejected=0.2)
    with pytest.raises(ValueError, match=r"2 of 10 rows are no examples, more than") as error:
        read(artifacts, max_rejected=0.19)
    assert "1: its text is empty (first: data/source/mine.csv, row 10)" in str(error.value)
    assert "1: it has 2 cells, the header has 3 (first: data/source/mine.csv, row 11)" in str(
        error.value
    )


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_spans_become_tags_and_those_that_cannot_are_listed_with_file_row_and_reason(
    artifacts, kind
):
    texts = [f"{' '.join(CHANCE_WORDS[3 * i : 3 * i + 3])} 👩‍👩‍👧 Ann Lee." for i in range(12)]
    ends = [len(text) - 1 for text in texts]
    ends[3] -= 1
    cells = [[{"start": end - 7, "end": end, "label": "PER"}] for end in ends]
    cells[5], cells[7] = [], None
    found = [
        {"text": text, "start": spans, "label": "ab"[i % 2]}
        for i, (text, spans) in enumerate(zip(texts, cells, strict=True))
    ]
    path = artifacts.source / f"mine.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(found), path)
    elif kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, found[0])
            writer.writeheader()
            for one in found:
                spans = "" if one["start"] is None else json.dumps(one["start"])
                writer.writerow(one | {"start": spans})
    else:
        lines = [json.dumps(one) for one in found]
        path.write_text("\n".join(lines) if kind == "jsonl" else f"[{','.join(lines)}]")
    splits, _, rejected = read(artifacts, path=f"data/source/mine.{kind}", spans="start")
    examples = {one.text: one for one in everything(splits)}
    assert {*examples} == {text for i, text in enumerate(texts) if i not in (3, 7)}
    assert examples[texts[0]].annotations == {"start_": ("O",) * 4 + ("B-PER", "I-PER", "O")}
    assert examples[texts[5]].annotations == {"start_": ("O",) * 7}
    row = 2 if kind == "csv" else 1  # the header is row 1
    inside, nothing = rejected
    place = f"{ends[3] - 7} to {ends[3]} (PER), ' Ann Le'"
    assert (inside["file"], inside["row"]) == (f"data/source/mine.{kind}", 3 + row)
    assert inside["reason"].startswith("a span begins with what is part of no word")
    assert inside["found"] == place
    assert nothing["row"] == 7 + row
    assert "[] says that the text has no span" in nothing["reason"]
    with pytest.raises(ValueError, match="2 of 12 rows are no examples") as error:
        read(artifacts, path=f"data/source/mine.{kind}", spans="start", max_rejected=0.1)
    assert f"(first: data/source/mine.{kind}, row {3 + row}: {place})" in str(error.value)


def test_what_is_unusual_is_kept_and_pointed_out(artifacts):
    labels = ["yes", " yes", "Yes", "nan", "None", "NA", "no", "no"]
    lines = [f"{CHANCE_WORDS[i]} {CHANCE_WORDS[2 * i]},{label}\n" for i, label in enumerate(labels)]
    odd = ["a\0nul,no\n", "zero\u200bwidth,no\n", "left\u202eright,no\n", "CafÃ©,no\n"]
    more = [f"{word} too,no\n" for word in CHANCE_WORDS[100:104]]
    put(artifacts, "text,label\n" + "".join([*lines, *odd, *more]) + "\n\n,\n")
    found, card, rejected = read(artifacts)
    assert {e.labels["label"] for e in everything(found)} == {*labels}
    assert rejected == []
    (held,) = card["found"].values()
    assert (held["rows"], held["empty"]) == (16, 3)
    assert held["noticed"] == {
        "'nan' as label": {"rows": 1, "first": 5}, "'None' as label": {"rows": 1, "first": 6},
        "'NA' as label": {"rows": 1, "first": 7}, "a NUL": {"rows": 1, "first": 10},
        "a zero-width sign": {"rows": 1, "first": 11},
        "a mark of writing direction": {"rows": 1, "first": 12},
        "letters that look wrongly decoded": {"rows": 1, "first": 13},
    }  # fmt: skip
    said = list(label_notes(card))
    assert said[0].startswith("label: ")
    assert {"'yes' (1)", "' yes' (1)", "'Yes' (1)"} == {*said[0][7:].split(" are ")[0].split(", ")}
    assert said[1].startswith("label: one example alone has the label ")
    assert said[1].endswith(" and 1 more")


def test_nan_is_no_label_and_no_number(artifacts):
    cells = ["1", "NaN", '"yes"', "null"]
    lines = (
        f'{{"text": "{word} x", "label": {cells[i % 4]}}}\n'
        for i, word in enumerate(CHANCE_WORDS[:40])
    )
    put(artifacts, "".join(lines), "mine.jsonl")
    found, card, _ = read(artifacts, path="data/source/mine.jsonl")
    assert {e.labels["label"] for e in everything(found)} == {"1", "yes", ""}
    (held,) = card["found"].values()
    assert held["noticed"] == {"a number as label": {"rows": 10, "first": 1}}


def test_a_label_that_only_test_has_is_told_and_numbers_of_rows_are_no_labels(artifacts):
    rows = [f"{CHANCE_WORDS[i]} x,{label},{i},{split}" for i, (label, split) in enumerate(
        [*[("a", "train")] * 9, ("a", "validation"), ("b", "test"), ("a", "test")]
    )]  # fmt: skip
    put(artifacts, "text,label,id,part\n" + "\n".join(rows))
    _, card, _ = read(artifacts, split="part")
    assert list(label_notes(card)) == [
        "label: one example alone has the label 'b'",
        "test: 1 sentence with a label that train never has ('b'): always counted as wrong, and in "
        "no loss; where several labels may hold, not asked about",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("txt,label", r"mine\.csv has no column 'text'.*; found 'txt', 'label'"),
        ("text;label", r"if that is several, name the sign between them under delimiter"),
        ("t\0e\0x\0t\0", "looks like UTF-16: name that under encoding"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(artifacts, header, said):
    put(artifacts, f"{header}\n" + "a,b\n" * 3)
    with pytest.raises(ValueError, match=said):
        read(artifacts)


@pytest.mark.parametrize("text", ["", "text,label\n"])
def test_a_file_without_rows_says_so(artifacts, text):
    put(artifacts, text)
    with pytest.raises(ValueError, match=r"mine\.csv has no rows: expected a header and rows"):
        read(artifacts)


def test_a_file_whose_name_is_no_text_is_named(artifacts):
    name = "mine\udce9.csv"
    put(artifacts, "text,label\na,b\n", name)
    with pytest.raises(ValueError, match=r"the name 'mine\\udce9\.csv' is no UTF-8: rename"):
        read(artifacts, path=f"data/source/{name}")


def test_a_file_of_another_kind_and_a_folder_without_any_are_named(artifacts):
    put(artifacts, "x", "mine.xlsx")
    with pytest.raises(ValueError, match=r"mine\.xlsx has none of the endings \.csv, \.tsv"):
        read(artifacts, path="data/source/mine.xlsx")
    with pytest.raises(ValueError, match=r"data/source has no file that ends in \.csv, "):
        read(artifacts, path="data/source")
    with pytest.raises(FileNotFoundError, match=r"data/source/\*\.csv is missing"):
        read(artifacts, path="data/source/*.csv")
    with pytest.raises(ValueError, match="lies outside data/source"):
        read(artifacts, path="../mine.csv")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": "tokens"}, "name a column under text or one under words"),
        ({"text": None}, "name a column under text or one under words"),
        ({"annotations": ("ner",)}, "annotations are of words"),
        ({"labels": ("text",)}, "name each column once, got text twice"),
        ({"spans": "entities", "second": "other"}, "a span is a part of one text"),
        ({"spans": "entities", "text": None, "words": "words"}, "a span is a part of one text"),
        ({"spans": "label"}, "name each column once, got label twice"),
        ({"encoding": "utf-9"}, "'utf-9' is no encoding that Python knows"),
        ({"encoding": "base64"}, "'base64' is no encoding"),
        ({"delimiter": "ab"}, "at most 1 character"),
        ({"shares": (0.5, 0.5, 0.5)}, "sum to 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        params(**changes)


def test_of_very_many_files_a_line_names_the_first(artifacts):
    for i in range(2000):
        put(artifacts, f"text,label\nw{i},a\n", f"many/{i:060}.csv")
    source = open_source(params(path="data/source/many"), artifacts)
    assert len(source.origin) < 10_000
    assert source.origin.endswith(" and 1,900 more")
    assert len(source.found) == 2000
