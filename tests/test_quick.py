"""`make quick` finds the tests of what changed."""

from quick import TESTS, chosen_tests, is_left_out


def chosen(*changed: str) -> set[str]:
    return {str(test.relative_to(TESTS)) for test in chosen_tests(list(changed))}


def test_tests_that_import_a_changed_file_are_chosen_and_others_are_not():
    found = chosen("pipeline/vectors/positions.py")
    assert "vectors/test_positions.py" in found
    assert not {"corpus/sources/test_ewt.py", "test_cli.py"} & found


def test_an_import_by_the_package_counts():
    assert "attention/test_against_torch.py" in chosen("pipeline/attention/multi_head.py")


def test_a_module_of_the_tests_and_a_file_that_is_not_python_count():
    assert "study/test_study.py" in chosen("tests/planted.py")
    assert "pages/test_pages.py" in chosen("pipeline/pages/templates/heads.html")


def test_a_changed_test_is_chosen_and_a_document_chooses_none():
    assert chosen("tests/corpus/sources/test_ewt.py", "README.md") == {"corpus/sources/test_ewt.py"}


def test_whole_pipelines_and_browsers_are_left_out():
    assert is_left_out(["tmp_path", "made_once", "copied"], is_long=False)
    assert is_left_out([], is_long=True)
    assert not is_left_out(["tmp_path"], is_long=False)
