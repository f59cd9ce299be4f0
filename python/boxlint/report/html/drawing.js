// Pictures of issues: a crop or a whole image, and the boxes over it.

const CROP = 224;
const LONGEST_NAME = 26;
// Less overlap says nothing: check does not count it either.
const LEAST_IOU = 0.05;

const shortened = (text) => (text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text);
const withScore = (name, score) => (score === null ? name : `${name} ${score.toFixed(2)}`);

// What is drawn of an issue: {corners, style, name}.
function boxesOf(row) {
  const boxes = [];
  const given = issues.given_box[row];
  if (given) boxes.push({ corners: given, style: "given", name: className(issues.given_class[row]) });
  const suggested = issues.suggested_box[row];
  if (suggested) {
    const name = withScore(className(issues.suggested_class[row]), issues.score[row]);
    boxes.push({ corners: suggested, style: "suggested", name });
  }
  const kept = issues.kept_annotation_index[row];
  if (kept !== null) {
    const stays = boxesIn(issues.image[row], "annotations").find((box) => box.index === kept);
    boxes.push({ corners: stays.corners, style: "kept", name: `${stays.name} stays` });
  }
  return boxes;
}

// The other boxes of its image, of the sorts that are switched on; always the annotations that overlap a missing object,
// which may be annotated already.
function boxesAround(row, sorts) {
  const own = {
    annotations: [issues.annotation_index[row], issues.kept_annotation_index[row]],
    predictions: [issues.prediction_index[row]],
  };
  const missing = kindOf(row) === "missing" ? issues.suggested_box[row] : null;
  const wanted = (sort) => sorts.includes(sort) || (sort === "annotations" && missing !== null);
  return Object.keys(own).filter(wanted).flatMap((sort) =>
    boxesIn(issues.image[row], sort)
      .filter((box) => !own[sort].includes(box.index) && (sorts.includes(sort) || iou(missing, box.corners) > LEAST_IOU))
      .map(({ corners, name, score }) => ({ corners, style: sort, name: withScore(name, score) })));
}

function iou(a, b) {
  const shared = areaOf([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return shared / Math.max(areaOf(a) + areaOf(b) - shared, Number.MIN_VALUE);
}

// An SVG of a region of the image, `wide` user units wide or high, in which text is as large as on the page.
function picture(row, { region, wide, source, sorts, names, orientation = null, failed = null }) {
  const [left, top, right, bottom] = region;
  const scale = wide / Math.max(right - left, bottom - top);
  const [width, height] = [(right - left) * scale, (bottom - top) * scale];
  const place = ([x1, y1, x2, y2]) => [(x1 - left) * scale, (y1 - top) * scale, (x2 - left) * scale, (y2 - top) * scale];
  const drawn = svgElement("svg", { class: "crop", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": inWords(row) });
  drawn.append(svgElement("rect", { class: "ground", width, height }));
  if (source) {
    drawn.append(svgElement("image", {
      href: source, preserveAspectRatio: "none", ...placed(width, height, orientation), ...(failed && { error: failed }),
    }));
  } else {
    drawn.append(edgeOfImage(row, place));
  }
  const within = ([x1, y1, x2, y2]) => x1 < width && y1 < height && x2 > 0 && y2 > 0;
  const around = boxesAround(row, sorts).map((box) => ({ ...box, corners: place(box.corners) })).filter((box) => within(box.corners));
  const own = boxesOf(row).map((box) => ({ ...box, corners: place(box.corners) }));
  // All halos lie below all boxes, so that of two boxes in one place both are seen.
  for (const boxes of [around, own]) drawn.append(...boxes.map(outline("halo")), ...boxes.map(outline("box")));
  if (names) for (const box of [...around, ...own]) drawn.append(nameOf(box, width, height));
  return drawn;
}

// Browsers turn images as EXIF says. Where boxes are those of the stored pixels, a transformation turns them back: for
// each orientation the matrix but for its shift, and how many widths and heights to shift by.
const BACK = {
  2: ["-1 0 0 1", 1, 0], 3: ["-1 0 0 -1", 1, 1], 4: ["1 0 0 -1", 0, 1], 5: ["0 1 1 0", 0, 0],
  6: ["0 -1 1 0", 0, 1], 7: ["0 -1 -1 0", 1, 1], 8: ["0 1 -1 0", 1, 0],
};

function placed(width, height, orientation) {
  if (!(orientation in BACK)) return { width, height };
  const [matrix, across, down] = BACK[orientation];
  const [shownWidth, shownHeight] = orientation >= 5 ? [height, width] : [width, height];
  return { width: shownWidth, height: shownHeight, transform: `matrix(${matrix} ${across * width} ${down * height})` };
}

function inWords(row) {
  return `${kindOf(row)}, ${changeOf(row)}, in ${imageName(row)}`;
}

// The edge of the image on a blank ground, where its size is known.
function edgeOfImage(row, place) {
  const size = images.size[issues.image[row]];
  const [x1, y1, x2, y2] = size ? place([0, 0, ...size]) : [0, 0, 0, 0];
  return svgElement("rect", { class: "edge", x: x1, y: y1, width: x2 - x1, height: y2 - y1 });
}

const outline = (what) => ({ corners: [x1, y1, x2, y2], style }) =>
  svgElement("rect", { class: `${what} ${style}`, x: x1, y: y1, width: Math.max(x2 - x1, 0), height: Math.max(y2 - y1, 0) });

// The name of a given box stands above it, others below; always inside the picture.
function nameOf({ corners: [x1, y1, , y2], style, name }, width, height) {
  const text = shortened(name);
  const below = style !== "given" && style !== "annotations";
  const x = Math.max(3, Math.min(x1, width - 6.4 * text.length - 3));
  const y = Math.max(11, Math.min(below ? y2 + 12 : y1 - 4, height - 4));
  return svgElement("text", { class: `name ${style}`, x, y }, text);
}

// The crop of an issue, with names for a picture that is `wide` pixels wide on the page.
function crop(row, sorts, { wide = CROP, names = true } = {}) {
  const webp = issues.crop[row];
  const source = webp ? `data:image/webp;base64,${webp}` : null;
  return picture(row, { region: issues.region[row], wide, source, sorts, names });
}

// The whole image, as large as there is room, from its file beside the page, or its boxes on a blank ground. Null if
// nobody knows its size.
function wholeImage(row, room, sorts, failed) {
  const image = issues.image[row];
  const size = images.size[image];
  if (!size) return null;
  const scale = Math.min(room.width / size[0], room.height / size[1]);
  const wide = scale * Math.max(...size);
  const drawn = picture(row, { region: [0, 0, ...size], wide, source: images.link[image], orientation: images.orientation[image], sorts, names: true, failed });
  drawn.setAttribute("width", scale * size[0]);
  drawn.setAttribute("height", scale * size[1]);
  return drawn;
}
