"""The pinned requirements: exact, hashed, and silent about where they come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("requirements.txt", "tests/requirements.txt", "deploy/requirements.txt")


def pins(name: str) -> dict[str, str]:
    """Package names with the lines that pin them, hashes included."""
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text().strip())
    return {block.split("==")[0].split("[")[0]: block for block in blocks}


def wanted(name: str) -> set[str]:
    lines = (ROOT / name.replace(".txt", ".in")).read_text().splitlines()
    names = [re.split(r"[=<>\[;]", line)[0].strip().lower() for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", one) for one in names}


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_exactly_and_by_hash(name):
    for package, block in pins(name).items():
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+( ;.*?)? \\\n", block), package
        assert "--hash=sha256:" in block, package


@pytest.mark.parametrize("name", FILES)
def test_no_index_is_named(name):
    text = (ROOT / name).read_text()

    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|https?://|file:", text)


@pytest.mark.parametrize("name", FILES)
def test_everything_asked_for_is_pinned(name):
    assert wanted(name) <= set(pins(name))


@pytest.mark.parametrize("name", ["requirements.txt", "deploy/requirements.txt"])
def test_what_runs_is_what_is_tested_where_files_overlap(name):
    runtime, tools = pins(name), pins("tests/requirements.txt")

    for package in set(runtime) & set(tools):
        assert (
            runtime[package].split("\\")[0].split(" ;")[0].strip()
            == tools[package].split("\\")[0].split(" ;")[0].strip()
        )


def test_what_only_a_deployment_has_is_tested_and_complete():
    # So that the audit of advisories sees it.
    assert set(pins("deploy/requirements.txt").values()) <= set(pins("tests/requirements.txt").values())
    assert not set(pins("deploy/requirements.txt")) & set(pins("requirements.txt"))
