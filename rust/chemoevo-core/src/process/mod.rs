//! The process: types, event rates, how the rates change in time, and instant pulses.
//!
//! A cell of type `i` divides at rate `b_i`, dies at rate `d_i` and switches to type `j` at rate `s_ij`
//! (all per day). At a division, with probability `u_ij` exactly one of the two daughters is of type `j`;
//! with probability `1 - sum_j u_ij` both are of type `i`. At a pulse every cell of type `i` survives
//! independently with probability `p_i`. With a [`Competition`], `b_i` or `d_i` depends on the counts. Of the divisions a
//! share `q_i` may be lethal: the cell is lost, as by a death, and `1 - q_i` succeed as above.

mod checks;
mod competition;
mod lethal;
mod network;
mod pulse;
mod rates;

pub use checks::ProcessError;
pub use competition::{ActsOn, Competition, Crowding};
pub use lethal::Given;
pub use network::Process;
pub use pulse::Pulse;
pub use rates::{Segment, SparseRates};
