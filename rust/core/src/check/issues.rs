//! The rows of a report: what is suspicious, most suspicious first.

use crate::check::issue::{Details, Issue};
use crate::check::kind::{Kind, Parameters, Product};
use crate::parallel;

/// All issues of a data set, most suspicious first; equal ones by image, kind, annotation, and prediction or kept annotation.
#[derive(Clone, Debug, Default)]
pub struct Issues {
    /// In pieces, the most suspicious first.
    pieces: Vec<Vec<Issue>>,
}

impl Issues {
    /// All that were found; and how many of each kind, by its number, were dropped.
    pub(crate) fn sorted(buckets: SuspicionBuckets) -> (Self, [u64; 5]) {
        let (pieces, dropped) = buckets.into_sorted();
        (Self { pieces }, dropped)
    }

    /// Number of issues.
    ///
    /// ```
    /// assert_eq!(boxlint_core::check::Issues::default().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether nothing is suspicious.
    ///
    /// ```
    /// assert!(boxlint_core::check::Issues::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value of each issue, in their order: made in parallel, since there are several issues to an image.
    ///
    /// ```
    /// use boxlint_core::check::Issues;
    ///
    /// let suspicions: Vec<f64> = Issues::default().column(|issue| issue.suspicion());
    /// assert!(suspicions.is_empty());
    /// ```
    #[must_use]
    pub fn column<T: Copy + Default + Send>(&self, value: impl Fn(&Issue) -> T + Sync) -> Vec<T> {
        let mut column = vec![T::default(); self.len()];
        let mut rest = column.as_mut_slice();
        let parts = self.pieces.iter().map(|piece| (piece, rest.split_off_mut(..piece.len()).unwrap_or_default()));
        parallel::map(parts, |(piece, out)| {
            out.iter_mut().zip(piece).for_each(|(out, issue)| *out = value(issue));
        });
        column
    }

    /// The issues in their order.
    ///
    /// ```
    /// assert!(boxlint_core::check::Issues::default().iter().next().is_none());
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Issue> {
        self.pieces.iter().flatten()
    }
}

/// The issues of one image while they are found, and how likely the image is without error.
pub(crate) struct ImageIssues<'a> {
    pub(crate) parameters: &'a Parameters,
    issues: &'a mut Vec<Issue>,
    image: u32,
    /// Product of 1 + odds over everything that can be wrong: 1 over the probability that nothing is.
    clean: Product,
}

impl<'a> ImageIssues<'a> {
    /// Issues of image number `image`, to be added to `issues`.
    pub(crate) fn new(parameters: &'a Parameters, image: usize, issues: &'a mut Vec<Issue>) -> Self {
        Self { parameters, issues, image: image as u32, clean: Product::default() }
    }

    /// Counts a possible error with these odds for the image, and lists it if it is suspicious enough.
    #[inline]
    pub(crate) fn add(&mut self, kind: Kind, odds: f64, details: impl FnOnce() -> Details) {
        self.count(1.0 + odds);
        self.list_odds(kind, odds, details);
    }

    /// Lists an error with these odds if it is suspicious enough.
    #[inline]
    pub(crate) fn list_odds(&mut self, kind: Kind, odds: f64, details: impl FnOnce() -> Details) {
        // The suspicion is below the odds: most need no division.
        if odds >= self.parameters.min_suspicion {
            self.list(kind, odds / (1.0 + odds), details);
        }
    }

    /// Counts possible errors of which one at most is there, given the sum of 1 and their odds.
    #[inline]
    pub(crate) fn count(&mut self, total_odds: f64) {
        self.clean.times(total_odds);
    }

    /// Lists an error if it is suspicious enough and of a kind looked for.
    #[inline]
    pub(crate) fn list(&mut self, kind: Kind, suspicion: f64, details: impl FnOnce() -> Details) {
        if suspicion >= self.parameters.min_suspicion && suspicion > 0.0 && self.parameters.wants(kind) {
            self.issues.push(Issue::new(suspicion, self.image, details()));
        }
    }

    /// -ln of the probability that nothing is wrong in the image.
    pub(crate) fn neg_log_clean(self) -> f64 {
        self.clean.ln()
    }
}

/// Issues sorted into steps of suspicion while they are found, so that what is left to sort fits the cache. Of each kind the
/// most suspicious are kept.
#[derive(Debug)]
pub(crate) struct SuspicionBuckets {
    /// Few enough that the processor has the end of each at hand: 8 to a doubling; the first is for all below 2^-16.
    steps: Vec<Step>,
    /// How many issues of each kind are kept at last.
    max_rows: usize,
    kinds: [KindRows; 5],
}

