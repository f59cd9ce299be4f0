//! What Python sees of boxlint-core and boxlint-io: the module `boxlint._core`.
#![warn(clippy::unwrap_used)]

mod array_view;
mod check;
mod coco;
mod columns;
mod detectors;
mod errors;
mod evidence;
mod folder;
mod from_lists;
mod inspect;
mod issue_numbers;
mod issue_rows;
mod location;
mod metrics;
mod objectlab;
mod panics;
mod statistics;
mod summary;
mod table;
mod threads;
mod voc;
mod yolo;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::check::{CheckResult, annotation_features, collect, examine};
    #[pymodule_export]
    use crate::coco::{Coco, read_coco, write_coco};
    #[pymodule_export]
    use crate::columns::{Columns, DatasetColumns};
    #[pymodule_export]
    use crate::detectors::Detectors;
    #[pymodule_export]
    use crate::evidence::{issue_ids, name_hashes, reasons};
    #[pymodule_export]
    use crate::folder::{FolderFiles, is_passed_over, jpeg_sizes, match_files, paths_within, without_ending};
    #[pymodule_export]
    use crate::from_lists::{gather_annotations, gather_predictions};
    #[pymodule_export]
    use crate::inspect::{
        annotations_met, check_boxes, lacking_classes, near_duplicates, near_repeats, permuted_classes,
    };
    #[pymodule_export]
    use crate::issue_numbers::issue_numbers;
    #[pymodule_export]
    use crate::metrics::{Ranking, average_precision, matches, true_positives};
    #[pymodule_export]
    use crate::objectlab::{
        ImageScores, badloc_box_scores, box_issues, confidence_counts, image_issues, image_scores,
        image_scores_of_lists, min_similarity, overlooked_box_scores, pooled_scores, similarity_matrices,
        swap_box_scores,
    };
    #[pymodule_export]
    use crate::statistics::Statistics;
    #[pymodule_export]
    use crate::summary::{Classes, box_counts, classes};
    #[pymodule_export]
    use crate::table::{csv_lines, json_lines, texts_of, validity_bitmap};
    #[pymodule_export]
    use crate::threads::limit_threads;
    #[pymodule_export]
    use crate::voc::read_voc_files;
    #[pymodule_export]
    use crate::yolo::{count_box_lines, plain_sizes, read_yolo_lines};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const DEBUG_BUILD: bool = cfg!(debug_assertions);
    #[pymodule_export]
    const LOW_PROBABILITY_THRESHOLD: f64 = boxlint_core::LOW_PROBABILITY_THRESHOLD;
    #[pymodule_export]
    const HIGH_PROBABILITY_THRESHOLD: f64 = boxlint_core::HIGH_PROBABILITY_THRESHOLD;
    #[pymodule_export]
    const THRESHOLD_FACTOR: f64 = boxlint_core::THRESHOLD_FACTOR;
    #[pymodule_export]
    const CONFIDENT: f64 = boxlint_core::check::CONFIDENT;
    #[pymodule_export]
    const CLASS_LIMIT: usize = boxlint_core::CLASS_LIMIT;
    #[pymodule_export]
    const MAX_EXPANSION: usize = boxlint_io::MAX_EXPANSION;
    #[pymodule_export]
    const LARGEST_FRACTION: f64 = boxlint_io::LARGEST_FRACTION;
    #[pymodule_export]
    const IMAGE_ENDINGS: [&str; boxlint_io::IMAGE_ENDINGS.len()] = boxlint_io::IMAGE_ENDINGS;
    #[pymodule_export]
    const COORDINATE_LIMIT: f64 = boxlint_core::COORDINATE_LIMIT;
    #[pymodule_export]
    const KINDS: [&str; 5] = boxlint_core::check::Kind::NAMES;
    #[pymodule_export]
    const FEATURES: [&str; boxlint_core::check::FEATURES.len()] = boxlint_core::check::FEATURES;
    #[pymodule_export]
    const PRIORS: [f64; 5] = boxlint_core::check::Kind::PRIORS;

    #[boxlint_guard::guarded]
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::panics::note_places();
        // At its first use, the crate looks for numpy, and panics if a signal interrupts it: better here than after a
        // long read.
        module.py().import("numpy")?;
        numpy::PyArray1::<f64>::zeros(module.py(), 0, false);
        module.add("EXPLANATIONS", crate::check::explanations(module.py())?)
    }
}
