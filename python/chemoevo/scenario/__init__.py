"""A tumor, a regimen, a patient and a question: as files say them, checked, and compiled to processes.

It knows everything below it: drugs, resistance, processes and the equations.
"""

from importlib import import_module
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    # `chemoevo.scenarios`: what ships is read when it is asked for.
    if name == "scenarios":
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
