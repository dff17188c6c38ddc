//! What a course amounts to between two times: its highest and its last concentration, its area, and for how long it is
//! above a level.
//!
//! Within a stretch the concentration is smooth, and turns where its derivative, which the cascade gives in closed form,
//! changes sign. Signs are looked at on times that begin at a part of the fastest stage and grow by a half each: sums of
//! exponentials change on the scale of their rates, so two turns hardly fall between two of them. Between turns the
//! concentration rises or falls, and crosses a level once at most.

use super::answers::Stretched;
use super::cascade::Measure;
use super::course::Course;
use super::root::zero;

/// The first time looked at, in parts of the fastest stage, and the factor between two.
const FIRST: f64 = 0.25;
const GROWTH: f64 = 1.5;

/// One compartment over one period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Period {
    /// The largest concentration, also just before a dose.
    pub highest: f64,
    /// The area under it.
    pub area: f64,
    /// What there is at the end, before any dose then.
    pub last: f64,
    /// Hours above the level.
    pub above: f64,
}

impl Course {
    /// The periods between increasing borders (h), the first of which is not before the start.
    pub(super) fn periods(&self, compartment: usize, borders: &[f64], level: f64, out: &mut [Period]) {
        let turns_after = FIRST / self.fastest(compartment);
        for (period, ends) in out.iter_mut().zip(borders.windows(2)) {
            *period = Period::default();
            for part in self.parts(ends[0], ends[1]) {
                period.see(self, compartment, part, turns_after, level);
                period.area += self.area_of(part, compartment);
            }
        }
    }
}

impl Period {
    /// Adds a part of a stretch.
    fn see(&mut self, course: &Course, compartment: usize, part: Stretched, first: f64, level: f64) {
        let value = |h: f64| course.inside(part.index, compartment, h, Measure::Value);
        let mut from = (part.from, value(part.from));
        self.highest = self.highest.max(from.1);
        self.last = from.1;
        let mut rise = |to: (f64, f64)| {
            self.highest = self.highest.max(to.1);
            self.last = to.1;
            self.above += hours_above(&value, from, to, level);
            from = to;
        };
        if !course.falls(part.index) {
            let slope = |h: f64| course.slope(part.index, compartment, h);
            let mut last = (part.from, slope(part.from));
            let mut h = first;
            while last.0 < part.to {
                while h <= last.0 {
                    h *= GROWTH;
                }
                let here = (h.min(part.to), slope(h.min(part.to)));
                if (last.1 < 0.0) != (here.1 < 0.0) {
                    let turn = zero(slope, last, here);
                    rise((turn, value(turn)));
                }
                last = here;
            }
        }
        rise((part.to, value(part.to)));
    }
}

/// Time above a level between two times, between which the concentration rises or falls.
fn hours_above(value: &impl Fn(f64) -> f64, from: (f64, f64), to: (f64, f64), level: f64) -> f64 {
    let excess = [from, to].map(|(h, c)| (h, c - level));
    match excess.map(|(_, e)| e > 0.0) {
        [true, true] => to.0 - from.0,
        [false, false] => 0.0,
        [up, _] => {
            let crossed = zero(|h| value(h) - level, excess[0], excess[1]);
            if up { crossed - from.0 } else { to.0 - crossed }
        }
    }
}
