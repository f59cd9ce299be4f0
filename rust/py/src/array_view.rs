//! Reads a numpy array through its C struct.
//!
//! This file alone has unsafe code. Calling numpy for each of the 80 arrays of an image instead would take longer than
//! scoring the image.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long};
use std::marker::PhantomData;
use std::slice;

use boxlint_core::reserve;
use numpy::npyffi::{NPY_TYPES, PyArray_Check, PyArray_CheckExact, PyArrayObject};
use pyo3::prelude::*;

/// The type of the numbers in an array.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Element {
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl Element {
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    fn of(type_number: c_int) -> Option<Self> {
        const LONG_IS_WIDE: bool = size_of::<c_long>() == 8;
        const TYPES: [(NPY_TYPES, Element); 12] = [
            (NPY_TYPES::NPY_FLOAT, Element::F32),
            (NPY_TYPES::NPY_DOUBLE, Element::F64),
            (NPY_TYPES::NPY_BYTE, Element::I8),
            (NPY_TYPES::NPY_SHORT, Element::I16),
            (NPY_TYPES::NPY_INT, Element::I32),
            (NPY_TYPES::NPY_LONG, if LONG_IS_WIDE { Element::I64 } else { Element::I32 }),
            (NPY_TYPES::NPY_LONGLONG, Element::I64),
            (NPY_TYPES::NPY_UBYTE, Element::U8),
            (NPY_TYPES::NPY_USHORT, Element::U16),
            (NPY_TYPES::NPY_UINT, Element::U32),
            (NPY_TYPES::NPY_ULONG, if LONG_IS_WIDE { Element::U64 } else { Element::U32 }),
            (NPY_TYPES::NPY_ULONGLONG, Element::U64),
        ];
        TYPES.iter().find(|(number, _)| *number as c_int == type_number).map(|&(_, element)| element)
    }
}

/// An array of one or two dimensions, which is alive while it is borrowed, and unchanged as long as this thread is attached to the
/// interpreter: with the GIL because no other thread runs, without it because numpy, too, forbids its users to change an array
/// that another thread reads.
pub(crate) struct View<'a> {
    pub(crate) rows: usize,
    /// None for one dimension.
    pub(crate) columns: Option<usize>,
    pub(crate) element: Element,
    /// Whether it is of a subclass, such as that of masked arrays, whose numbers may not be all there is to it.
    pub(crate) of_subclass: bool,
    data: *const c_char,
    strides: [isize; 2],
    array: PhantomData<&'a PyAny>,
}

impl<'a> View<'a> {
    /// None for anything but an array of numbers in this machine's byte order, of one or two dimensions.
    #[inline]
    pub(crate) fn of(object: &'a Bound<PyAny>) -> Option<Self> {
        // SAFETY: `object` is alive and the interpreter held; both take any object.
        let (of_subclass, is_array) = unsafe {
            let exact = PyArray_CheckExact(object.py(), object.as_ptr()) != 0;
            (!exact, exact || PyArray_Check(object.py(), object.as_ptr()) != 0)
        };
        if !is_array {
            return None;
        }
        // SAFETY: it is an array, so it begins with this struct, whose `descr` points to a live dtype; both have had
        // these fields in this order in every numpy since 1.7.
        let (array, dtype) = unsafe {
            let array = &(*object.as_ptr().cast::<PyArrayObject>()).fields;
            (array, &(*array.descr).fields)
        };
        const SWAPPED: c_char = if cfg!(target_endian = "little") { b'>' } else { b'<' } as c_char;
        if !(1..=2).contains(&array.nd) || dtype.byteorder == SWAPPED {
            return None;
        }
        let element = Element::of(dtype.type_num)?;
        let dimensions = array.nd as usize;
        // SAFETY: an array of `nd` > 0 dimensions has so many lengths and strides.
        let (shape, strides) = unsafe {
            (slice::from_raw_parts(array.dimensions, dimensions), slice::from_raw_parts(array.strides, dimensions))
        };
        Some(Self {
            rows: shape[0] as usize,
            columns: shape.get(1).map(|&columns| columns as usize),
            element,
            of_subclass,
            data: array.data,
            strides: [strides[0], strides.get(1).copied().unwrap_or(0)],
            array: PhantomData,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0 || self.columns == Some(0)
    }

    /// The first number of a row, its only one in an array of one dimension.
    pub(crate) fn number(&self, row: usize) -> f64 {
        assert!(row < self.rows && self.columns != Some(0), "row within the array");
        // SAFETY: the row exists and has a first number; each arm reads the type that the array holds.
        unsafe {
            match self.element {
                Element::F32 => f64::from(self.read::<f32>(row, 0)),
                Element::F64 => self.read::<f64>(row, 0),
                Element::I8 => f64::from(self.read::<i8>(row, 0)),
                Element::I16 => f64::from(self.read::<i16>(row, 0)),
                Element::I32 => f64::from(self.read::<i32>(row, 0)),
                Element::I64 => self.read::<i64>(row, 0) as f64,
                Element::U8 => f64::from(self.read::<u8>(row, 0)),
                Element::U16 => f64::from(self.read::<u16>(row, 0)),
                Element::U32 => f64::from(self.read::<u32>(row, 0)),
                Element::U64 => self.read::<u64>(row, 0) as f64,
            }
        }
    }

    /// Appends the corners of each row, and its score if it has five numbers. `S` is the type of the numbers.
    #[inline]
    pub(crate) fn append<S: Float, T: From<S> + Clone>(&self, xyxy: &mut Vec<T>, score: &mut Vec<T>) {
        assert!(self.element == S::ELEMENT && self.columns.is_some_and(|columns| columns >= 4), "rows of boxes");
        let scored = self.columns == Some(5);
        reserve(xyxy, 4 * self.rows);
        if scored {
            reserve(score, self.rows);
        }
        for row in 0..self.rows {
            // SAFETY: the row has at least four numbers, of type S, and a fifth if `scored`.
            unsafe {
                let [x1, y1] = [self.read::<S>(row, 0), self.read::<S>(row, 1)];
                let [x2, y2] = [self.read::<S>(row, 2), self.read::<S>(row, 3)];
                xyxy.extend_from_slice(&[x1.into(), y1.into(), x2.into(), y2.into()]);
                if scored {
                    score.push(T::from(self.read::<S>(row, 4)));
                }
            }
        }
    }

    /// # Safety
    /// The array holds `T`, and has the row and the column.
    #[inline]
    unsafe fn read<T: Copy>(&self, row: usize, column: usize) -> T {
        let [down, right] = self.strides;
        // SAFETY: the caller promises that the number is there; the array may be unaligned.
        unsafe { self.data.offset(row as isize * down + column as isize * right).cast::<T>().read_unaligned() }
    }
}

/// The two widths in which columns are kept.
pub(crate) trait Float: Copy {
    const ELEMENT: Element;
}

impl Float for f32 {
    const ELEMENT: Element = Element::F32;
}

impl Float for f64 {
    const ELEMENT: Element = Element::F64;
}
