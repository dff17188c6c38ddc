"""Which numbers of cells are recorded at the observation times: those of some types, or of several together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.names import known_names
from chemoevo.base.option import UNWRITABLE, Option, type_names, writable
from chemoevo.errors import Problems, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, init=False, slots=True, repr=False)
class Counts(Option):
    """Records the cells of some types, or of several together, instead of those of every type.

    `Ensemble.counts`, `trajectories` and `summary` then have these columns, and the memory is theirs: for large
    ensembles of many types of which few matter. How replicates end, and their `final` cells, stay whole.

    Parameters
    ----------
    of
        Names of types, each a column of its own; or {label: names of types}, each a column with the cells of these
        types together. A type may count in several columns. The types of a scenario are its genotypes: "ABCB1" is
        the one with this alteration alone, `scenario.genotypes.carriers("ABCB1")` names all that carry it.

    Raises
    ------
    ModelError
        If `of` or a group is empty, a name or label is empty, or a name is given twice in one list.
    TypeError
        If a value has a wrong type.

    Notes
    -----
    The numbers are exact sums, and those drawn are the same as without `Counts`, in every engine.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R1", "R2"],
    ...     birth=[0.2, 0.2, 0.2],
    ...     death=[0.1, 0.1, 0.1],
    ...     mutation={("S", "R1"): 1e-3, ("S", "R2"): 1e-3},
    ... )
    >>> record = ce.Counts(of={"resistant": ["R1", "R2"], "all": process.types})
    >>> ens = ce.simulate(process, initial={"S": 1000}, times=[10, 20], replicates=50, seed=1, record=record)
    >>> ens.counts.shape, ens.labels
    ((50, 2, 2), ('resistant', 'all'))
    >>> whole = ce.simulate(process, initial={"S": 1000}, times=[10, 20], replicates=50, seed=1)
    >>> bool((ens.counts[:, :, 0] == whole.counts[:, :, 1:].sum(axis=2)).all())
    True
    """

    labels: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]

    def __init__(self, *, of: Sequence[str] | Mapping[str, Sequence[str]]) -> None:
        problems = Problems()
        labels: tuple[str, ...] = ()
        groups: tuple[tuple[str, ...], ...] = ()
        if isinstance(of, Mapping):
            labels = tuple(of)
            for label in labels:
                if not isinstance(label, str):
                    problems.type("counts.of", "must have labels (text) as keys", label)
                elif not label.strip():
                    problems.value("counts.of", "must not have an empty label", label)
                elif not writable(label):
                    problems.value(f"counts.of[{label!r}]", UNWRITABLE, label)
            groups = tuple(type_names(problems, f"counts.of[{label!r}]", names) for label, names in of.items())
            if not labels:
                problems.value("counts.of", "must hold at least one group of types")
        elif isinstance(of, str) or not isinstance(of, Iterable):
            hint = "Write one name as a list: [name]."
            problems.type("counts.of", "must be a list of names of types, or {label: names of types}", of, hint=hint)
        else:
            labels = type_names(problems, "counts.of", of)
            groups = tuple((name,) for name in labels)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "groups", groups)
        problems.raise_if_any()

    def __repr__(self) -> str:
        return f"Counts(of={self.to_dict()['of']!r})"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"of": {label: list(group) for label, group in zip(self.labels, self.groups, strict=True)}}

    def describe(self) -> str:
        """What is recorded, in words."""
        shown = [
            label if group == (label,) else f"{label} ({' + '.join(group)})"
            for label, group in zip(self.labels, self.groups, strict=True)
        ]
        return "record the cells of " + ", ".join(shown)

    def check(self, problems: Problems, types: Sequence[str], kind: str = "type of the process") -> None:
        """Notes every name that is not a type of the process, or whatever else `kind` calls them."""
        for column, (label, group) in enumerate(zip(self.labels, self.groups, strict=True)):
            for index, name in enumerate(group):
                if name not in types:
                    # A label alone was given as an entry of a list.
                    path = f"counts.of[{column}]" if group == (label,) else f"counts.of[{label!r}][{index}]"
                    hint = did_you_mean(name, types)
                    problems.value(path, f"is not a {kind}", name, hint=hint)

    def by_names_of(self, types: Sequence[str]) -> Counts:
        """The same with the names that the process has, where they are written in another order of "+"."""
        if all(name in types for group in self.groups for name in group):
            return self
        groups = [known_names(group, types) for group in self.groups]
        of = {
            group[0] if (label,) == before else label: group
            for label, before, group in zip(self.labels, self.groups, groups, strict=True)
        }
        return Counts(of=of) if len(of) == len(groups) else self

    def columns(self, types: Sequence[str]) -> list[list[int]]:
        """The indices of the types that each column adds up."""
        index = {name: i for i, name in enumerate(types)}
        return [[index[name] for name in group] for group in self.groups]

    def of_states(self, states: NDArray[np.int64], types: Sequence[str]) -> NDArray[np.int64]:
        """What is recorded of states (..., types)."""
        return np.stack([states[..., of].sum(axis=-1) for of in self.columns(types)], axis=-1)
