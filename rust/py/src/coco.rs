//! COCO files: read into columns, and written from them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use boxlint_core::check_room;
use boxlint_guard::guarded;
use boxlint_io::{self as io, Id, Ids, Names, Source};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList, PyString};

use crate::columns::Columns;
use crate::errors::of_file;
use crate::threads;

/// A COCO data set.
#[pyclass(frozen, get_all, module = "boxlint._core")]
pub(crate) struct Coco {
    image_ids: Py<PyAny>,
    image_names: Py<PyList>,
    /// (N, 2): width and height of each image, NaN where the file has none.
    image_sizes: Py<PyArray2<f64>>,
    class_ids: Py<PyAny>,
    class_names: Py<PyList>,
    annotations: Py<Columns>,
    annotation_ids: Py<PyAny>,
    /// For each of iscrowd, ignore and difficult, (n,): whether an annotation has the flag.
    flags: Py<PyDict>,
    detections: Option<Py<Columns>>,
    detection_ids: Option<Py<PyAny>>,
    /// For each image, the classes that are annotated wherever they occur in it, if the file tells: offsets (N + 1,) and
    /// classes, in rising order.
    verified_offsets: Option<Py<PyArray1<i64>>>,
    verified_classes: Option<Py<PyArray1<i32>>>,
    findings: Vec<Finding>,
}

/// What may be wrong with the records of a list, by the name of its kind. The list of categories is called classes.
#[derive(Clone, IntoPyObject, IntoPyObjectRef)]
struct Finding {
    kind: &'static str,
    #[pyo3(item("where"))]
    list: String,
    count: usize,
    example: String,
}

impl From<io::Finding> for Finding {
    fn from(found: io::Finding) -> Self {
        let io::Finding { kind, list, count, example } = found;
        let list = if list == io::List::Categories { "classes".to_owned() } else { list.to_string() };
        Self { kind: kind.name(), list, count, example }
    }
}

/// How to read the files, as a dict in Python.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ReadOptions {
    skip_unknown: bool,
    skip_unreadable: bool,
    images_by_stem: bool,
    classes_from: Option<u32>,
    /// Whether positions of classes are in the order of the file; None if it was not said.
    in_file_order: Option<bool>,
    ids_are_positions: bool,
}

impl From<ReadOptions> for io::Options {
    fn from(given: ReadOptions) -> Self {
        let mut options = Self::default();
        options.skip_unknown = given.skip_unknown;
        options.skip_unreadable = given.skip_unreadable;
        options.images_by_stem = given.images_by_stem;
        options.classes_from = given.classes_from;
        options.ids_are_positions = given.ids_are_positions;
        options.class_order =
            given.in_file_order.map(|file| if file { io::ClassOrder::File } else { io::ClassOrder::Ids });
        options
    }
}

/// Reads an annotations file and, if given, a detections file.
#[guarded]
#[pyfunction]
pub(crate) fn read_coco(
    py: Python<'_>,
    annotations: PathBuf,
    detections: Option<PathBuf>,
    options: ReadOptions,
) -> PyResult<Coco> {
    let options = io::Options::from(options);
    // Nobody knows yet how many boxes there are.
    let read = threads::watched(py, usize::MAX, || {
        io::read_coco(Source::Path(&annotations), detections.as_deref().map(Source::Path), &options)
    })?;
    let io::Coco { images, classes, annotations: mut annotated, detections: detected, verified, findings } =
        read.map_err(of_file)?;
    let io::Flags { crowd, ignore, difficult } = annotated.flags.take().unwrap_or_default();
    let flags = [("iscrowd", crowd), ("ignore", ignore), ("difficult", difficult)];
    let flags = flags.map(|(name, flag)| (name, PyArray1::from_vec(py, flag))).into_py_dict(py)?.unbind();
    let (image_ids, image_names) = ids_and_names(py, images.ids, images.names)?;
    let (class_ids, class_names) = ids_and_names(py, classes.ids, classes.names)?;
    let sizes = PyArray1::from_vec(py, images.sizes.into_flattened()).reshape([image_names.bind(py).len(), 2])?;
    let (annotation_columns, annotation_ids) = columns(py, annotated)?;
    let detected = detected.map(|boxes| columns(py, boxes)).transpose()?;
    let (detections, detection_ids) = detected.unzip();
    let (verified_offsets, verified_classes) = verified
        .map(|io::Verified { offsets, classes }| {
            (PyArray1::from_vec(py, offsets).unbind(), PyArray1::from_vec(py, classes).unbind())
        })
        .unzip();
    Ok(Coco {
        image_ids,
        image_names,
        image_sizes: sizes.unbind(),
        class_ids,
        class_names,
        annotations: annotation_columns,
        annotation_ids,
        flags,
        detections,
        detection_ids,
        verified_offsets,
        verified_classes,
        findings: findings.into_iter().map(Finding::from).collect(),
    })
}

