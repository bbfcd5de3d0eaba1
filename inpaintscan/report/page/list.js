// The list: filter, sort, rows made only as they come into view.

const CHUNK = 80;
const COLUMNS = [
  { key: "picture", label: "", css: "c-picture" },
  { key: "path", label: "File", css: "c-file", value: (record) => record.path, ascending: true },
  { key: "verdict", label: "Verdict", css: "c-verdict", value: (record) => Math.max(SEVERITY[record.verdict], record.stated ? 3.5 : 0) },
  { key: "inpainted", label: "Inpainted", css: "c-score", value: (record) => record.scores.inpainted },
  { key: "generated", label: "Generated", css: "c-score c-other", value: (record) => record.scores.generated },
  { key: "area", label: "Area", css: "c-area", value: (record) => record.area },
  { key: "size", label: "Size", css: "c-size", value: (record) => (record.width === null ? null : record.width * record.height) },
];
const ORDERS = [
  ["verdict", "Findings first"], ["score", "Highest score"], ["area", "Largest area"], ["path", "File name"],
  ["evidence", "Most evidence"], ["scan", "As scanned"],
];
const VALUES = {
  ...Object.fromEntries(COLUMNS.filter((column) => column.value).map((column) => [column.key, column.value])),
  score: (record) => record.score,
  evidence: (record) => record.evidence.length,
  scan: (record) => record.index,
};
const collator = new Intl.Collator("en", { numeric: true });
const state = { order: "verdict", ascending: false, verdicts: new Set(), query: "", evidenceOnly: false };
let shown = [];
let active = 0;
const rowCache = new Map();
const rows = byId("rows");

const compare = (left, right) => {
  const [a, b] = [VALUES[state.order](left), VALUES[state.order](right)];
  if (a === null || b === null) return (a === null) - (b === null) || left.index - right.index;
  const difference = typeof a === "string" ? collator.compare(a, b) : a - b;
  if (difference) return state.ascending ? difference : -difference;
  return (right.score ?? -1) - (left.score ?? -1) || left.index - right.index;
};

const fits = (record) => {
  if (state.verdicts.size && !record.kinds.some((kind) => state.verdicts.has(kind))) return false;
  if (state.evidenceOnly && !record.evidence.length) return false;
  return state.query.split(/\s+/).every((word) => record.text.includes(word));
};

const thumbnail = (record) => (record.thumbnail
  ? make("img", { class: "thumb", src: record.thumbnail, alt: "", loading: "lazy", decoding: "async", draggable: "false" })
  : make("span", { class: "thumb empty" }, record.verdict === "error" ? "not readable" : "no preview"));

const notes = (record) => {
  const list = make("div", { class: "notes" });
  if (record.error) list.append(make("span", { class: "failure" }, record.error));
  const [first, ...others] = record.evidence;
  if (first) list.append(make("span", { class: "note-evidence" }, first.value));
  if (others.length) list.append(make("span", {}, `+ ${others.length} more`));
  for (const reason of record.reasons.slice(0, 2)) list.append(make("span", {}, reason));
  return list.childNodes.length ? list : null;
};

const makeRow = (record) => {
  const score = (name) => (record.scores[name] === null ? make("span", { class: "nothing" }, "–")
    : make("div", { class: "score" }, formatScore(record.scores[name]), scoreBar(record, name)));
  const main = record.scores.generated > record.scores.inpainted ? "generated" : "inpainted";
  return make("tr", { tabindex: "-1", "data-index": record.index },
    make("td", {}, thumbnail(record)),
    make("td", {}, make("div", { class: "name" }, record.name), make("div", { class: "folder" }, record.folder), notes(record)),
    make("td", {}, verdictMark(record), statedMark(record)),
    make("td", { class: `t-score${main === "inpainted" ? " t-main" : ""}` }, score("inpainted")),
    make("td", { class: `t-score t-other${main === "generated" ? " t-main" : ""}` }, score("generated")),
    make("td", { class: "t-area number" }, record.verdict === "error" ? "–" : formatShare(record.area)),
    make("td", { class: "t-size number" }, record.width === null ? "–" : `${record.width} × ${record.height}`));
};

const rowOf = (record) => {
  if (!rowCache.has(record.index)) rowCache.set(record.index, makeRow(record));
  return rowCache.get(record.index);
};

const renderUpTo = (count) => {
  const end = Math.min(count, shown.length);
  for (let position = rows.childElementCount; position < end; position += 1) rows.append(rowOf(shown[position]));
};

const render = () => {
  shown = records.filter(fits).sort(compare);
  active = 0;
  rows.replaceChildren();
  renderUpTo(CHUNK);
  if (shown.length) rowOf(shown[0]).tabIndex = 0;
  byId("none").hidden = shown.length > 0 || records.length === 0;
  byId("list").hidden = shown.length === 0;
  for (const heading of byId("columns").children) {
    const sorted = heading.dataset.key === state.order;
    if (sorted) heading.setAttribute("aria-sort", state.ascending ? "ascending" : "descending");
    else heading.removeAttribute("aria-sort");
  }
  for (const chip of byId("verdicts").children) {
    const { verdict } = chip.dataset;
    const pressed = verdict === "evidence" ? state.evidenceOnly
      : verdict === "all" ? state.verdicts.size === 0 : state.verdicts.has(verdict);
    chip.setAttribute("aria-pressed", String(pressed));
  }
  const select = byId("order");
  select.value = ORDERS.some(([key]) => key === state.order) ? state.order : "";
};

