//! Numpy arrays that have been checked to be columns of boxes, alone and as annotations and predictions that belong together.

use boxlint_core::{Boxes, Dataset, Error, Floats, VerifiedClasses, check_room};
use boxlint_guard::guarded;
use numpy::ndarray::Dimension;
use numpy::{Ix1, Ix2, PyArray, PyArray1, PyArrayMethods, PyReadonlyArray, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::errors::{at_fault, value_error};
use crate::threads;

/// A one-dimensional array.
pub(crate) type Column<'py, T> = Bound<'py, PyArray1<T>>;

/// The columns of [`Boxes`], checked. A fault is a ValueError that begins with `argument`.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct Columns {
    #[pyo3(get)]
    xyxy: Py<PyAny>,
    #[pyo3(get)]
    class_id: Py<PyArray1<i32>>,
    #[pyo3(get)]
    score: Option<Py<PyAny>>,
    #[pyo3(get)]
    offsets: Py<PyArray1<i64>>,
    /// One more than the greatest class id.
    #[pyo3(get)]
    classes: usize,
}

#[guarded]
#[pymethods]
impl Columns {
    #[new]
    fn new(
        xyxy: Bound<PyAny>,
        class_id: Bound<PyArray1<i32>>,
        score: Option<Bound<PyAny>>,
        offsets: Bound<PyArray1<i64>>,
        argument: &str,
    ) -> PyResult<Self> {
        Self::checked(&xyxy, &class_id, score.as_ref(), &offsets, |error, _, _| at_fault(argument, &error))
    }
}

impl Columns {
    /// Checks arrays; `explain` makes the exception for a fault, given the class ids and offsets.
    pub(crate) fn checked(
        xyxy: &Bound<PyAny>,
        class_id: &Bound<PyArray1<i32>>,
        score: Option<&Bound<PyAny>>,
        offsets: &Bound<PyArray1<i64>>,
        explain: impl FnOnce(Error, &[i32], &[i64]) -> PyErr,
    ) -> PyResult<Self> {
        let py = xyxy.py();
        let mut columns = Self {
            xyxy: xyxy.clone().unbind(),
            class_id: class_id.clone().unbind(),
            score: score.map(|score| score.clone().unbind()),
            offsets: offsets.clone().unbind(),
            classes: 0,
        };
        let borrowed = columns.borrow(py)?;
        let (xyxy, class_id, score, offsets) = borrowed.slices()?;
        let boxes = threads::watched(py, class_id.len(), || Boxes::new(xyxy, class_id, score, offsets))?
            .map_err(|error| explain(error, class_id, offsets))?;
        let classes = boxes.classes();
        drop(borrowed);
        columns.classes = classes;
        Ok(columns)
    }

    /// Columns of a reader, which has checked each value where it stands in the file.
    pub(crate) fn checked_before(
        xyxy: Bound<PyAny>,
        class_id: Column<i32>,
        score: Option<Bound<PyAny>>,
        offsets: Column<i64>,
        classes: usize,
    ) -> Self {
        Self {
            xyxy: xyxy.unbind(),
            class_id: class_id.unbind(),
            score: score.map(Bound::unbind),
            offsets: offsets.unbind(),
            classes,
        }
    }

    /// Borrows the arrays for a kernel.
    pub(crate) fn borrow<'py>(&self, py: Python<'py>) -> PyResult<Borrowed<'py>> {
        Ok(Borrowed {
            xyxy: FloatArray::of(self.xyxy.bind(py))?,
            class_id: self.class_id.bind(py).try_readonly()?,
            score: self.score.as_ref().map(|score| FloatArray::of(score.bind(py))).transpose()?,
            offsets: self.offsets.bind(py).try_readonly()?,
            classes: self.classes,
        })
    }
}

/// Arrays that are borrowed while a kernel reads them. The borrow keeps Rust from writing to them; that Python does not, either,
/// is up to whoever made the columns: `Boxes` in Python copy what can be written to.
pub(crate) struct Borrowed<'py> {
    xyxy: FloatArray<'py, Ix2>,
    class_id: PyReadonlyArray1<'py, i32>,
    score: Option<FloatArray<'py, Ix1>>,
    offsets: PyReadonlyArray1<'py, i64>,
    classes: usize,
}

type Slices<'a> = (Floats<'a>, &'a [i32], Option<Floats<'a>>, &'a [i64]);

impl Borrowed<'_> {
    /// The columns, which were checked when they were made.
    pub(crate) fn boxes(&self) -> PyResult<Boxes<'_>> {
        let (xyxy, class_id, score, offsets) = self.slices()?;
        Ok(Boxes::checked_before(xyxy, class_id, score, offsets, self.classes))
    }

    fn slices(&self) -> PyResult<Slices<'_>> {
        let score = self.score.as_ref().map(FloatArray::floats).transpose()?;
        Ok((self.xyxy.floats()?, self.class_id.as_slice()?, score, self.offsets.as_slice()?))
    }
}

