"""The payment provider that stands among the documents: it answers as Stripe does, with its faults."""

import importlib.util
from typing import Any, Final

from tests.support.server import ROOT

_SPEC: Any = importlib.util.spec_from_file_location("payment_provider", ROOT / "docs/examples/payment_provider.py")
_MODULE: Final = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)

DECLINED: Final = _MODULE.DECLINED
FakeStripe: Any = _MODULE.PaymentProvider