const sortBy = (key, ascending) => {
  state.order = key;
  state.ascending = ascending;
  render();
};

const activate = (position, { focus = true } = {}) => {
  if (!shown.length) return;
  rowOf(shown[active]).tabIndex = -1;
  active = Math.max(0, Math.min(position, shown.length - 1));
  renderUpTo(active + CHUNK / 2);
  const row = rowOf(shown[active]);
  row.tabIndex = 0;
  if (focus) row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const columnsInGrid = () => (byId("list").classList.contains("grid")
  ? getComputedStyle(rows).gridTemplateColumns.split(" ").length : 1);

const setView = (grid) => {
  byId("list").classList.toggle("grid", grid);
  byId("as-grid").setAttribute("aria-pressed", String(grid));
  byId("as-list").setAttribute("aria-pressed", String(!grid));
};

const fillChips = () => {
  const chip = (verdict, label, count) => make("button",
    { type: "button", class: `chip ${verdict}`, "data-verdict": verdict, disabled: count === 0 && verdict !== "all" },
    verdict === "all" || verdict === "evidence" ? null : make("span", { class: "dot" }), label, make("b", {}, formatNumber(count)));
  const chips = byId("verdicts");
  chips.replaceChildren(chip("all", "All", records.length));
  for (const verdict of VERDICTS) {
    const count = records.filter((record) => record.verdict === verdict).length;
    if (count || verdict !== "error") chips.append(chip(verdict, verdict[0].toUpperCase() + verdict.slice(1), count));
  }
  for (const kind of ["stated", "tampered"]) {
    const count = records.filter((record) => record.kinds.includes(kind)).length;
    if (count) chips.append(chip(kind, kind[0].toUpperCase() + kind.slice(1), count));
  }
  const told = records.filter((record) => record.evidence.length).length;
  if (told) chips.append(chip("evidence", "With evidence", told));
};

const buildToolbar = () => {
  fillChips();
  byId("verdicts").addEventListener("click", (event) => {
    const verdict = event.target.closest("button")?.dataset.verdict;
    if (!verdict) return;
    if (verdict === "evidence") state.evidenceOnly = !state.evidenceOnly;
    else if (verdict === "all") state.verdicts.clear();
    else if (!state.verdicts.delete(verdict)) state.verdicts.add(verdict);
    render();
  });
  for (const column of COLUMNS) {
    const heading = make("th", { scope: "col", class: column.css, "data-key": column.key });
    if (column.value) {
      const button = make("button", { type: "button" }, column.label);
      button.addEventListener("click", () => sortBy(column.key,
        state.order === column.key ? !state.ascending : Boolean(column.ascending)));
      heading.append(button);
    } else heading.append(make("span", { class: "hidden" }, "Picture"));
    byId("columns").append(heading);
  }
  const select = byId("order");
  select.append(make("option", { value: "", hidden: true }, "By column"));
  for (const [key, label] of ORDERS) select.append(make("option", { value: key }, label));
  select.addEventListener("change", () => sortBy(select.value, ["path", "scan"].includes(select.value)));
  byId("search").addEventListener("input", (event) => {
    state.query = event.target.value.trim().toLowerCase();
    render();
  });
  byId("as-list").addEventListener("click", () => setView(false));
  byId("as-grid").addEventListener("click", () => setView(true));
  byId("reset").addEventListener("click", () => {
    Object.assign(state, { query: "", evidenceOnly: false });
    state.verdicts.clear();
    byId("search").value = "";
    render();
  });
};

const showTotals = (counts) => {
  byId("headline").textContent = [
    `${formatNumber(counts.images)} image${counts.images === 1 ? "" : "s"} scanned`,
    `${formatNumber(counts.findings)} finding${counts.findings === 1 ? "" : "s"}`,
    counts.known ? `${formatNumber(counts.known)} known` : null,
    counts.error ? `${formatNumber(counts.error)} not readable` : null,
  ].filter(Boolean).join(" · ");
};

const buildMasthead = () => {
  const { counts } = summary;
  showTotals(counts);
  const model = make("span", {}, `${header.model.name} `, make("code", { title: header.model.sha256 }, header.model.sha256.slice(0, 12)));
  define(byId("run"), [
    ["Case", header.case], ["Examiner", header.examiner],
    ["Command", `inpaintscan ${header.command}, version ${header.version}`], ["Model", model],
    ["Scores", header.limits], ["Started", formatTime(header.started)], ["Finished", formatTime(summary.finished)],
  ]);
  define(byId("settings"), [...header.words, ["Other files, skipped", formatNumber(counts.skipped)]]);
  const limit = header.settings.mask_threshold;
  if (typeof limit === "number") byId("mask-limit").textContent = limit.toFixed(2);
  byId("unread").hidden = !summary.skipped?.length;
  if (summary.skipped?.length) {
    byId("unread-count").textContent = `${formatNumber(summary.skipped.length)} picture${summary.skipped.length === 1 ? "" : "s"} not read`;
    byId("unread-list").append(...summary.skipped.map((item) => make("li", {}, `${item.path}: ${item.reason}`)));
  }
  byId("partial").hidden = summary.complete;
  byId("partial").textContent = `Partial report: the scan ended early, after ${formatNumber(counts.images)} images.`;
};