/// An array of either width of floats.
enum FloatArray<'py, D: Dimension> {
    F32(PyReadonlyArray<'py, f32, D>),
    F64(PyReadonlyArray<'py, f64, D>),
}

impl<'py, D: Dimension> FloatArray<'py, D> {
    /// A TypeError says if it is none.
    fn of(array: &Bound<'py, PyAny>) -> PyResult<Self> {
        // A cast that fails costs nothing. A derived `extract` would word an error, by code of numpy, in which an interrupt
        // would be lost.
        match array.cast::<PyArray<f32, D>>() {
            Ok(array) => Ok(Self::F32(array.try_readonly()?)),
            Err(_) => Ok(Self::F64(array.cast::<PyArray<f64, D>>()?.try_readonly()?)),
        }
    }

    fn floats(&self) -> PyResult<Floats<'_>> {
        Ok(match self {
            Self::F32(array) => Floats::F32(array.as_slice()?),
            Self::F64(array) => Floats::F64(array.as_slice()?),
        })
    }
}

/// Offsets of the images, and class ids.
type Verified = (Py<PyArray1<i64>>, Py<PyArray1<i32>>);

/// Columns of annotations and of predictions, with a flag for each annotation to ignore if there is any, and with the
/// offsets and class ids of the classes that were looked for in each image if these are not all.
/// `named_classes` is the number of names; no box is of a class beyond them, if there are any. `not_run` flags the images that
/// the detector was not run on, if there are any.
///
/// A ValueError says if they are not of the same images, or scores or flags are missing.
#[pyclass(frozen, module = "boxlint._core")]
pub(crate) struct DatasetColumns {
    annotations: Py<Columns>,
    predictions: Py<Columns>,
    ignored: Option<Py<PyArray1<bool>>>,
    verified: Option<Verified>,
    pub(crate) named_classes: usize,
    not_run: Option<Py<PyArray1<bool>>>,
}

#[guarded]
#[pymethods]
impl DatasetColumns {
    #[new]
    #[pyo3(signature = (annotations, predictions, ignored, verified=None, named_classes=0, not_run=None))]
    fn new(
        py: Python<'_>,
        annotations: Py<Columns>,
        predictions: Py<Columns>,
        ignored: Option<Py<PyArray1<bool>>>,
        verified: Option<Verified>,
        named_classes: usize,
        not_run: Option<Py<PyArray1<bool>>>,
    ) -> PyResult<Self> {
        let columns = Self { annotations, predictions, ignored, verified, named_classes, not_run };
        columns.with(py, |_| Ok(()))?;
        Ok(columns)
    }
}

impl DatasetColumns {
    /// Borrows the arrays.
    pub(crate) fn borrow<'py>(&self, py: Python<'py>) -> PyResult<BorrowedDataset<'py>> {
        let verified = self.verified.as_ref().map(|(offsets, class_id)| {
            Ok::<_, PyErr>((offsets.bind(py).try_readonly()?, class_id.bind(py).try_readonly()?))
        });
        let flags =
            |flags: &Option<Py<PyArray1<bool>>>| flags.as_ref().map(|flags| flags.bind(py).try_readonly()).transpose();
        Ok(BorrowedDataset {
            annotations: self.annotations.get().borrow(py)?,
            predictions: self.predictions.get().borrow(py)?,
            ignored: flags(&self.ignored)?,
            verified: verified.transpose()?,
            not_run: flags(&self.not_run)?,
        })
    }

    /// Borrows the arrays while `work` reads the data set.
    pub(crate) fn with<T>(&self, py: Python<'_>, work: impl FnOnce(Dataset) -> PyResult<T>) -> PyResult<T> {
        work(self.borrow(py)?.dataset()?)
    }

    /// The same for work that keeps tables with an entry a class: a ValueError if there are too many.
    pub(crate) fn with_classes<T>(&self, py: Python<'_>, work: impl FnOnce(Dataset) -> PyResult<T>) -> PyResult<T> {
        self.with(py, |dataset| work(dataset.with_classes(0).map_err(value_error)?))
    }
}

/// The arrays of a data set, borrowed while a kernel reads them.
pub(crate) struct BorrowedDataset<'py> {
    annotations: Borrowed<'py>,
    predictions: Borrowed<'py>,
    ignored: Option<PyReadonlyArray1<'py, bool>>,
    verified: Option<(PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, i32>)>,
    not_run: Option<PyReadonlyArray1<'py, bool>>,
}

impl BorrowedDataset<'_> {
    /// The data set; a ValueError if its columns do not belong together.
    pub(crate) fn dataset(&self) -> PyResult<Dataset<'_>> {
        let flags = self.ignored.as_ref().map(|ignored| ignored.as_slice()).transpose()?;
        let not_run = self.not_run.as_ref().map(|not_run| not_run.as_slice()).transpose()?;
        let verified =
            self.verified.as_ref().map(|(offsets, class_id)| Ok((offsets.as_slice()?, class_id.as_slice()?)));
        let verified = verified.transpose().map_err(|error: numpy::AsSliceError| PyErr::from(error))?;
        let dataset = Dataset::new(self.annotations.boxes()?, self.predictions.boxes()?, flags).and_then(|dataset| {
            let verified = verified.map(|(offsets, class_id)| VerifiedClasses::new(offsets, class_id)).transpose()?;
            dataset.with_verified(verified)?.with_not_run(not_run)
        });
        dataset.map_err(value_error)
    }
}

/// A new array of zeros; ends the work if there is no memory for it.
pub(crate) fn zeros<T: numpy::Element>(py: Python<'_>, length: usize) -> Bound<'_, PyArray1<T>> {
    check_room(length * size_of::<T>());
    PyArray1::zeros(py, length, false)
}
