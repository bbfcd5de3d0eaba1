"""Patterns are git's, and matching them takes linear time whatever they hold."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaintscan.images.globs import decide_with_folders, parse_glob

CASES = [
    # pattern, path, whether git ignores it
    ("*.png", "a/b.png", True),
    ("*.png", "a/b.png/c.jpg", True),  # all below a folder that is named
    ("/a.png", "a.png", True),
    ("/a.png", "b/a.png", False),
    ("a/b", "a/b/c", True),
    ("a/b", "x/a/b", False),  # a slash in the middle: only from the top
    ("b/", "a/b/c", True),
    ("b/", "a/b", False),  # only a folder
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("**/c", "c", True),
    ("a/**/c", "a/c", True),
    ("a/**/c", "a/x/y/c", True),
    ("a/**/c", "a/x/y/d", False),
    ("a**c", "abbc", True),  # two stars in a name are one
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("[a-c].png", "b.png", True),
    ("[!a-c].png", "b.png", False),
    ("[^a-c].png", "d.png", True),
    ("[]x].png", "].png", True),
    ("[a\\]x].png", "].png", True),
    ("[[:digit:]].png", "7.png", True),
    ("[a-].png", "-.png", True),
    (r"\*.png", "*.png", True),
    (r"\*.png", "a.png", False),
    (r"\!a", "!a", True),
    (r"\#a", "#a", True),
    ("a ", "a", True),  # trailing blanks do not count
    ("a\\ ", "a ", True),  # unless escaped
    ("*a*b*", "xaxbx", True),
    ("*a*b*", "xbxax", False),
    ("*ab*ab", "abab", True),
    ("*ab*ab", "xab", False),
    ("é*", "éa.png", True),
    ("**", "a/b", True),
    ("a/", "a.png", False),
]


@pytest.mark.parametrize(("pattern", "path", "ignored"), CASES)
def test_patterns_are_gits(pattern: str, path: str, ignored: bool) -> None:
    glob = parse_glob(pattern)
    assert glob is not None
    assert decide_with_folders([glob], path.split("/")) is ignored


def test_the_cases_are_what_git_does(tmp_path: Path) -> None:
    git = ["git", "-c", "core.quotePath=false"]
    subprocess.run([*git, "init", "-q", str(tmp_path)], check=True)
    for number, (pattern, path, ignored) in enumerate(CASES):
        file = tmp_path / str(number) / path
        file.parent.mkdir(parents=True)
        file.write_text("")
        (tmp_path / str(number) / ".gitignore").write_text(f"{pattern}\n", encoding="utf-8")
        command = [*git, "-C", str(tmp_path), "check-ignore", "-q", f"{number}/{path}"]
        status = subprocess.run(command, check=False).returncode
        assert status == (0 if ignored else 1), (pattern, path)


@pytest.mark.parametrize("line", ["", "  ", "# comment", "\r"])
def test_blank_lines_and_comments_are_no_patterns(line: str) -> None:
    assert parse_glob(line) is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[z-a]", "runs backwards"),
        ("x[", "without its"),
        ("[!]", "without its"),
        ("[[:nonsense:]]", "no character class"),
        ("a\\", "ends in a backslash"),
        ("!", "names nothing"),
        ("/", "names nothing"),
        ("a" * 5000, "longer than"),
    ],
)
def test_what_is_no_pattern_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_glob(pattern)


def seconds(pattern: str, path: str) -> float:
    glob = parse_glob(pattern)
    assert glob is not None
    parts = path.split("/")
    decide_with_folders([glob], parts)  # compiled
    started = time.process_time()
    for _ in range(20):
        assert not decide_with_folders([glob], parts)
    return time.process_time() - started


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 14 + "b", "a" * 120),
        ("*a" * 100 + "b", "a" * 250),
        ("a*" * 100 + "b", "a" * 250),
        ("*" * 200 + "b", "a" * 250),
        ("*[ab]" * 50 + "c", "ab" * 120),
        ("*?" * 60 + "c", "a" * 250),
        ("**/a/" * 30 + "b", "a/" * 400 + "c"),
        ("**/*a*/" * 30 + "b", "a/" * 400 + "c"),
    ],
)
def test_many_stars_take_no_time(pattern: str, path: str) -> None:
    assert seconds(pattern, path) < 2.0


@settings(max_examples=300)
@given(st.text("ab*?[]!-^\\/.#: ", max_size=12), st.text("ab/.", min_size=1, max_size=12))
def test_no_pattern_is_an_internal_error(pattern: str, path: str) -> None:
    try:
        glob = parse_glob(pattern)
    except ValueError:
        return
    if glob is not None:
        assert decide_with_folders([glob], path.split("/")) in {True, False}
