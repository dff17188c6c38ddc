"""A scenario: tumor, surgery, regimen and patient, compiled to a growth process and a therapy process."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from chemoevo.errors import ModelError
from chemoevo.options import Pulse, Stop
from chemoevo.pharmacology import Patient, Regimen
from chemoevo.process import BranchingProcess
from chemoevo.specification import Name, Number, Specification, Text, Whole, refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

Positive = Annotated[Number, Field(gt=0)]
Rate = Annotated[Number, Field(ge=0)]


class Tumor(Specification):
    """A tumor that grows from one cell without any alteration to the size at which it is found.

    Parameters
    ----------
    birth
        (per cell and day) Division rate of a cell without alterations, > `death`.
    death
        (per cell and day) Death rate without drug, >= 0.
    size
        (cells) Size at detection, a whole number from 2 to 1e15.
    alterations
        Heritable changes, each with its probability a division, cost and effect; names are unique. n of them make
        2^n genotypes. May be empty.

    Raises
    ------
    ModelError
        If a value is out of range, the tumor does not grow, a name is used twice, or the probabilities of one
        division sum to more than 1.
    """

    birth: Positive = Field(description="division rate of a cell without alterations (per day)")
    death: Rate = Field(description="death rate without drug (per day)")
    size: Annotated[Whole, Field(ge=2, le=10**15)] = Field(description="size at detection (cells)")
    alterations: tuple[Alteration, ...] = Field(default=(), description="heritable changes")