/// What a box takes until it is written: its columns, and an id.
const BYTES_OF_A_BOX: usize = 64;

/// Writes a detections file if the boxes have scores, else an annotations file.
#[guarded]
#[pyfunction]
#[pyo3(signature = (path, boxes, ids, *, image_ids, image_names, image_sizes, class_ids, class_names, ignore=None, verified=None))]
#[expect(clippy::too_many_arguments, reason = "each is a column of the file")]
pub(crate) fn write_coco(
    py: Python<'_>,
    path: PathBuf,
    boxes: &Columns,
    ids: &Bound<PyAny>,
    image_ids: &Bound<PyAny>,
    image_names: &Bound<PyAny>,
    image_sizes: PyReadonlyArray2<f64>,
    class_ids: &Bound<PyAny>,
    class_names: &Bound<PyAny>,
    ignore: Option<Vec<bool>>,
    verified: Option<(PyReadonlyArray1<i64>, PyReadonlyArray1<i32>)>,
) -> PyResult<()> {
    let sizes = image_sizes.as_slice()?.as_chunks().0.to_vec();
    let images = io::Images { ids: to_ids(image_ids)?, names: to_names(image_names)?, sizes };
    let classes = io::Classes { ids: to_ids(class_ids)?, names: to_names(class_names)? };
    let verified = verified
        .map(|(offsets, classes)| -> PyResult<io::Verified> {
            Ok(io::Verified { offsets: offsets.as_slice()?.to_vec(), classes: classes.as_slice()?.to_vec() })
        })
        .transpose()?;
    let borrowed = boxes.borrow(py)?;
    let boxes = borrowed.boxes()?;
    check_room(boxes.len() * BYTES_OF_A_BOX);
    let ids = to_ids(ids)?;
    let columns = threads::watched(py, boxes.len(), || io::Columns {
        xyxy: (0..boxes.len()).map(|row| boxes.xyxy().corners(row)).collect(),
        class_id: boxes.class_id().to_vec(),
        offsets: boxes.offsets().to_vec(),
        ids,
        score: boxes.score().map(|score| (0..boxes.len()).map(|row| score.get(row)).collect()),
        // Evaluators heed `iscrowd`, not `ignore`: see findings/ignore_flag.sh.
        flags: ignore.map(|ignore| io::Flags {
            ignore: vec![false; ignore.len()],
            difficult: vec![false; ignore.len()],
            crowd: ignore,
        }),
    })?;
    threads::watched(py, columns.class_id.len(), || {
        let file = File::create(&path).map_err(|source| io::Error::Write { source })?;
        let mut out = BufWriter::new(file);
        if columns.score.is_some() {
            io::write_detections(&mut out, &images, &classes, &columns)?;
        } else {
            io::write_annotations(&mut out, &images, &classes, &columns, verified.as_ref())?;
        }
        out.flush().map_err(|source| io::Error::Write { source })
    })?
    .map_err(of_file)
}

fn columns(py: Python<'_>, boxes: io::Columns) -> PyResult<(Py<Columns>, Py<PyAny>)> {
    let classes = boxes.class_id.iter().max().map_or(0, |&greatest| greatest as usize + 1);
    let xyxy = PyArray1::from_vec(py, boxes.xyxy.into_flattened()).reshape([boxes.class_id.len(), 4])?;
    let score = boxes.score.map(|score| PyArray1::from_vec(py, score).into_any());
    let class_id = PyArray1::from_vec(py, boxes.class_id);
    let offsets = PyArray1::from_vec(py, boxes.offsets);
    let columns = Columns::checked_before(xyxy.into_any(), class_id, score, offsets, classes);
    Ok((Py::new(py, columns)?, ids(py, boxes.ids)?))
}