/// Issues in pieces, so that none moves when there are more.
#[derive(Clone, Debug, Default)]
struct Step {
    full: Vec<Vec<Issue>>,
    open: Vec<Issue>,
    /// How many of each kind there are.
    count: [usize; 5],
}

/// The issues of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct KindRows {
    held: usize,
    dropped: u64,
    /// In steps below this, enough more suspicious ones are known.
    lowest_step: usize,
    /// How many are held in this step and those above.
    above: usize,
}

impl SuspicionBuckets {
    const LOWEST: f64 = 1.0 / 65536.0;

    pub(crate) fn new(max_rows: usize) -> Self {
        Self { steps: vec![Step::default(); Self::step(1.0) + 1], max_rows, kinds: [KindRows::default(); 5] }
    }

    /// Adds issues. Of each kind at most twice as many as are kept are held at a time, and those of one call.
    pub(crate) fn push(&mut self, issues: &[Issue]) {
        for &issue in issues {
            let step = Self::step(issue.suspicion());
            let kind = issue.kind() as usize;
            let rows = &mut self.kinds[kind];
            if step < rows.lowest_step {
                rows.dropped += 1;
            } else {
                rows.held += 1;
                rows.above += 1;
                self.steps[step].count[kind] += 1;
                self.steps[step].push(issue);
            }
        }
        for kind in Kind::ALL {
            self.raise_lowest_step(kind);
            self.keep_at_most(kind, self.max_rows.saturating_mul(2));
        }
    }

    /// The most suspicious issues of each kind, most suspicious first, and how many of each were dropped.
    pub(crate) fn into_sorted(mut self) -> (Vec<Vec<Issue>>, [u64; 5]) {
        Kind::ALL.into_iter().for_each(|kind| self.keep_at_most(kind, self.max_rows));
        let steps = parallel::map(self.steps.into_iter().rev(), Step::into_sorted);
        (steps.into_iter().flatten().collect(), self.kinds.map(|rows| rows.dropped))
    }

    /// Takes no more issues of a kind in steps below which enough are held.
    fn raise_lowest_step(&mut self, kind: Kind) {
        let rows = &mut self.kinds[kind as usize];
        while let Some(step) = self.steps.get(rows.lowest_step) {
            let above = rows.above - step.count[kind as usize];
            if above < self.max_rows {
                break;
            }
            rows.above = above;
            rows.lowest_step += 1;
        }
    }

    /// Drops the issues of a kind of which more than `limit` are held, but for the most suspicious; of equal ones those that
    /// are listed first stay.
    fn keep_at_most(&mut self, kind: Kind, limit: usize) {
        let rows = &mut self.kinds[kind as usize];
        if rows.held <= limit {
            return;
        }
        let mut room = self.max_rows;
        for step in self.steps.iter_mut().rev() {
            let count = step.count[kind as usize];
            if count > room {
                step.keep_of_kind(kind, room);
            }
            room -= count.min(room);
        }
        let kept = self.max_rows - room;
        rows.dropped += (rows.held - kept) as u64;
        (rows.held, rows.above) = (kept, kept);
    }

    fn step(suspicion: f64) -> usize {
        // The exponent and three bits of the fraction.
        let step = |value: f64| value.to_bits() >> (f64::MANTISSA_DIGITS - 1 - 3);
        step(suspicion).saturating_sub(step(Self::LOWEST)) as usize
    }
}

impl Step {
    const PIECE: usize = 256;
    /// Issues that are sorted at once: 6 MB of them.
    const SORTED_AT_ONCE: usize = 1 << 18;

    #[inline]
    fn push(&mut self, issue: Issue) {
        if self.open.len() == Self::PIECE || self.open.capacity() == 0 {
            let full = std::mem::replace(&mut self.open, Vec::with_capacity(Self::PIECE));
            self.full.extend(Some(full).filter(|piece| !piece.is_empty()));
        }
        self.open.push(issue);
    }

    fn pieces(&self) -> impl Iterator<Item = &Vec<Issue>> + Clone {
        self.full.iter().chain([&self.open])
    }

