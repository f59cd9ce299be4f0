// Which issues are listed, in which order: the state of the page, which stands in its address.

const DEFAULTS = {
  view: "cards", kind: "", class: "", likely: "", from: "", show: "all", image: "", q: "", sort: "suspicion",
  around: "", page: "1", issue: "",
};
const PER_PAGE = { cards: 24, grid: 120 };

let state = { ...DEFAULTS };
// Rows, in their order. A decision does not change it: the list stays until it is filtered again.
let listed = [];

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, given.get(name) ?? value]));
  if (!(state.view in PER_PAGE)) state.view = DEFAULTS.view;
}

function writeAddress() {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  // A relative address would be one of the document around, where the page is in a frame.
  history.replaceState(null, "", `${location.href.split("#")[0]}#${new URLSearchParams(changed)}`);
}

const several = (text) => (text === "" ? [] : text.split(","));

function toggled(text, one) {
  const all = several(text);
  return (all.includes(one) ? all.filter((other) => other !== one) : [...all, one]).join(",");
}

const SHOWN = {
  all: () => true,
  open: (row) => !decisionOf(row).decision,
  decided: (row) => Boolean(decisionOf(row).decision),
  accept: (row) => decisionOf(row).decision === "accept",
  reject: (row) => decisionOf(row).decision === "reject",
  unsure: (row) => decisionOf(row).decision === "unsure",
};

const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

// Compares rows by a text. Each text is given its place once, when first asked: comparing texts themselves is slow.
function byText(text) {
  let place = null;
  return (a, b) => {
    place ??= new Map([...new Set(range(count).map(text))].sort(inOrder).map((one, at) => [one, at]));
    return place.get(text(a)) - place.get(text(b));
  };
}

const byClass = byText(classOf);
const ORDERS = {
  suspicion: () => 0,
  image: byText(imageName),
  class: byText(changeOf),
  kind: (a, b) => issues.kind[a] - issues.kind[b],
  size: (a, b) => sizeOfBox(b) - sizeOfBox(a),
};

const searched = new Map();

function searchText(row) {
  if (!searched.has(row)) {
    const texts = [imageName(row), changeOf(row), kindOf(row), issues.reason[row], issues.issue_id[row],
      idText(issues.annotation_id[row]), idText(images.id[issues.image[row]])];
    searched.set(row, texts.join("\n").toLowerCase());
  }
  return `${searched.get(row)}\n${(decisionOf(row).note ?? "").toLowerCase()}`;
}

// Rows are most suspicious first, and sorting keeps the order of equals.
function filter() {
  const wanted = several(state.kind);
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const name = state.image.toLowerCase();
  const least = Number(state.from) || 0;
  const shown = SHOWN[state.show] ?? SHOWN.all;
  listed = range(count).filter((row) =>
    (wanted.length === 0 || wanted.includes(kindOf(row)))
    && (state.class === "" || classOf(row) === state.class)
    && (state.likely === "" || likelyClass(row) === state.likely)
    && issues.suspicion[row] >= least
    && shown(row)
    && imageName(row).toLowerCase().includes(name)
    && words.every((word) => searchText(row).includes(word)));
  listed.sort(ORDERS[state.sort] ?? ORDERS.suspicion);
  if (state.view === "grid") listed.sort((a, b) => byClass(a, b) || issues.kind[a] - issues.kind[b]);
}

const pages = () => Math.max(1, Math.ceil(listed.length / PER_PAGE[state.view]));
const pageNumber = () => Math.min(Math.max(1, Math.trunc(Number(state.page)) || 1), pages());

function onPage() {
  const size = PER_PAGE[state.view];
  return listed.slice((pageNumber() - 1) * size, pageNumber() * size);
}

// The row that keys are about: that of the address if it is listed, else the first one of the page.
function current() {
  const row = rowOfId.get(state.issue);
  return row !== undefined && onPage().includes(row) ? row : onPage()[0];
}

function goTo(row) {
  state.issue = issues.issue_id[row];
  state.page = String(Math.floor(listed.indexOf(row) / PER_PAGE[state.view]) + 1);
}