/// About what an object of Python and its place in a list take, but for the characters of a text.
const BYTES_OF_AN_OBJECT: usize = 64;

/// Ends the work unless there is memory for an object of Python of each of these: pyo3 panics where one is lacking.
fn check_room_for<'a>(ids: impl Iterator<Item = Id<'a>>) {
    let bytes = |id| BYTES_OF_AN_OBJECT + if let Id::String(text) = id { text.len() } else { 0 };
    check_room(ids.map(bytes).sum());
}

/// An array if all ids are integers, else a list of integers and strings.
fn ids(py: Python<'_>, ids: Ids) -> PyResult<Py<PyAny>> {
    Ok(match ids.into_ints() {
        Ok(integers) => PyArray1::from_vec(py, integers).into_any().unbind(),
        Err(mixed) => {
            check_room_for(mixed.iter());
            list(py, mixed.iter().map(|id| object(py, id)))?.into_any().unbind()
        }
    })
}

/// The same, and a list of the names that go with them. Where an id stands for a name, both are one object, and so are equal
/// ids one after the other: there may be nothing else in a file.
fn ids_and_names(py: Python<'_>, ids: Ids, names: Names) -> PyResult<(Py<PyAny>, Py<PyList>)> {
    let mixed = match ids.into_ints() {
        Ok(integers) => {
            check_room_for(names.iter().map(Id::String));
            let names = list(py, names.iter().map(|name| name.into_bound_py_any(py)))?;
            return Ok((PyArray1::from_vec(py, integers).into_any().unbind(), names.unbind()));
        }
        Err(mixed) => mixed,
    };
    check_room_for(mixed.iter().chain(names.iter().map(Id::String)));
    let listed = PyList::empty(py);
    let mut last = None;
    let names = mixed.iter().zip(names.iter()).map(|(id, name)| {
        let same = last.take().filter(|(before, _)| *before == id);
        let id_object = same.map_or_else(|| object(py, id), |(_, object)| Ok(object))?;
        last = Some((id, id_object.clone()));
        listed.append(&id_object)?;
        if id == Id::String(name) { Ok(id_object) } else { name.into_bound_py_any(py) }
    });
    let names = list(py, names)?;
    Ok((listed.into_any().unbind(), names.unbind()))
}

fn object<'py>(py: Python<'py>, id: Id<'_>) -> PyResult<Bound<'py, PyAny>> {
    match id {
        Id::Int(integer) => integer.into_bound_py_any(py),
        Id::String(string) => string.into_bound_py_any(py),
    }
}

fn to_names(names: &Bound<PyAny>) -> PyResult<Names> {
    let mut read = Names::default();
    for (position, name) in names.try_iter()?.enumerate() {
        heed_signals(names.py(), position)?;
        read.push(name?.cast::<PyString>()?.to_str()?);
    }
    Ok(read)
}

/// Looks for signals now and then, given how many objects of Python came before.
fn heed_signals(py: Python<'_>, before: usize) -> PyResult<()> {
    if before.is_multiple_of(1 << 16) { py.check_signals() } else { Ok(()) }
}

/// A list of many objects, which signals end.
fn list<'py>(
    py: Python<'py>,
    objects: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (position, object) in objects.enumerate() {
        heed_signals(py, position)?;
        list.append(object?)?;
    }
    Ok(list)
}

fn to_ids(ids: &Bound<PyAny>) -> PyResult<Ids> {
    if let Ok(integers) = ids.extract::<PyReadonlyArray1<i64>>() {
        return Ok(integers.as_array().iter().map(|&id| Id::Int(id)).collect());
    }
    let mut read = Ids::default();
    for (position, id) in ids.try_iter()?.enumerate() {
        heed_signals(ids.py(), position)?;
        let id = id?;
        match id.extract::<i64>() {
            Ok(integer) => read.push(Id::Int(integer)),
            Err(_) => read.push(Id::String(&id.extract::<String>()?)),
        }
    }
    Ok(read)
}
