"""Dockerfile and docker-compose.yml, and how their commands are run.

No Docker engine is needed: a command gets the environment its service has, with /run/secrets in a directory of
the test's own and the embedded servers in place of the two containers.
"""

from typing import Any

import yaml

from tests.support.server import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
