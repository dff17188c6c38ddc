//! What of a drug's action on a cell type moves in time: mechanisms that are inhibited, used up or saturated.
//!
//! Every mechanism has a multiplier in time, what is left of it. An EC50 is moved by factors `c + sum w m(t)`, of a pool of drug,
//! of a lesion or of a threshold; an Emax by ceilings that are straight lines in a multiplier.

/// A part of a factor that moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// The multiplier, by its position.
    pub(super) of: usize,
    /// Another by which it is multiplied: a conjugate must be pumped out as well.
    pub(super) and: Option<usize>,
    /// What it adds at a multiplier of 1.
    pub(super) weight: f64,
}

impl Term {
    fn at(&self, left: &[f64]) -> f64 {
        self.weight * left[self.of] * self.and.map_or(1.0, |other| left[other])
    }
}

/// A factor on EC50, or on its inverse.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Factor {
    pub(super) constant: f64,
    pub(super) terms: Vec<Term>,
    /// More of it makes the cell more sensitive.
    pub(super) exposes: bool,
}

impl Factor {
    pub(super) const fn one(exposes: bool) -> Self {
        Self { constant: 1.0, terms: Vec::new(), exposes }
    }

    /// Its sum.
    pub(super) fn sum(&self, left: &[f64]) -> f64 {
        self.terms.iter().map(|term| term.at(left)).fold(self.constant, |sum, x| sum + x)
    }

    /// What it does to EC50.
    pub(super) fn on_ec50(&self, left: &[f64]) -> f64 {
        if self.exposes { self.sum(left).recip() } else { self.sum(left) }
    }
}

/// A ceiling, a straight line in what is left of a mechanism, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ceiling {
    pub(super) without: f64,
    pub(super) slope: f64,
    pub(super) of: usize,
}

impl Ceiling {
    pub(super) fn at(&self, left: &[f64]) -> f64 {
        (self.without + self.slope * left[self.of]).clamp(0.0, 1.0)
    }
}

/// All that moves in the action of a drug on a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    pub(super) factors: Vec<Factor>,
    pub(super) ceilings: Vec<Ceiling>,
    /// Position of a multiplier of Emax: how many cells cycle.
    pub(super) cycling: Option<usize>,
}

impl Moves {
    /// Whether nothing moves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.factors.is_empty() && self.ceilings.is_empty() && self.cycling.is_none()
    }

    /// What they do to EC50 now.
    pub(super) fn on_ec50(&self, left: &[f64]) -> f64 {
        self.factors.iter().map(|factor| factor.on_ec50(left)).product()
    }

    /// What they do to Emax now.
    pub(super) fn on_emax(&self, left: &[f64]) -> f64 {
        let ceilings: f64 = self.ceilings.iter().map(|ceiling| ceiling.at(left)).product();
        ceilings * self.cycling.map_or(1.0, |of| left[of])
    }
}
