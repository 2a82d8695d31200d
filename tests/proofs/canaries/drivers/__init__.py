"""The drivers, which register themselves: whoever imports this knows them all."""

from tests.proofs.canaries.drivers import accounts, data_requests, desk, duties, files, settings, talk, vouched

__all__ = ["accounts", "data_requests", "desk", "duties", "files", "settings", "talk", "vouched"]