    /// Keeps so many issues of a kind, fewer than there are, which are listed first.
    fn keep_of_kind(&mut self, kind: Kind, keep: usize) {
        let mut of_kind = Vec::new();
        if keep > 0 {
            of_kind.extend(self.pieces().flatten().filter(|issue| issue.kind() == kind));
            of_kind.select_nth_unstable_by(keep, Issue::order);
            of_kind.truncate(keep);
        }
        self.full.iter_mut().chain([&mut self.open]).for_each(|piece| piece.retain(|issue| issue.kind() != kind));
        self.full.retain(|piece| !piece.is_empty());
        of_kind.into_iter().for_each(|issue| self.push(issue));
        self.count[kind as usize] = keep;
    }

    /// The issues in their order. Many are first put into smaller steps, each in memory that they leave.
    fn into_sorted(mut self) -> Vec<Vec<Issue>> {
        let Some(cells) = Cells::of(self.pieces().flatten()) else { return Vec::new() };
        if cells.issues > Self::SORTED_AT_ONCE && cells.shift > 0 {
            let steps = parallel::map(self.split(cells.wider()), Self::into_sorted);
            return steps.into_iter().flatten().collect();
        }
        let sorted = self.sorted(cells);
        self.full.push(self.open);
        // Back into the pieces, since there is no memory for all of them a second time.
        let mut rest = sorted.as_slice();
        for piece in &mut self.full {
            let next = rest.split_off(..piece.len()).unwrap_or_default();
            piece.copy_from_slice(next);
        }
        self.full
    }

    /// The issues by cell.
    fn split(self, cells: Cells) -> Vec<Self> {
        let mut steps = vec![Self::default(); Cells::WIDE];
        let pieces = self.full.into_iter().chain([self.open]);
        pieces.for_each(|piece| piece.into_iter().for_each(|issue| steps[cells.cell(&issue)].push(issue)));
        steps
    }

    /// Copies of the issues in their order: put into as many cells of equal width as there are issues, and sorted in each.
    fn sorted(&self, cells: Cells) -> Vec<Issue> {
        let rows = || self.pieces().flatten();
        // Where each cell begins, and then, when the issues before are in place, where it ends.
        let count = cells.issues.next_power_of_two();
        let mut ends = vec![0_u32; count + 1];
        rows().for_each(|issue| ends[cells.cell(issue) + 1] += 1);
        for at in 0..count {
            ends[at + 1] += ends[at];
        }
        let mut sorted: Vec<Issue> = rows().copied().collect();
        for issue in rows() {
            let end = &mut ends[cells.cell(issue)];
            sorted[*end as usize] = *issue;
            *end += 1;
        }
        let mut start = 0;
        for &end in &ends[..count] {
            let (from, to) = (start, end as usize);
            start = to;
            if to - from > 1 {
                sorted[from..to].sort_unstable_by(Issue::order);
            }
        }
        sorted
    }
}

/// Cells of equal width for the suspicions of some issues, the most suspicious first: as many as there are issues, or up to
/// twice as many.
#[derive(Clone, Copy, Debug)]
struct Cells {
    issues: usize,
    /// The bits of the greatest suspicion, and how many lower ones of a difference from it are left off.
    most: u64,
    shift: u32,
}

impl Cells {
    /// The number of cells by which many issues are split.
    const WIDE: usize = 64;

    fn of<'a>(issues: impl Iterator<Item = &'a Issue>) -> Option<Self> {
        let (mut count, mut least, mut most) = (0_usize, u64::MAX, 0);
        for bits in issues.map(|issue| issue.suspicion_bits()) {
            (count, least, most) = (count + 1, least.min(bits), most.max(bits));
        }
        let spread = u64::BITS - most.checked_sub(least)?.leading_zeros();
        Some(Self { issues: count, most, shift: spread.saturating_sub(count.next_power_of_two().ilog2()) })
    }

    /// [`Self::WIDE`] cells.
    fn wider(self) -> Self {
        let times = self.issues.next_power_of_two().ilog2() - Self::WIDE.ilog2();
        Self { shift: self.shift + times, ..self }
    }

    fn cell(&self, issue: &Issue) -> usize {
        ((self.most - issue.suspicion_bits()) >> self.shift) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::issue::Details;

    #[test]
    fn a_row_gives_way_to_one_of_the_same_step() {
        let mut buckets = SuspicionBuckets::new(1);
        for suspicion in [0.5, 0.51, 0.505] {
            buckets.push(&[Issue::new(suspicion, 0, Details::Missing { prediction: 0, iou: 0.0 })]);
        }
        let (rows, dropped) = buckets.into_sorted();
        assert_eq!(rows.iter().flatten().map(Issue::suspicion).collect::<Vec<_>>(), [0.51]);
        assert_eq!(dropped, [2, 0, 0, 0, 0]);
    }
}
