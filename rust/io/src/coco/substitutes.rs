//! What stands in for the fields that a box lacks: the name of its image or of its class, and its outline; and for the file
//! name that an image lacks.

use crate::coco::outline::read_outline;
use crate::ids::{Id, Ids};
use crate::json::fault::{Flaw, required};
use crate::json::reader::Reader;

/// Fields that may name the image of a box without `image_id`.
const IMAGE_NAMES: [&[u8]; 4] = [b"file_name", b"image", b"image_name", b"filename"];
/// Fields that may name the class of a box without `category_id`.
const CLASS_NAMES: [&[u8]; 5] = [b"category_name", b"class_name", b"category", b"class", b"label"];

/// The image, the category and the corners of a box, as far as they were read.
pub(crate) type Given = (Option<i64>, Option<i64>, Option<[f64; 4]>);

/// A box of which all is known.
pub(crate) struct Complete {
    pub image: i64,
    pub category: i64,
    pub xyxy: [f64; 4],
    /// Whether the corners are those of the outline.
    pub outlined: bool,
}

/// What a record has in place of missing fields.
#[derive(Default)]
struct Substitutes {
    image: Option<String>,
    class: Option<String>,
    outline: Option<[f64; 4]>,
}

/// Reads the record at byte `start` again, for what it lacks.
#[cold]
pub(crate) fn complete(
    text: &[u8],
    start: usize,
    given: Given,
    images: &mut Ids,
    categories: &mut Ids,
) -> Result<Complete, Flaw> {
    let (image, category, xyxy) = given;
    let mut found = Substitutes::default();
    Reader::at(text, start).object(|reader, name| -> Result<(), Flaw> {
        if image.is_none() && IMAGE_NAMES.contains(&name) && reader.at_string() {
            found.image = Some(reader.string("file_name")?.into_owned());
        } else if category.is_none() && CLASS_NAMES.contains(&name) && reader.at_string() {
            found.class = Some(reader.string("category_name")?.into_owned());
        } else if xyxy.is_none() && name == b"segmentation" {
            found.outline = read_outline(reader)?;
        } else {
            reader.skip()?;
        }
        Ok(())
    })?;
    let image = image.or_else(|| found.image.map(|name| images.encode(Id::String(&name))));
    let category = category.or_else(|| found.class.map(|name| categories.encode(Id::String(&name))));
    Ok(Complete {
        image: required(image, "image_id")?,
        category: required(category, "category_id")?,
        xyxy: required(xyxy.or(found.outline), "bbox")?,
        outlined: xyxy.is_none(),
    })
}

/// The folder and name of an image by its address: LVIS has no other.
pub(crate) fn file_of_url(url: &str) -> Option<String> {
    let (_, below_scheme) = url.split_once("://")?;
    let (_, path) = below_scheme.split_once('/')?;
    (!path.is_empty()).then(|| path.to_owned())
}
