//! Looks at the boxes of a file, one by one and all together.

use crate::error::{List, Record};
use crate::findings::{Findings, Kind};
use crate::records::flag;

/// Annotators round to pixels and some count them from one: up to here a box is not called outside.
const SLACK: f64 = 1.0;

/// So many boxes at least, before the shape of all of them says something.
const ENOUGH: usize = 20;

/// Of corners taken for corner and size, many reach outside; of sound boxes, few.
const MANY_OUTSIDE: f64 = 0.1;

/// What was seen of the boxes of one list.
pub(crate) struct Inspector {
    list: List,
    findings: Findings,
    tally: Tally,
    first: Option<String>,
}

/// How many boxes look how.
#[derive(Default)]
struct Tally {
    boxes: usize,
    relative: usize,
    cornerlike: usize,
    outside: usize,
}

impl Inspector {
    pub fn new(list: List) -> Self {
        Self { list, findings: Findings::default(), tally: Tally::default(), first: None }
    }

    pub fn note(&mut self, kind: Kind, example: impl FnOnce() -> String) {
        self.findings.note(kind, self.list, 1, example);
    }

    pub fn flags(&mut self, record: Record, flags: u8) {
        const KINDS: [(u8, Kind); 3] =
            [(flag::CROWD, Kind::Crowd), (flag::IGNORE, Kind::Ignore), (flag::DIFFICULT, Kind::Difficult)];
        for (_, kind) in KINDS.into_iter().filter(|(bit, _)| flags & bit != 0) {
            self.note(kind, || record.to_string());
        }
    }

    /// Looks at a box; the sides of an image of unknown size are NaN.
    pub fn shape(&mut self, record: Record, xyxy: [f64; 4], [width, height]: [f64; 2]) {
        let [x1, y1, x2, y2] = xyxy;
        let spans = || format!("{record} spans {xyxy:?}");
        if x2 < x1 || y2 < y1 {
            self.note(Kind::Inverted, spans);
        } else if x2 == x1 || y2 == y1 {
            self.note(Kind::ZeroArea, spans);
        }
        let (right, bottom) = (x1.max(x2) - width, y1.max(y2) - height);
        let outside = x1.min(x2) < -SLACK || y1.min(y2) < -SLACK || right > SLACK || bottom > SLACK;
        if outside {
            let image = || if width.is_nan() { String::new() } else { format!(" in an image of {width} x {height}") };
            self.note(Kind::OutsideImage, || spans() + &image());
        }
        let relative = xyxy.iter().all(|corner| (0.0..=1.0).contains(corner));
        let cornerlike = x2 - x1 > x1 && y2 - y1 > y1;
        self.first.get_or_insert_with(spans);
        self.tally.boxes += 1;
        self.tally.relative += usize::from(relative);
        self.tally.cornerlike += usize::from(cornerlike);
        self.tally.outside += usize::from(outside);
    }

    /// Adds what was seen further on in the file.
    pub fn extend(&mut self, later: Self) {
        self.findings.extend(later.findings);
        self.first = self.first.take().or(later.first);
        self.tally.boxes += later.tally.boxes;
        self.tally.relative += later.tally.relative;
        self.tally.cornerlike += later.tally.cornerlike;
        self.tally.outside += later.tally.outside;
    }

    pub fn finish(mut self) -> Findings {
        let Tally { boxes, relative, cornerlike, outside } = self.tally;
        let many_outside = outside as f64 >= MANY_OUTSIDE * boxes as f64;
        let kind = if relative == boxes {
            Kind::Relative
        } else if boxes >= ENOUGH && cornerlike == boxes && many_outside {
            Kind::LooksLikeXyxy
        } else {
            return self.findings;
        };
        if let Some(first) = self.first {
            self.findings.note(kind, self.list, boxes, || first);
        }
        self.findings
    }
}
