"""The README's way with data of one's own: changed, run again, and back to the first."""

import pytest
from workspace import contents

DATA = "data/source/small"
OUTPUTS = ("corpus", "tokens", "vectors", "model", "evidence")


def done(workspace, *command):
    finished = workspace.run(*command)
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def bits(workspace):
    return {name: contents(workspace.root / "data" / name) for name in ("source/small", *OUTPUTS)}


@pytest.mark.long
def test_git_checkout_and_dvc_checkout_bring_the_first_data_model_and_evidence_back(copied):
    done(copied, "git", "rm", "-rq", "--cached", DATA)
    assert copied.dvc("add", "-q", DATA).returncode == 0
    copied.repro("embed")
    done(copied, "git", "add", "-A")
    done(copied, "git", "commit", "-qm", "First run")
    first = bits(copied)
    train = copied.root / DATA / "small-train.conllu"
    train.write_text(train.read_text() + "\n1\ta\ta\tDET\t_\t_\t0\troot\t_\t_\n")
    assert copied.dvc("add", "-q", DATA).returncode == 0
    copied.repro("tokenize")
    done(copied, "git", "add", "-A")
    done(copied, "git", "commit", "-qm", "More rows")
    second = bits(copied)
    assert all(second[name] != first[name] for name in ("source/small", "corpus", "tokens"))
    done(copied, "git", "checkout", "-q", "HEAD~1")
    assert copied.dvc("checkout", "-q").returncode == 0
    assert bits(copied) == first
    assert copied.ran(copied.repro()) == []
