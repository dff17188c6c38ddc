//! Which types can be founded: those to which another type mutates or switches.

use crate::process::Process;

/// Whether some cell of another type can become of each type, or found it, in whatever interval.
pub(super) fn founded(process: &Process) -> Vec<bool> {
    let mut found = vec![false; process.types()];
    for i in 0..process.types() {
        for (j, _) in process.mutation().row(0, i).chain(process.switching().row(0, i)) {
            found[j] = true;
        }
    }
    found
}
