"""A scenario: tumor, surgery, radiotherapy, regimen and patient, compiled to a growth process and a therapy process."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.paths import leaves
from chemoevo.base.plotting import Plotted
from chemoevo.base.tables import preformatted
from chemoevo.base.toml_files import read_specification
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.errors import ModelError
from chemoevo.pharmacology import library
from chemoevo.pharmacology.realization import Realization
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.mechanism import mechanism, mechanism_names
from chemoevo.scenario import compilation
from chemoevo.scenario.brief import brief, one_line
from chemoevo.scenario.checks import check_together
from chemoevo.scenario.compilation import Compiled, Growth
from chemoevo.scenario.fields import ScenarioFields
from chemoevo.scenario.files import scenario_schema
from chemoevo.scenario.formats import FORMAT_VERSION, KEY, brought_up

if TYPE_CHECKING:
    from chemoevo.base.shapes import Several, given
    from chemoevo.base.specification import Name
    from chemoevo.pharmacology.dose_rules import DoseRules
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.process.branching import BranchingProcess
    from chemoevo.resistance.interaction import Interaction
    from chemoevo.resistance.mechanism import Mechanism
    from chemoevo.resistance.niche_therapies import NicheTherapy
    from chemoevo.resistance.potency import Potency
    from chemoevo.resistance.radiotherapy import Radiotherapy
    from chemoevo.resistance.therapy import TherapyRates
    from chemoevo.scenario.fields import Given, Own, Untouched


class Scenario(Plotted, ScenarioFields):
    """A tumor, a regimen and a patient: everything that a run needs.

    Parameters
    ----------
    name
        What the scenario is called.
    tumor
        The tumor, its alterations and its size at detection.
    regimen
        What is given, or the name of a regimen that ships with chemoevo, such as "docetaxel_carboplatin". Its first day
        is day 0 of therapy. Where there is radiotherapy, this and what follows of drugs may be left out.
    patient
        To whom.
    potencies
        Action of each drug of the regimen on sensitive cells, with Emax and the reason for it. Drugs that only change
        mechanisms (modulators) or niches (`niche_therapies`) need none, and may be all there are.
    surgery
        Resection at the instant of the first dose, or None.
    radiotherapy
        Courses of radiotherapy, whose fractions are pulses; one may stand alone. All fractions are at least 6 h apart.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    inert
        Drugs of the regimen that are named and do nothing, such as ["leucovorin"]: nothing need be known of them.
    interactions
        How drugs act together; without one their hazards add.
    mechanisms
        Your own mechanisms of resistance, beside those that ship; one of a name that ships replaces it.
    niche_therapies
        Drugs that change niches over time: vessels, matrix.
    assume_untouched
        Pairs (mechanism, drug) of which nothing is known and that are taken as untouched, or True for all of them.
        Without it such a pair is an error.
    follow_up
        When the tumor is looked at.
    progression
        What counts as progression.
    compare
        Which probabilities are answered twice.
    questions
        What `chemoevo run` answers besides, or None.
    simulation
        Replicates, seed, engine and the tolerance of compilation.
    notes
        Whatever a reader should know.

    Raises
    ------
    ModelError
        If a value is wrong, a key is unknown, a drug is unknown or has no potency, nothing is known of a mechanism that
        is changed and a drug, or the patient lacks what a dose asks for: all problems at once, by path.
    TypeError
        If something has the wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="docetaxel and carboplatin",
    ...     tumor=ce.Tumor(
    ...         birth=0.139, death=0.1313, size=1e9, alterations=[ce.Alteration(name="ABCB1", mutation=1e-9)]
    ...     ),
    ...     regimen=ce.regimens.docetaxel_carboplatin(),
    ...     patient=ce.Patient(bsa=1.8, gfr=90),
    ...     potencies=[
    ...         ce.Potency(drug="docetaxel", emax=0.8, basis="an example"),
    ...         ce.Potency(drug="carboplatin", emax=5, basis="an example"),
    ...     ],
    ... )
    >>> scenario.therapy.types
    ('sensitive', 'ABCB1')
    """

    if TYPE_CHECKING:  # they know fields of other types than are given by their own class only
        radiotherapy: Several[Radiotherapy] = given(default=())
        regimen: Given = given(default=None)
        potencies: Several[Potency] = given(default=())
        drugs: Own = given(default=())
        inert: Several[Name] = given(default=())
        interactions: Several[Interaction] = given(default=())
        mechanisms: Several[Mechanism] = given(default=())
        niche_therapies: Several[NicheTherapy] = given(default=())
        assume_untouched: Untouched = given(default=False)

    @rule
    def _together(self) -> Problem:
        check_together(self)
        yield from ()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a scenario file (TOML).

        Raises
        ------
        ModelError
            If the file cannot be read, is not TOML, or describes no valid scenario; the message names the file.
        TypeError
            If something in it has the wrong type.
        """
        return read_specification(cls, path)

    @classmethod
    def of(cls, ensemble: Ensemble) -> Self:
        """The scenario that was simulated: an ensemble keeps it, also on disk.

        Raises
        ------
        ModelError
            If the ensemble is one of a process.
        TypeError
            If it is no ensemble.

        Examples
        --------
        >>> import chemoevo as ce
        >>> scenario = ce.Scenario(
        ...     name="no drug resistance",
        ...     tumor=ce.Tumor(birth=0.139, death=0.1, size=1e4),
        ...     regimen="docetaxel_carboplatin",
        ...     patient=ce.Patient(bsa=1.8, gfr=90),
        ...     potencies=[
        ...         ce.Potency(drug="docetaxel", emax=1.4, basis="an example"),
        ...         ce.Potency(drug="carboplatin", emax=12, basis="an example"),
        ...     ],
        ... )
        >>> ce.Scenario.of(ce.simulate(scenario, replicates=2, seed=1)) == scenario
        True
        """
        if not isinstance(ensemble, Ensemble):
            raise TypeError(f"ensemble must be an Ensemble; got {ensemble!r:.200}.")
        if ensemble.run.scenario is None:
            raise ModelError("ensemble must come from simulate(scenario): it is one of a process.")
        return cls.from_dict(ensemble.run.scenario)

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """What a file of today says may be given as keywords, with its format."""
        if isinstance(data, Mapping) and data.get(KEY) == FORMAT_VERSION:
            return {key: value for key, value in data.items() if key != KEY}
        return data

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers, with the format first; what is None is left out."""
        return {KEY: FORMAT_VERSION, **super().to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The scenario that `to_dict`, or a file, describes.

        What is in an earlier form is read as it was meant, with a warning that says what to write now; where
        `format_version` says of which format it is, forms of an earlier one are errors.

        Raises
        ------
        ModelError, TypeError
            As the class itself; also if `format_version` is that of a newer chemoevo.
        """
        return super().from_dict(brought_up(data) if isinstance(data, Mapping) else data)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON schema of scenario files, with what the file reader fills in left optional."""
        return scenario_schema(cls)

    def paths(self) -> dict[str, Any]:
        """Every value by its path: what `replace` takes, those of shipped drugs and mechanisms in use included.

        A shipped drug, or mechanism, by its name, is copied into `drugs` by the first path that names it.
        """
        own = [drug.name for drug in self.drugs]
        shipped = (name for name in self.effective.drugs if name not in own)
        found = super().paths()
        for name in shipped:
            found.update(leaves(library.drug(name), f"drugs[{name}]", absent=True))
        cells = Cells(self.types, self.biology, self.active_drugs)
        mine = [one.name for one in self.mechanisms]
        for name in cells.in_play:
            if name not in mine and name in mechanism_names():
                of_drugs = cells.mechanisms[cells.position[name]]
                below = dict(leaves(of_drugs, f"mechanisms[{name}]", absent=True))
                # Items by the names of drugs: in the whole file they are at other places.
                names = [one.drug for one in of_drugs.drugs]
                found.update({_named(path, names): value for path, value in below.items()})
        return found

    def missing_item(self, field: str, name: str) -> Drug | Mechanism | None:
        """A drug or a mechanism that ships, for a path that names it."""
        if field == "mechanisms" and name in mechanism_names():
            return mechanism(name)
        return library.drug(name) if field == "drugs" and name in library.drug_names() else None

    @cached_property
    def growth(self) -> Growth:
        """Growth from one sensitive cell to detection."""
        return compilation.growth(self)

    @cached_property
    def rates(self) -> TherapyRates:
        """Rates of every genotype under the regimen, compiled to segments."""
        return compilation.rates(self)

    @cached_property
    def therapy(self) -> BranchingProcess:
        """The process under therapy: day 0 is the first dose, surgery a pulse at day 0, every fraction a pulse.

        With capacities its cells compete.
        """
        return compilation.therapy(self, self.rates)

    @property
    def segments(self) -> int:
        """Number of stretches of constant rates that therapy was compiled to."""
        return int(self.therapy.birth.shape[0])

    @cached_property
    def rate_error(self) -> float:
        """Largest relative change of the answers when every segment is halved.

        The answers are, from one cell of every genotype, the survival probability at the horizon and the mean number of
        cells there. The error of segments falls with the square of their length, so three quarters of it goes. With
        capacities, both are of cells that do not compete, and the mean field of the tumor is one answer more.
        """
        return compilation.rate_error(self, self.rates)

    @cached_property
    def expected_mutations(self) -> tuple[float, float]:
        """Expected number of mutations in one history: during growth, and from the first dose to the horizon."""
        return compilation.expected_mutations(self, self.growth, self.therapy)

    def realized(
        self,
        *,
        rules: DoseRules | str,
        model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
        without: Sequence[str] | str = (),
        seed: int | None = None,
    ) -> Self:
        """The scenario with what its patient is given of the regimen by rules: later, less, or less often.

        Parameters
        ----------
        rules, model, without, seed
            As `decisions`; drugs that are `inert` need not be named again.

        Returns
        -------
        Scenario
            With the regimen of what is given. What is said of drugs of which nothing is given any more, as their
            potencies, is left out.

        Raises
        ------
        ModelError, TypeError, SimulationError
            As `decisions`.

        See Also
        --------
        Regimen.realized, decisions

        Examples
        --------
        >>> import chemoevo as ce
        >>> scenario = ce.Scenario(
        ...     name="every ten days",
        ...     tumor=ce.Tumor(birth=0.139, death=0.1313, size=1e9),
        ...     regimen=ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q10d x6"),
        ...     patient=ce.Patient(bsa=1.8),
        ...     potencies=ce.Potency(drug="docetaxel", emax=0.8, basis="an example"),
        ... )
        >>> scenario.realized(rules="docetaxel-eu").regimen.duration_days
        95.0
        """
        asked = Realization.of(self, None, rules, drugs=None, model=model, without=without, seed=seed)
        (phases,) = asked.phases()
        given = Regimen(name=asked.name, phases=phases, cite=self.regimen.cite)
        kept = [potency for potency in self.potencies if potency.drug in given.drugs]
        inert = [name for name in self.inert if name in given.drugs]
        whole = [one for one in self.interactions if set(one.drugs) <= set(given.drugs)]
        changes = {"regimen": given, "potencies": kept, "inert": inert, "interactions": whole}
        if not isinstance(self.assume_untouched, bool):
            changes["assume_untouched"] = [pair for pair in self.assume_untouched if pair[1] in given.drugs]
        return self.replace(changes)

    def __repr__(self) -> str:
        return f"Scenario({one_line(self)})"

    def __str__(self) -> str:
        return brief(self, self.rates, self.growth)

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    def describe(self, *, replicates: int | range | None = None, seed: int | None = None) -> str:
        """What will run, with units; `replicates` and `seed` as given to the run, if not the scenario's."""
        from chemoevo.scenario.text import scenario_text

        compiled = Compiled(self.growth, self.rates, self.therapy, self.rate_error, self.expected_mutations)
        return scenario_text(self, compiled, replicates=replicates, seed=seed)


def _named(path: str, drugs: Sequence[str]) -> str:
    """A path into the entries of a mechanism, by the name of the drug."""
    return re.sub(r"\.drugs\[(\d+)\]", lambda found: f".drugs[{drugs[int(found[1])]}]", path)
