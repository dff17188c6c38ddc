//! Names of the core's codes, in the order of the codes: whoever adds a variant there must name it here.

use crate::errors::Error;
use chemoevo_core::ensemble::{Engine, Following, Outcome};

/// A list of variants and an exhaustive match in one.
macro_rules! named {
    ($all:ident, $name:ident, $kind:ty { $($variant:ident => $text:literal),+ $(,)? }) => {
        const $all: &[$kind] = &[$(<$kind>::$variant),+];
        const fn $name(of: $kind) -> &'static str {
            match of {
                $(<$kind>::$variant => $text),+
            }
        }
    };
}

named!(ENDINGS, ending, Outcome {
    Extinct => "extinct",
    Alive => "alive",
    Stopped => "stopped",
    SizeLimit => "size_limit",
    EventLimit => "event_limit",
    CloneLimit => "clone_limit",
    AttemptLimit => "attempt_limit",
});

/// Which mutants are followed, by name.
pub fn following(name: &str) -> Result<Following, Error> {
    match name {
        "auto" => Ok(Following::Auto),
        "all" => Ok(Following::All),
        "kept" => Ok(Following::Kept),
        _ => Err(Error::Value(format!("following must be one of auto, all, kept; got {name:?}."))),
    }
}

/// Names of outcomes, by code.
pub const OUTCOMES: [&str; ENDINGS.len()] = {
    let mut names = [""; ENDINGS.len()];
    let mut code = 0;
    while code < names.len() {
        assert!(ENDINGS[code] as usize == code, "outcomes must be named in the order of their codes");
        names[code] = ending(ENDINGS[code]);
        code += 1;
    }
    names
};

/// Name of an engine, and its bit in what ran; what chooses among engines has none.
const fn engine_name(engine: Engine) -> (&'static str, Option<usize>) {
    match engine {
        Engine::Direct => ("direct", Some(0)),
        Engine::Bnb => ("bnb", Some(1)),
        Engine::Leap(_) => ("leap", Some(2)),
        Engine::Auto(_) => ("auto", None),
    }
}

/// Names of the engines that run, by bit.
pub const ENGINES: [&str; 3] = {
    let (engines, mut names, mut bit) = ([Engine::Direct, Engine::Bnb, Engine::Leap(0.0)], [""; 3], 0);
    while bit < names.len() {
        let (name, place) = engine_name(engines[bit]);
        assert!(matches!(place, Some(b) if b == bit), "engines must be in the order of their bits");
        names[bit] = name;
        bit += 1;
    }
    names
};

/// The parent of a clone that was there at time 0.
pub const NO_PARENT: u32 = chemoevo_core::engine::clones::NO_PARENT;

/// The name of an engine.
pub const fn name_of(engine: Engine) -> &'static str {
    engine_name(engine).0
}

/// The engine of a name; `tolerance` is that of leaping.
pub fn engine(name: &str, tolerance: Option<f64>) -> Result<Engine, Error> {
    let known = [Engine::Direct, Engine::Bnb, Engine::Leap(tolerance.unwrap_or(f64::NAN)), Engine::Auto(tolerance)];
    match known.into_iter().find(|&engine| name_of(engine) == name) {
        Some(Engine::Leap(tolerance)) if tolerance.is_nan() => {
            Err(Error::Value("tolerance must be a number for engine 'leap'.".to_owned()))
        }
        Some(engine) => Ok(engine),
        None => {
            let names = known.map(name_of).join(", ");
            Err(Error::Value(format!("engine must be one of {names}; got {name:?}.")))
        }
    }
}
