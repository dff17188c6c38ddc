"""Phases and regimens as protocols write them, and their expansion to dose events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from chemoevo.base.plotting import Plotted
from chemoevo.base.specification import note_part
from chemoevo.base.tables import preformatted, text_table, wrapped
from chemoevo.errors import Problems
from chemoevo.pharmacology.description import regimen_text
from chemoevo.pharmacology.dose import DoseUnit
from chemoevo.pharmacology.event_tables import read_events
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.realization import Realization
from chemoevo.pharmacology.regimen_doses import MAX_DOSES, RegimenDoses
from chemoevo.pharmacology.regimen_text import phases_of, text_of
from chemoevo.pharmacology.routes import Route
from chemoevo.pharmacology.treated import own_drugs

if TYPE_CHECKING:
    from chemoevo.base.shapes import Several, given
    from chemoevo.pharmacology.dose_rules import DoseRules
    from chemoevo.pharmacology.library import OwnDrugs
    from chemoevo.pharmacology.neutropenia import Neutropenia
    from chemoevo.pharmacology.phase import Phase


class Regimen(Plotted, RegimenDoses):
    """Phases in sequence; the first cycle of the first phase starts at time 0.

    Parameters
    ----------
    name
        Name of the regimen.
    phases
        One after the other; at least one, which may stand alone. At most 100 000 doses in all.
    cite
        Where it comes from.

    Examples
    --------
    >>> from chemoevo.pharmacology import Dose, Patient, Phase, Regimen
    >>> weekly = Phase(cycle_length_days=7, cycles=2, doses=[Dose(drug="docetaxel", amount=35, unit="mg/m2")])
    >>> Regimen(name="weekly docetaxel", phases=[weekly]).events(Patient(bsa=1.8))["amt"].to_list()
    [63.0, 63.0]
    """

    if TYPE_CHECKING:  # they know fields of other types than are given by their own class only
        phases: Several[Phase] = given(min_length=1)

    @classmethod
    def parse(cls, text: str, *, name: str | None = None, cite: str | None = None) -> Self:
        """A regimen from one line of text.

        Parameters
        ----------
        text
            Doses joined by "+", how often they come and how many times, parts joined by "then": "DRUG AMOUNT UNIT [over
            N h] [ROUTE] [max N mg] [dDAYS] [at N h] [cCYCLES] {+ ...} qNd [xN] [then ...]". Units are those of `Dose`,
            days are 1,8,15 or 1-5, lengths in h or min, routes iv, oral, sc or ip, cycles c1 or c2-6 where a dose is
            not given in all; "pause 28d" is a part in which nothing is given.
        name, cite
            Name and source of the regimen; the name is the text where there is none.

        Raises
        ------
        ModelError
            If a word is not what can stand there, which the message points at, or a value is out of range.
        TypeError
            If it is no text.

        Examples
        --------
        >>> import chemoevo as ce
        >>> weekly = ce.Regimen.parse("carboplatin 6 AUC over 1 h + paclitaxel 80 mg/m2 over 1 h d1,8,15 q21d x6")
        >>> weekly.drugs, weekly.duration_days
        (('carboplatin', 'paclitaxel'), 126.0)
        >>> ce.Regimen.parse("docetaxel 75 mg/m3 q21d")
        Traceback (most recent call last):
            ...
        chemoevo.errors.ModelError: text, word 3, must be a unit: mg, mg/m2, mg/kg, AUC, IU, IU/m2; got 'mg/m3':
        docetaxel 75 >>>mg/m3<<< q21d. Did you mean 'mg/m2'?
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a text, such as 'docetaxel 75 mg/m2 over 1 h q21d x6'; got {text!r:.200}.")
        return cls(name=" ".join(text.split()) if name is None else name, phases=phases_of(text), cite=cite)

    @property
    def text(self) -> str:
        """The phases in one line, which `parse` reads.

        Examples
        --------
        >>> import chemoevo as ce
        >>> ce.regimens.docetaxel_carboplatin().text
        'docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h at 1 h q21d x6'
        """
        return text_of(self.phases)

    def __repr__(self) -> str:
        cycles = self.cycles
        given = f"{', '.join(self.drugs)}; {cycles} {'cycle' if cycles == 1 else 'cycles'}"
        return f"Regimen({self.name!r}: {given}, {self.duration_days:g} days)"

    def __str__(self) -> str:
        rows = []
        for phase in self.phases:
            if not phase.doses:
                rows.append(("pause", "", f"{phase.cycle_length_days:g} days", "", ""))
            for dose in phase.doses:
                amount = f"{dose.amount:g} {dose.unit}" + (f", at most {dose.cap:g} mg" if dose.cap else "")
                hour = f" from hour {dose.start_hours:g}" if dose.start_hours else ""
                days = f"{dose.days_text()} of {phase.cycle_length_days:g}{hour}"
                how = dose.how_text().removeprefix("over ")
                rows.append((dose.drug, amount, how, days, dose.cycles_text(phase.cycles)))
        table = text_table(("drug", "dose", "over", "on day", "cycles"), rows)
        return "\n".join(
            [wrapped(self.name, hanging=""), *([wrapped(self.cite, indent="  ")] if self.cite else []), table]
        )

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    def describe(self, patient: Patient | None = None, *, drugs: OwnDrugs | None = None) -> str:
        """Doses for a patient, exposures in the first cycle, and nadirs of neutrophils, in words and tables.

        Parameters
        ----------
        patient
            To whom; None: every value by its name, and nothing else.
        drugs
            Your own drugs, beside those that ship: one, a list, or a table by name.

        Returns
        -------
        str
            Of every drug the dose as written and for the patient; peak and area of its concentration in plasma in the
            first cycle that gives it; and, by the sets of parameters that are preferred (`toxicity`), nadirs by cycle.
            What of this is not known, such as the kinetics of leucovorin, is said; it need not be known.

        Raises
        ------
        ModelError
            If the patient lacks what a dose asks for: every missing field at once.
        TypeError
            If an argument has a wrong type.

        See Also
        --------
        exposure, toxicity : the same as frames, of all cycles and of many patients.

        Examples
        --------
        >>> import chemoevo as ce
        >>> print(ce.regimens.docetaxel(cycles=1).describe(ce.Patient(bsa=1.8)))  # doctest: -NORMALIZE_WHITESPACE
        Regimen: docetaxel, every 21 days
          OncoCalcRx, a public collection of protocols [R]
          patient: body surface 1.8 m2
          drug       dose      for this patient  schedule
          ---------  --------  ----------------  --------------------
          docetaxel  75 mg/m2  135 mg over 1 h   day 1 of 21, 1 cycle
        <BLANKLINE>
        Exposure in the first cycle (total plasma concentration)
          drug       Cmax                          AUC
          ---------  ----------------------------  -----------------------------
          docetaxel  2.19 mg/L (0.163 uM unbound)  3.06 mg h/L (0.184 mg min/mL)
        <BLANKLINE>
        Neutrophils (1e9/L) by docetaxel-kloft2006
          cycle  nadir  on day  days below 0.5  below 1.0  back above 1.5 on day
          -----  -----  ------  --------------  ---------  ---------------------
          1      0.45   7.8     1.8             5.4        11.6
        """
        if patient is None:
            return super().describe()
        problems = Problems()
        note_part(problems, "patient", patient, Patient)
        own = own_drugs(problems, self, drugs)
        problems.raise_if_any()
        return regimen_text(self, patient, own)

    @classmethod
    def from_events(
        cls,
        frame: object,
        *,
        drug: str | None = None,
        unit: DoseUnit | Mapping[str, DoseUnit] = "mg",
        time_unit: Literal["hours", "minutes", "days", "weeks"] = "hours",
        compartments: Mapping[Any, str | tuple[str, Route]] | None = None,
        name: str | None = None,
        by_id: bool = False,
    ) -> Any:
        """The regimen of a table of events, as NONMEM and mrgsolve read them; of several IDs one each.

        Parameters
        ----------
        frame
            Of polars or pandas, one row per event, with the names of data items all in capitals, or none of them: TIME
            and AMT; RATE or DUR; II and ADDL; EVID; ID; CMT; and DRUG, ROUTE, UNIT. Times ascend within an ID; time 0
            is the start of the first day. Other columns are not looked at; dates and other names of DUR are refused.
        drug
            What is given, where neither a column nor `compartments` says.
        unit
            Of AMT, where no column says: a unit of `Dose`, of all drugs or by drug.
        time_unit
            Of TIME, II and DUR: "hours", "minutes", "days" or "weeks"; RATE is per that.
        compartments
            What a dose into a compartment (CMT; 1 where it is missing) is: a drug, or a drug and its route, such as
            `{1: ("etoposide", "oral"), 2: ("etoposide", "iv")}`.
        name
            Name of the regimen, to which an ID is added where there are several; None is that of its drugs.
        by_id
            Whether a table with one ID gives a dictionary too.

        Returns
        -------
        Regimen or dict
            A regimen; or where the table has several IDs, or with `by_id`, a dictionary of regimens by ID. The same
            administrations, at the same times within 1e-9 h. What repeats is written as cycles: what a cycle is, the
            table does not say.

        Raises
        ------
        ModelError
            If the table says what a regimen cannot have (steady states, resets after a dose, rates that a model
            estimates), or contradicts itself: all problems at once, by row (from 0) and column.
        TypeError
            If something has the wrong type; all problems are listed.

        Examples
        --------
        >>> import polars as pl
        >>> from chemoevo.pharmacology import Patient, Regimen
        >>> table = pl.DataFrame({"TIME": [0], "AMT": [135], "RATE": [135], "II": [504], "ADDL": [5]})
        >>> regimen = Regimen.from_events(table, drug="docetaxel")
        >>> regimen
        Regimen('docetaxel': docetaxel; 6 cycles, 126 days)
        >>> regimen.events(Patient())["time"].to_list()
        [0.0, 504.0, 1008.0, 1512.0, 2016.0, 2520.0]
        """
        found = read_events(
            frame, drug=drug, unit=unit, time_unit=time_unit, compartments=compartments, name=name, by_id=by_id,
            most=MAX_DOSES,
        )  # fmt: skip
        regimens = {key: cls(name=called, phases=phases) for key, (called, phases) in found.items()}
        return regimens if by_id or len(regimens) > 1 else next(iter(regimens.values()))

    def realized(
        self,
        patient: Patient | Any = None,
        *,
        rules: DoseRules | str,
        drugs: OwnDrugs | None = None,
        model: Neutropenia | str | Sequence[Neutropenia | str] | None = None,
        without: Sequence[str] | str = (),
        seed: int | None = None,
    ) -> Any:
        """What is given of it by rules, which look at neutrophils: later, less, or less often.

        Parameters
        ----------
        patient
            To whom: a `Patient`; or a frame of polars or pandas with one row per patient, as `patients` gives.
        rules
            A `DoseRules`, or the name of some that ship (`pharmacology.dose_rules_names()`).
        drugs, model, without
            As `neutrophils`.
        seed
            A whole number >= 0, where `fever_per_day` is > 0, since fever is drawn; see `decisions`.

        Returns
        -------
        Regimen or dict
            The regimen of what the patient is given; of a frame a dictionary by patient: its own names, or the numbers
            of its rows. A delay is a pause before a cycle, and what is not given is not there.

        Raises
        ------
        ModelError, TypeError, SimulationError
            As `decisions`.

        Notes
        -----
        It is a regimen like any other: a scenario has it in place of the one that is planned, so that cure is still
        answered by equations.

        See Also
        --------
        decisions : what was seen and decided on every day.

        Examples
        --------
        >>> import chemoevo as ce
        >>> planned = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q10d x3", name="every ten days")
        >>> given = planned.realized(ce.Patient(bsa=1.8), rules="docetaxel-eu")
        >>> given.text.replace(" over 1 h", "")  # doctest: +NORMALIZE_WHITESPACE
        'docetaxel 100 mg/m2 q10d x1 then pause 7d then docetaxel 100 mg/m2 q10d x1 then pause 7d then docetaxel 100
        mg/m2 q10d x1'
        """
        asked = Realization.of(self, patient, rules, drugs=drugs, model=model, without=without, seed=seed)
        found = [type(self)(name=asked.name, phases=phases, cite=self.cite) for phases in asked.phases()]
        names = asked.suppressed.treated.people.names
        return found[0] if names is None else dict(zip(names.to_list(), found, strict=True))
