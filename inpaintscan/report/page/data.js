// The records, as they stand in inert script elements, and small tools to build the page.
// Everything that comes from a file goes through textContent: nothing is ever parsed as markup.

const byId = (id) => document.getElementById(id);
const readJson = (element) => JSON.parse(element.textContent);
const header = readJson(byId("header"));
const summary = readJson(byId("summary"));
const ON_WINDOWS = /^windows/i.test(header.environment?.platform ?? "");  // elsewhere \ is a letter
const STATED = { generated: "states: made by AI", composite: "states: composed with AI",
  tampered: "tampered: Content Credentials do not hold" };
const toRecord = (fields, index) => {
  const record = { ...fields, ...fields.shown, index };
  const prefix = `${record.path}: `;
  if (record.error?.startsWith(prefix)) record.error = record.error.slice(prefix.length);
  const backslash = ON_WINDOWS || /^[a-z]:\\/i.test(record.path) ? record.path.lastIndexOf("\\") : -1;
  const cut = Math.max(record.path.lastIndexOf("/"), backslash) + 1;
  record.name = record.path.slice(cut) + (record.frame === null ? "" : ` · frame ${record.frame}`);
  record.folder = record.path.slice(0, cut);
  record.kinds = [record.verdict, record.stated && (record.stated === "tampered" ? "tampered" : "stated")].filter(Boolean);
  record.text = [record.path, ...record.kinds, STATED[record.stated] ?? "", record.error ?? "", ...record.reasons,
    ...record.evidence.flatMap((item) => [item.kind, item.value, item.where])].join("\n").toLowerCase();
  return record;
};
const records = Array.from(document.querySelectorAll("script.record"),
  (element, index) => toRecord(readJson(element), index));

// Previews are parsed only when a picture is opened.
const readPictures = (record) => {
  if (record.pictures) return record.pictures;
  const element = byId(`pictures-${record.index}`);
  return element ? readJson(element) : {};
};

const VERDICTS = ["inpainted", "generated", "unsure", "clean", "error"];
const SEVERITY = { inpainted: 4, generated: 4, unsure: 3, error: 2, clean: 1 };
const CLASSES = ["inpainted", "generated"];

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const statedMark = (record) => (record.stated
  ? make("span", { class: "stated", title: "what the file says of itself, beside the verdict by its pixels" }, STATED[record.stated]) : null);

const formatScore = (value) => (value === null ? "–" : value.toFixed(3));
const formatShare = (value) => {
  if (value === null) return "–";
  const percent = 100 * value;
  return percent === 0 ? "0 %" : percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
};
const formatBytes = (value) => {
  if (value === null) return "–";
  const units = ["bytes", "kB", "MB", "GB"];
  const power = value < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(power && value / 1000 ** power < 10 ? 1 : 0)} ${units[power]}`;
};
const formatTime = (value) => value.replace("T", " ").replace("Z", " UTC");
const formatNumber = (value) => value.toLocaleString("en").replaceAll(",", "\u2009");

const verdictMark = (record) => make("span", { class: `verdict ${record.verdict}` },
  make("span", { class: "dot" }), record.verdict,
  record.known ? make("span", { class: "known", title: "a finding of the baseline report" }, "known") : null);

const scoreBar = (record, name) => {
  const value = record.scores[name];
  const threshold = header.threshold[name];
  const fill = make("i");
  fill.style.width = `${100 * (value ?? 0)}%`;
  const bar = make("span", { class: `bar ${name}${value !== null && value >= (threshold ?? 2) ? "" : " low"}` }, fill);
  if (threshold !== undefined) {
    const tick = make("u");
    tick.style.left = `${100 * threshold}%`;
    bar.append(tick);
  }
  return bar;
};

const define = (list, entries) => {
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    list.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  }
};
