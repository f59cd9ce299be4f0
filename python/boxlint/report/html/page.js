// What happens: controls, keys, dialogs, and the elements of the page that change.

const byId = (id) => document.getElementById(id);
const controls = byId("controls");
const KEYS_OFF = "boxlint keys off";

const does = {
  select: (row) => select(row),
  decide: (row, verdict) => decide(row, verdict),
  change: (row, changes) => { change(row, changes, false); showProgress(); },
  whole: (row) => showWhole(row),
  ofImage: (row) => set({ image: imageName(row) }),
};

function say(text) {
  byId("said").textContent = text;
}

// Changes the state, and shows what is listed then.
function set(changes) {
  state = { ...state, page: "1", ...changes };
  filter();
  show();
}

// Makes the elements of the page anew.
function show() {
  state.page = String(pageNumber());
  writeAddress();
  byId("list").replaceChildren(listed.length === 0 ? element("p", { class: "note" }, "No issue fits these filters.")
    : state.view === "grid" ? grid(does) : cards(does));
  showCurrent();
  showControls();
  showPages();
  showProgress();
}

function showCurrent() {
  const row = current();
  for (const one of document.querySelectorAll("#list [data-row]")) {
    if (Number(one.dataset.row) === row) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  if (state.view === "grid" && row !== undefined) byId("current").replaceChildren(card(row, does, CURRENT));
}

// Shows a decision at one row.
function renew(row) {
  for (const old of document.querySelectorAll(`#list [data-row="${row}"]`)) {
    if (old.classList.contains("thumb")) marked(old, row);
    else old.replaceWith(card(row, does, state.view === "grid" ? CURRENT : CROP));
  }
}

function showControls() {
  for (const button of controls.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === state.view));
  }
  for (const button of controls.querySelectorAll("[data-around]")) {
    button.setAttribute("aria-pressed", String(several(state.around).includes(button.dataset.around)));
  }
  for (const button of controls.querySelectorAll("[data-kind]")) {
    button.setAttribute("aria-pressed", String(several(state.kind).includes(button.dataset.kind)));
  }
  for (const field of controls.querySelectorAll("input, select")) {
    if (field !== document.activeElement) field.value = state[field.name];
  }
  const of = listed.length === count ? "" : ` of ${count.toLocaleString("en")}`;
  byId("count").textContent = `${listed.length.toLocaleString("en")}${of} issues`;
}

function showPages() {
  const to = (page) => () => { set({ page: String(page), issue: "" }); byId("main").scrollIntoView(); focusCurrent(); };
  const number = pageNumber();
  byId("pages").hidden = pages() === 1;
  byId("pages").replaceChildren(
    element("button", { type: "button", disabled: number === 1, click: to(number - 1) }, "Previous page"),
    element("span", {}, `page ${number} of ${pages()}`),
    element("button", { type: "button", disabled: number === pages(), click: to(number + 1) }, "Next page"));
}

function showProgress() {
  const { accept, reject, unsure, all } = tally();
  const lost = keepsNothing ? " This browser keeps nothing: export before you close the page." : "";
  byId("progress").textContent = `${all.toLocaleString("en")} of ${count.toLocaleString("en")} decided: `
    + `${accept} accepted, ${reject} rejected, ${unsure} unsure.${lost}`;
  byId("progress-bar").value = count === 0 ? 0 : all / count;
}

function focusCurrent() {
  const shown = document.querySelector('#list [aria-current="true"]');
  shown?.focus({ preventScroll: true });
  shown?.scrollIntoView({ block: "nearest" });
}

function select(row) {
  const before = pageNumber();
  goTo(row);
  if (pageNumber() !== before) show();
  else { showCurrent(); writeAddress(); }
  focusCurrent();
}

function move(by) {
  const row = listed[listed.indexOf(current()) + by];
  if (row !== undefined) select(row);
}

// A second time takes the decision back. Then comes the next open issue. Who decides here has not seen an imported box.
function decide(row, verdict) {
  const again = decisionOf(row).decision === verdict;
  change(row, { decision: again ? null : verdict, box: null });
  renew(row);
  showProgress();
  say(again ? `open again: ${changeOf(row)}` : `${DONE[verdict]}: ${changeOf(row)}, ${tally().all} of ${count} decided`);
  const next = again ? undefined : listed.slice(listed.indexOf(row) + 1).find((other) => !decisionOf(other).decision);
  select(next ?? row);
}

function takeBack() {
  const row = undo();
  if (row === null) return say("nothing to undo");
  renew(row);
  showProgress();
  if (listed.includes(row)) select(row);
  return say(`undone: ${changeOf(row)}`);
}

function showWhole(row) {
  const image = issues.image[row];
  const room = { width: 0.9 * window.innerWidth, height: 0.76 * window.innerHeight };
  const blank = (why) => {
    images.link[image] = null;
    fill(why);
  };
  const fill = (note) => {
    const drawn = wholeImage(row, room, ["annotations", ...several(state.around).filter((sort) => sort === "predictions")],
      () => blank(`The file ${images.name[image]} is not where it was beside this page: boxes on a blank ground.`));
    byId("whole-picture").replaceChildren(drawn ?? "The size of this image is not known.");
    byId("whole-note").textContent = unturned(note);
  };
  byId("whole-title").textContent = unturned(imageName(row));
  fill(images.link[image] ? "" : "No file of this image is known to the page: boxes on a blank ground.");
  byId("whole").showModal();
}

