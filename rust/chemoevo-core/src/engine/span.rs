//! A span of time over which a state is advanced.

/// From one time to another (days).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Its start.
    pub from: f64,
    /// Its end.
    pub to: f64,
}

impl Span {
    /// Days that it takes.
    #[inline]
    #[must_use]
    pub fn length(self) -> f64 {
        self.to - self.from
    }

    /// What is left of it after time `t`.
    #[inline]
    #[must_use]
    pub fn after(self, t: f64) -> Self {
        Self { from: t, to: self.to }
    }

    /// The time that lies `days` after its start, or its end if that comes first; rounded down.
    #[inline]
    #[must_use]
    pub fn at_most(self, days: f64) -> f64 {
        let end = if days >= self.length() { self.to } else { self.from + days };
        if end - self.from > days { end.next_down() } else { end }
    }
}
