// Decisions: kept in the browser under the fingerprint of the data, exported and imported as a file.

const FORMAT = "boxlint decisions";
const STORED = `${FORMAT} ${data.fingerprint.annotations} ${data.fingerprint.predictions}`;
const REVIEWER = "boxlint reviewer";
const VERDICTS = ["accept", "reject", "unsure"];

// Where the browser keeps nothing, decisions live as long as the page.
let keepsNothing = false;

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    keepsNothing = true;
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    keepsNothing = true;
  }
}

// Issue id -> {decision, note, label, box, reviewer}, each of which can be lacking. A box and a reviewer come from an
// imported file alone.
let decided = new Map();
const undone = [];

function readDecisions() {
  let content;
  try {
    content = JSON.parse(stored(STORED) ?? "{}");
  } catch {
    content = {};
  }
  decided = new Map(Object.entries(content));
}

const decisionOf = (row) => decided.get(issues.issue_id[row]) ?? {};

// Changes some of what was decided about an issue; null takes it away. It is then what the reviewer at this page says.
function change(row, changes, toUndo = true) {
  const id = issues.issue_id[row];
  const before = decided.get(id);
  const all = { ...before, reviewer: null, ...changes };
  const after = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  if (toUndo) undone.push({ row, before });
  if (Object.keys(after).length > 0) decided.set(id, after);
  else decided.delete(id);
  store(STORED, JSON.stringify(Object.fromEntries(decided)));
}

// Takes back the last decision, and says which row it was about.
function undo() {
  const last = undone.pop();
  if (last === undefined) return null;
  decided.delete(issues.issue_id[last.row]);
  change(last.row, last.before ?? {}, false);
  return last.row;
}

function tally() {
  const counts = { accept: 0, reject: 0, unsure: 0 };
  for (const row of range(count)) {
    const { decision } = decisionOf(row);
    if (decision) counts[decision] += 1;
  }
  return { ...counts, all: counts.accept + counts.reject + counts.unsure };
}

// The file of decisions: the ids go into it as they came, so that no digit is lost.
function decisionsFile(here) {
  const rows = range(count).filter((row) => decisionOf(row).decision);
  const head = { format: FORMAT, version: 1, fingerprint: data.fingerprint };
  const lines = rows.map((row) => `  ${record(row, here)}`);
  return `${JSON.stringify(head).slice(0, -1)},"decisions":[${lines.length ? "\n" : ""}${lines.join(",\n")}\n]}\n`;
}

function record(row, here) {
  const { decision, note, label, box, reviewer } = decisionOf(row);
  const image = issues.image[row];
  const named = (id) => (id === null || data.class_names === null ? null : className(id));
  const fields = {
    issue_id: issues.issue_id[row],
    kind: kindOf(row),
    suspicion: issues.suspicion[row],
    decision,
    reviewer: reviewer ?? (here || null),
    note: note ?? null,
    image_id: { json: images.id[image] },
    image_name: images.name[image],
    image_index: images.index[image],
    annotation_id: { json: issues.annotation_id[row] },
    annotation_index: issues.annotation_index[row],
    given_class: issues.given_class[row],
    given_label: named(issues.given_class[row]),
    given_box: issues.given_box[row],
    suggested_class: issues.suggested_class[row],
    suggested_label: named(issues.suggested_class[row]),
    suggested_box: issues.suggested_box[row],
    ...(decision === "accept" ? { label, box } : {}),
  };
  const json = (value) => (value !== null && typeof value === "object" && "json" in value ? value.json ?? "null" : JSON.stringify(value));
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{${given.map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`).join(",")}}`;
}

// Adds the decisions of a file, and says how many; an Error has a sentence for the user.
function importDecisions(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("this is no JSON file");
  }
  if (content?.format !== FORMAT || content.version !== 1 || !Array.isArray(content.decisions)) {
    throw new Error("this is no file of boxlint decisions, version 1");
  }
  const { annotations, predictions } = data.fingerprint;
  if (content.fingerprint?.annotations !== annotations || content.fingerprint?.predictions !== predictions) {
    throw new Error("these are decisions about another data set");
  }
  const known = content.decisions.filter((one) => rowOfId.has(one.issue_id) && VERDICTS.includes(one.decision));
  const textOf = (given) => (typeof given === "string" ? given : null);
  for (const { issue_id, decision, note, label, box, reviewer } of known) {
    const corners = Array.isArray(box) && box.length === 4 && box.every(Number.isFinite) ? box : null;
    const texts = { note: textOf(note), label: textOf(label), reviewer: textOf(reviewer) };
    change(rowOfId.get(issue_id), { decision, ...texts, box: corners });
  }
  return known.length;
}
