"""A Keras model that tests only read, saved once a session."""

from pathlib import Path

import pytest
from convert.keras_models import save, simple
from tools_required import need


@pytest.fixture(scope="session")
def simple_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("python:tensorflow", "python:larq")
    return save(tmp_path_factory.mktemp("simple"), simple, (6, 6, 2))
