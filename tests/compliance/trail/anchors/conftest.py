"""Anchors in a folder, and alarms about them."""

import pytest

from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.models import OperatorEntry
from compliance.verifier.anchors import Anchors


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "anchors")


@pytest.fixture
def make(folder, sealed, now):
    """Write, seal and anchor, once for each number of entries."""

    def make(*counts, at=now, **places):
        for count in counts:
            sealed(count)
            anchoring.anchor(now=at, folder=folder, **places)

    return make


def read(folder, **about):
    anchors = Anchors(**about)
    for file in folder.files():
        anchors.read(file.read_bytes().split(b"\n"))
    return anchors


def alarms():
    told = OperatorEntry.objects.filter(event__startswith="audit.alarm").order_by("id")
    return [(entry.event, entry.facts["what"]) for entry in told]
