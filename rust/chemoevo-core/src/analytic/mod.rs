//! The backward equations: probabilities without Monte Carlo, and mean counts.
//!
//! With `G_i(t) = 1 - E[prod_j z_j^{N_j(T)} | one cell of type i at t]`, `b` the total division rate, `d` death,
//! `u_ij` the probability that one daughter of a division is of type `j` and `s_ij` switching,
//!
//! ```text
//! -dG_i/dt = (b_i - d_i) G_i - b_i G_i^2 + b_i (1 - G_i) sum_j u_ij (G_j - G_i) + sum_j s_ij (G_j - G_i)
//! ```
//!
//! backward from `G_j(T) = 1 - z_j`; a pulse maps `G_i` to `p_i G_i`.
//!
//! * [`TwoSided`]: a vector of probabilities of which the smaller of `G` and `1 - G` is stored.
//! * [`Backward`]: the solver, one stretch of constant rates after the other, last first.
//! * [`sensitivity`]: derivatives with respect to everything that a process is made of; [`founding_gradient`] those of the
//!   number of lineages in a tumor that grew to a size.
//! * [`ultimate`]: the stationary root, for questions about "ever".
//! * [`complements`]: the same equations at many complex points, for whole distributions; [`lineages`] for tumors that grew to a size.
//! * [`moments`]: means and covariances, the forward equations of the first two moments; [`moments_of_families`] and
//!   [`moments_of_survivors`] for tumors that grew from one cell.
//! * [`mean_counts`]: the forward equations, linear or, with competition, of the mean field.

mod adjoint;
mod backward;
mod circle;
mod coupling;
mod dop853;
mod founding;
mod kendall;
mod means;
mod moments;
mod network;
mod points;
mod sensitivity;
mod tableau;
mod taylor;
mod tumors;
mod two_sided;
mod ultimate;
mod uniformization;
mod walk;

pub use backward::Backward;
pub use circle::{complements, lineages};
pub use founding::{FoundingGradient, founding_gradient};
pub use means::{Means, mean_counts};
pub use moments::{Moments, moments};
pub use sensitivity::{Sensitivity, sensitivity};
pub use tumors::{moments_of_families, moments_of_survivors};
pub use two_sided::TwoSided;
pub use ultimate::ultimate;

/// Why a solution could not be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalyticError {
    /// An argument has the wrong length.
    #[error("{field} has {got} values; expected {expected}")]
    Length {
        /// Name of the argument.
        field: &'static str,
        /// Its length.
        got: usize,
        /// The length it must have.
        expected: usize,
    },
    /// An argument is out of range.
    #[error("{field} is out of range: {value}")]
    Range {
        /// Name of the argument.
        field: &'static str,
        /// The value.
        value: f64,
    },
    /// A stretch needs more steps than are allowed.
    #[error(
        "the equations need more than {limit} steps: the fastest rate is {rate:.3e} per day over a stretch of {length:.3e} days, \
         of which {done:.3e} were solved. Ask for an earlier time, or leave out what is much faster than all that matters \
         (lower the fastest rates, or merge types that turn into each other at once)"
    )]
    Steps {
        /// Steps allowed in one stretch.
        limit: u64,
        /// Largest total rate of a type.
        rate: f64,
        /// Length of the stretch in days.
        length: f64,
        /// Days of it that were solved, from its end.
        done: f64,
    },
    /// Too few digits are left.
    #[error(
        "{what} is a difference of which too few digits are left: its relative error is {reached:.1e}, allowed is {allowed:.1e}. \
         Ask for earlier times, or estimate it from simulated cells"
    )]
    Accuracy {
        /// What was asked for.
        what: &'static str,
        /// Relative error reached.
        reached: f64,
        /// Relative error allowed.
        allowed: f64,
    },
    /// Rates and times that no floating-point number holds together.
    #[error(
        "the equations leave what floating-point numbers hold ({value}): the rates of births and deaths range from \
         {slowest:.3e} to {fastest:.3e} per day. Leave out what is so much slower or faster than all that matters"
    )]
    Lost {
        /// What came out.
        value: f64,
        /// Smallest rate above 0.
        slowest: f64,
        /// Largest rate.
        fastest: f64,
    },
    /// A mean exceeds what a floating-point number holds.
    #[error("a mean count exceeds 1e290, or a covariance or derivative that grows with it")]
    Overflow,
    /// Cells are not independent, so there are no equations for one of them.
    #[error("the backward equations need independent cells; this process has competition")]
    Competition,
    /// A probability of exactly 0 has no logarithm to differentiate.
    #[error("absence has probability 0")]
    Impossible,
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}
