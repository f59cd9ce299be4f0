// What the page knows: columns of the issues, of their images, and of the boxes there.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const { kinds, images, issues } = data;
const count = issues.issue_id.length;
const range = (length) => Array.from({ length }, (_, at) => at);
const rowOfId = new Map(issues.issue_id.map((id, row) => [id, row]));

const className = (id) => (data.class_names ? data.class_names[id] : `class ${id}`);
const kindOf = (row) => kinds[issues.kind[row]];

// The class that counts: the given one, or that of a missing object.
const classOf = (row) => className(issues.given_class[row] ?? issues.suggested_class[row]);
const likelyClass = (row) => (issues.suggested_class[row] === null ? null : className(issues.suggested_class[row]));

function changeOf(row) {
  const names = [issues.given_class[row], issues.suggested_class[row]].filter((id) => id !== null).map(className);
  return [...new Set(names)].join(" → ");
}

// Ids are kept as JSON: numbers of more than 53 bits stay exact.
const idText = (id) => (id === null ? "" : id.startsWith('"') ? JSON.parse(id) : id);

function imageName(row) {
  const image = issues.image[row];
  return images.name[image] ?? (idText(images.id[image]) || `image ${images.index[image]}`);
}

// The boxes of an image: annotations or predictions.
function boxesIn(image, sort) {
  const columns = data[sort];
  return range(columns.start[image + 1] - columns.start[image]).map((at) => {
    const row = columns.start[image] + at;
    return {
      index: columns.index[row],
      corners: columns.box.slice(4 * row, 4 * row + 4),
      name: className(columns.class[row]),
      score: columns.score ? columns.score[row] : null,
    };
  });
}

const areaOf = ([left, top, right, bottom]) => Math.max(0, right - left) * Math.max(0, bottom - top);
const sizeOfBox = (row) => areaOf(issues.given_box[row] ?? issues.suggested_box[row]);

// A text as it is shown: characters that turn what follows them, scores among it, are spaces.
const unturned = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, " ");

// An element with attributes; functions are listeners, and texts are never read as markup.
function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svgElement(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null).map((child) => (typeof child === "string" ? unturned(child) : child)));
  return made;
}
