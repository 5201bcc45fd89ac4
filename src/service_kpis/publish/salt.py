"""The salt with which keys of persons are hashed at publication."""

from __future__ import annotations

import os

from service_kpis.errors import BrokenProject

# Only from the environment: options are seen by everybody who may list processes.
SALT_VARIABLE = "SERVICE_KPIS_SALT"
# Whoever has the file can try salts; this many random characters cannot be tried.
MIN_LENGTH = 16


def salt() -> str | None:
    """Return the salt; None where none is set.

    Raises:
        BrokenProject: it is too short to hide anything.
    """
    value = os.environ.get(SALT_VARIABLE) or None
    if value is not None and len(value) < MIN_LENGTH:
        raise BrokenProject(
            f"{SALT_VARIABLE} is shorter than {MIN_LENGTH} characters: it could be guessed"
        )
    return value
