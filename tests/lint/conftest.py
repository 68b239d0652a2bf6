# SPDX-License-Identifier: Apache-2.0
"""A small tree to break, and the checkers to run over it."""

from pathlib import Path

import pytest

import patience

LINT = Path(__file__).resolve().parents[2] / "tools/lint"


@pytest.fixture
def tree(tmp_path):
    """tree(path, text) writes a file; tree.check(name) runs a checker and answers (exit code, words)."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(name):
        done = patience.run(["/usr/bin/python3", LINT / f"{name}.py", tmp_path], capture_output=True, text=True)
        assert done.stderr == ""
        return done.returncode, done.stdout

    write.check = check
    return write
