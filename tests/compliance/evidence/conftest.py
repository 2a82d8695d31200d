import io

import pytest

from compliance.evidence.building import build
from compliance.evidence.period import SETTLES_IN
from compliance.verifier.anchors import Anchors
from compliance.verifier.evidence import check_pack
from tests.proofs.evidence.scene import make_scene


@pytest.fixture
def scene(tmp_path):
    """An organisation with a past, and a period in the middle of it."""
    return make_scene(tmp_path, entries=90)


@pytest.fixture
def built():
    """Build a pack; return its bytes."""

    def built(scene, period=None):
        period = period or scene.period
        out = io.BytesIO()
        build(scene.tenant, period, out, now=period.end + SETTLES_IN, folder=scene.folder)
        return out.getvalue()

    return built


@pytest.fixture
def checked():
    """Check a pack as an auditor does; return what it says."""

    def checked(content, **known):
        return check_pack(io.BytesIO(content), anchors=Anchors(), **known).manifest

    return checked
