//! What every error is in Python: one exhaustive map.

use super::Error;
use chemoevo_core::analytic::AnalyticError;
use chemoevo_core::ensemble::{PlanError, RunError};
use chemoevo_core::pharmacology::{CourseError, DoseError, KineticsError, StateError};
use chemoevo_core::process::ProcessError;
use chemoevo_core::resistance::{ChainError, CompileError};

/// What becomes of an error in Python.
pub enum Kind {
    /// A wrong value: `ModelError`.
    Model,
    /// Impossible at run time: `SimulationError`.
    Simulation,
    /// Python asked to stop, and has the exception.
    Pending,
}

impl Error {
    /// No wildcard here: whoever adds an error decides what it is in Python.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Analytic(error) => match error {
                AnalyticError::Length { .. }
                | AnalyticError::Range { .. }
                | AnalyticError::Competition
                | AnalyticError::Impossible => Kind::Model,
                AnalyticError::Steps { .. }
                | AnalyticError::Accuracy { .. }
                | AnalyticError::Lost { .. }
                | AnalyticError::Overflow => Kind::Simulation,
                AnalyticError::Interrupted => Kind::Pending,
            },
            Self::Plan(error) => match error {
                PlanError::Shape(_)
                | PlanError::NamedTypes
                | PlanError::NamedClones
                | PlanError::Crossings
                | PlanError::Competition => Kind::Model,
            },
            Self::Run(error) => match error {
                RunError::Interrupted => Kind::Pending,
                RunError::Memory { .. } => Kind::Simulation,
            },
            Self::Process(error) => match error {
                ProcessError::NoTypes | ProcessError::Length { .. } | ProcessError::Range { .. } => Kind::Model,
            },
            Self::Kinetics(error) => match error {
                KineticsError::Range { .. }
                | KineticsError::Compartments(_)
                | KineticsError::Stages { .. }
                | KineticsError::Source { .. } => Kind::Model,
            },
            Self::Course(error) => course(error),
            Self::State(StateError::Shape { .. } | StateError::Kinetics | StateError::Absorption { .. }) => Kind::Model,
            Self::Chain(error) => chain(error),
            Self::Compile(error) => match error {
                CompileError::Length { .. }
                | CompileError::Range { .. }
                | CompileError::Compartment { .. }
                | CompileError::TooManySegments(_) => Kind::Model,
                CompileError::Chain(error) => chain(error),
                CompileError::Interrupted => Kind::Pending,
            },
            Self::Value(_) => Kind::Model,
            Self::Pool(_) | Self::Lost | Self::Bug(_) => Kind::Simulation,
        }
    }
}

fn course(error: &CourseError) -> Kind {
    match error {
        CourseError::Dose(DoseError { .. })
        | CourseError::State(StateError::Shape { .. } | StateError::Kinetics | StateError::Absorption { .. })
        | CourseError::Route(_)
        | CourseError::Lasts(_)
        | CourseError::Early { .. }
        | CourseError::Before { .. }
        | CourseError::Compartment { .. }
        | CourseError::Saturable
        | CourseError::Outside { .. }
        | CourseError::Interval(_)
        | CourseError::OnTheWay { .. }
        | CourseError::Borders(_)
        | CourseError::Marrow { .. }
        | CourseError::Rule(_)
        | CourseError::Planned(_)
        | CourseError::Patients { .. } => Kind::Model,
        CourseError::Steps(_) | CourseError::Counts(_) | CourseError::Saturated { .. } | CourseError::Memory { .. } => {
            Kind::Simulation
        }
        CourseError::Of { error, .. } => course(error),
        CourseError::Interrupted => Kind::Pending,
    }
}

fn chain(error: &ChainError) -> Kind {
    match error {
        ChainError::Range { .. } | ChainError::Fold { .. } | ChainError::Together { .. } => Kind::Model,
    }
}