function exportDecisions() {
  const reviewer = byId("reviewer").value.trim();
  const safe = reviewer.replace(/[^\p{L}\p{N}-]+/gu, "-");
  const address = URL.createObjectURL(new Blob([decisionsFile(reviewer)], { type: "application/json" }));
  element("a", { href: address, download: safe ? `decisions-${safe}.json` : "decisions.json" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  const elsewhere = [...decided].filter(([id, { decision }]) => decision && !rowOfId.has(id)).length;
  say(`exported ${tally().all} decisions${elsewhere ? `; ${elsewhere} are about rows of another page of this data` : ""}`);
}

async function importFile(file) {
  try {
    say(`imported ${importDecisions(await file.text())} decisions`);
  } catch (error) {
    say(`nothing imported: ${error.message}`);
  }
  show();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: () => decide(current(), "accept"),
  r: () => decide(current(), "reject"),
  u: () => decide(current(), "unsure"),
  z: takeBack,
  w: () => showWhole(current()),
  n: () => set({ around: toggled(state.around, "annotations"), page: state.page }),
  p: () => set({ around: toggled(state.around, "predictions"), page: state.page }),
  g: () => changeView(state.view === "grid" ? "cards" : "grid"),
  "/": () => { byId("filters").open = true; controls.elements.q.focus(); },
  "?": () => byId("help").showModal(),
};

// The current issue stays the current one.
function changeView(view) {
  const row = current();
  state = { ...state, view };
  filter();
  if (row !== undefined) goTo(row);
  show();
  focusCurrent();
}

function onKey(event) {
  const inField = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape" && inField) return event.target.blur();
  const open = document.querySelector("dialog[open]");
  if (inField || event.ctrlKey || event.metaKey || event.altKey || !byId("with-keys").checked) return undefined;
  if (open) return event.key === "w" && open.id === "whole" ? open.close() : undefined;
  const kind = kinds[Number(event.key) - 1];
  const action = kind ? () => set({ kind: toggled(state.kind, kind) }) : KEYS[event.key];
  if (!action || (listed.length === 0 && "jkaruw".includes(event.key))) return undefined;
  event.preventDefault();
  return action();
}

function fillControls() {
  for (const [at, kind] of kinds.entries()) {
    const rows = issues.kind.filter((one) => one === at).length;
    byId("kinds").append(element("button", { type: "button", "data-kind": kind, disabled: rows === 0, click: () => set({ kind: toggled(state.kind, kind) }) },
      element("span", { class: `kind ${kind}` }, kind), ` ${rows.toLocaleString("en")} `, element("kbd", {}, at + 1)));
  }
  for (const [name, of] of [["class", classOf], ["likely", likelyClass]]) {
    const names = new Set(range(count).map(of).filter((one) => one !== null));
    const sorted = [...names].sort(inOrder);
    controls.elements[name].append(element("option", { value: "" }, "any"), ...sorted.map((one) => element("option", { value: one }, one)));
  }
  byId("class-names").append(...[...new Set(data.class_names ?? [])].map((name) => element("option", { value: name })));
  byId("reviewer").value = stored(REVIEWER) ?? "";
  byId("with-keys").checked = stored(KEYS_OFF) !== "yes";
}

// The issues come first: what stands above them is closed where the first one is not whole in the window otherwise.
function makeRoom() {
  const first = document.querySelector("#list [data-row]");
  const isSeen = () => !first || first.getBoundingClientRect().bottom + window.scrollY <= window.innerHeight;
  for (const part of ["summary", "filters"]) byId(part).open = isSeen();
}

function listen() {
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", (event) => set({ [event.target.name]: event.target.value }));
  for (const button of controls.querySelectorAll("[data-view]")) button.addEventListener("click", () => changeView(button.dataset.view));
  for (const button of controls.querySelectorAll("[data-around]")) {
    button.addEventListener("click", () => set({ around: toggled(state.around, button.dataset.around), page: state.page }));
  }
  byId("clear").addEventListener("click", () => set({ ...DEFAULTS, view: state.view, around: state.around }));
  byId("reviewer").addEventListener("input", (event) => store(REVIEWER, event.target.value));
  byId("with-keys").addEventListener("change", (event) => store(KEYS_OFF, event.target.checked ? "no" : "yes"));
  byId("export").addEventListener("click", exportDecisions);
  byId("import").addEventListener("click", () => byId("import-file").click());
  byId("import-file").addEventListener("change", (event) => importFile(event.target.files[0]));
  byId("undo").addEventListener("click", takeBack);
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  document.addEventListener("keydown", onKey);
  // In a frame without an address, as in a notebook, a link would load the document around.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || location.protocol !== "about:") return;
    event.preventDefault();
    location.hash = link.getAttribute("href");
  });
  window.addEventListener("hashchange", () => { readAddress(); filter(); show(); });
  // The same page in another window.
  window.addEventListener("storage", (event) => {
    if (event.key === STORED) { readDecisions(); show(); }
  });
}

readDecisions();
readAddress();
filter();
fillControls();
listen();
for (const id of ["session", "controls", "count"]) byId(id).hidden = false;
show();
makeRoom();
