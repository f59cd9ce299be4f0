// The elements of a page of issues: cards, or a grid of crops.

const VERDICT_NAMES = { accept: "Accept", reject: "Reject", unsure: "Unsure" };
const DONE = { accept: "accepted", reject: "rejected", unsure: "unsure" };
// What accepting carries out, and what rejecting says.
const MEANS = {
  missing: (row) => [`add this ${likelyClass(row)}`, "nothing is missing here"],
  swap: (row) => [`make it ${likelyClass(row)}`, "its class is right"],
  badloc: () => ["move the box to the dashed one", "its box is right"],
  spurious: () => ["delete this annotation", "there is such an object"],
  duplicate: () => ["delete this annotation", "these are two objects"],
};
// Pixels of the picture beside the grid.
const CURRENT = 340;

// `does` holds what cards call: decide, change, whole, ofImage.
function card(row, does, wide = CROP) {
  const title = `title-${issues.issue_id[row]}`;
  const { decision, box } = decisionOf(row);
  const suggested = `${MEANS[kindOf(row)](row)[0]}${box ? "; imported with another box" : ""}`;
  const made = element("article", {
    class: `card ${decision ?? ""}`, tabindex: "-1", "data-row": row, "aria-labelledby": title,
    "aria-current": row === current() ? "true" : null,
  });
  made.append(crop(row, several(state.around), { wide }), element("div", { class: "about" },
    element("h3", { id: title }, element("span", { class: `kind ${kindOf(row)}` }, kindOf(row)), ` ${changeOf(row)}`),
    suspicion(row),
    element("p", {}, issues.reason[row]),
    element("p", {}, "Suggestion: ", element("b", {}, suggested)),
    ids(row, does),
    verdicts(row, does),
    more(row, does)));
  return made;
}

function suspicion(row) {
  const value = issues.suspicion[row];
  return element("p", { class: "suspicion" }, "suspicion ", element("b", {}, value.toFixed(3)),
    element("meter", { min: 0, max: 1, low: 0.1, high: 0.5, optimum: 0, value, "aria-label": "suspicion" }));
}

function ids(row, does) {
  const parts = [`issue ${issues.issue_id[row]}`];
  const annotation = idText(issues.annotation_id[row]);
  if (annotation) parts.unshift(`annotation ${annotation}`);
  const image = idText(images.id[issues.image[row]]);
  if (image && image !== imageName(row)) parts.unshift(`image ${image}`);
  const name = imageName(row);
  const only = element("button", { type: "button", class: "plain", title: "Show all issues of this image", click: () => does.ofImage(row) }, name);
  return element("p", { class: "ids" }, only, ` · ${parts.join(" · ")}`);
}

function verdicts(row, does) {
  const [accepted, rejected] = MEANS[kindOf(row)](row);
  const meaning = { accept: accepted, reject: rejected, unsure: "somebody else decides" };
  const buttons = VERDICTS.map((verdict) => element("button", {
    type: "button", class: verdict, title: meaning[verdict], "aria-pressed": String(decisionOf(row).decision === verdict),
    click: () => does.decide(row, verdict),
  }, `${VERDICT_NAMES[verdict]} `, element("kbd", {}, verdict[0])));
  const whole = element("button", { type: "button", click: () => does.whole(row) }, "Whole image ", element("kbd", {}, "w"));
  return element("div", { class: "verdicts", role: "group", "aria-label": "Decision" }, ...buttons, whole);
}

function more(row, does) {
  const { note, label } = decisionOf(row);
  const noteField = element("input", { value: note ?? "", input: (event) => does.change(row, { note: event.target.value || null }) });
  const fields = [element("label", {}, "Note ", noteField)];
  if (data.class_names) {
    const classField = element("input", {
      list: "class-names", value: label ?? "", placeholder: likelyClass(row) ?? "delete it", title: "The right class, where the suggestion is not; goes with Accept",
      change: (event) => {
        const given = event.target.value;
        const known = given === "" || data.class_names.includes(given);
        event.target.setCustomValidity(known ? "" : "There is no such class.");
        event.target.reportValidity();
        if (known) does.change(row, { label: given === "" || given === likelyClass(row) ? null : given });
      },
    });
    fields.push(element("label", {}, "Another class ", classField));
  }
  return element("details", { class: "more", open: Boolean(note || label) }, element("summary", {}, "Note, class"), ...fields);
}

function cards(does) {
  return element("ol", { class: "cards" }, ...onPage().map((row) => element("li", {}, card(row, does))));
}

// Crops by class and kind, beside the card of the current one.
function grid(does) {
  const groups = [];
  for (const row of onPage()) {
    const title = `${classOf(row)}, ${kindOf(row)}`;
    if (groups.at(-1)?.title !== title) groups.push({ title, rows: [] });
    groups.at(-1).rows.push(row);
  }
  const sections = groups.map(({ title, rows }) => element("section", { "aria-label": title },
    element("h3", {}, element("span", { class: `kind ${kindOf(rows[0])}` }, kindOf(rows[0])), ` ${classOf(rows[0])} `,
      element("small", {}, rows.length)),
    element("div", { class: "thumbs" }, ...rows.map((row) => thumb(row, does)))));
  const aside = element("aside", { id: "current", "aria-label": "Current issue" });
  return element("div", { class: "grid" }, element("div", {}, ...sections), aside);
}

function thumb(row, does) {
  const made = element("button", {
    type: "button", "data-row": row, "aria-current": row === current() ? "true" : null, click: () => does.select(row),
  });
  marked(made, row);
  comingIntoView.observe(made);
  return made;
}

// What a decision changes of a thumb.
function marked(made, row) {
  const { decision } = decisionOf(row);
  const words = `${inWords(row)}, suspicion ${issues.suspicion[row].toFixed(2)}${decision ? `, ${DONE[decision]}` : ""}`;
  made.className = `thumb ${decision ?? ""}`;
  made.title = words;
  made.setAttribute("aria-label", words);
}

// Thumbs are drawn when they come into view, some in each frame, so that no task is long.
const IN_A_FRAME = 10;
let waiting = [];
const comingIntoView = new IntersectionObserver((entries) => {
  if (waiting.length === 0) requestAnimationFrame(drawWaiting);
  waiting.push(...entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
}, { rootMargin: "400px" });

function drawWaiting() {
  const here = waiting.filter((made) => made.isConnected);
  waiting = here.slice(IN_A_FRAME);
  for (const made of here.slice(0, IN_A_FRAME)) {
    const drawn = crop(Number(made.dataset.row), [], { names: false });
    drawn.setAttribute("aria-hidden", "true");
    made.replaceChildren(drawn);
    comingIntoView.unobserve(made);
  }
  if (waiting.length > 0) requestAnimationFrame(drawWaiting);
}
