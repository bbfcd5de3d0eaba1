// One picture: original and layer with a divider between them, boxes, facts.

const viewer = byId("viewer");
const frame = byId("frame");
const SVG = "http://www.w3.org/2000/svg";
const LAYERS = [["original", "Original"], ["heat", "Heatmap"], ["mask", "Mask"]];
const view = { record: null, pictures: {}, layer: "heat", wipe: 50 };

const loadImage = async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
};

const paintLayer = async () => {
  const { record, pictures, layer } = view;
  const canvas = byId("layer");
  const context = canvas.getContext("2d");
  const source = pictures[layer];
  canvas.hidden = !source;
  if (!source) return;
  const image = await loadImage(source);
  if (view.record !== record || view.layer !== layer) return;
  const ratio = record.width / record.height;
  canvas.width = ratio >= 1 ? 960 : Math.round(960 * ratio);
  canvas.height = Math.max(1, Math.round(canvas.width / ratio));
  context.imageSmoothingEnabled = layer === "heat";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
};

const setWipe = (value) => {
  view.wipe = Math.max(0, Math.min(100, value));
  byId("wipe").value = String(Math.round(view.wipe));
  frame.style.setProperty("--wipe", `${view.wipe}%`);
};

const setLayer = (layer) => {
  if (layer !== "original" && !view.pictures[layer]) return;
  view.layer = layer;
  const bare = layer === "original" || !view.pictures[layer];
  frame.classList.toggle("bare", bare);
  byId("divider").hidden = bare;
  byId("wipe").disabled = bare;
  byId("scale").hidden = layer !== "heat" || bare;
  byId("layer-name").textContent = LAYERS.find(([name]) => name === layer)[1];
  for (const button of byId("layers").children) {
    button.setAttribute("aria-pressed", String(button.dataset.layer === layer));
  }
  paintLayer();
};

const fillBoxes = (svg, record) => {
  svg.setAttribute("viewBox", `0 0 ${record.width ?? 1} ${record.height ?? 1}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.replaceChildren(...record.regions.map(({ box: [xmin, ymin, xmax, ymax] }) => {
    const rectangle = document.createElementNS(SVG, "rect");
    const fields = { x: xmin, y: ymin, width: xmax - xmin, height: ymax - ymin };
    for (const [name, value] of Object.entries(fields)) rectangle.setAttribute(name, value);
    return rectangle;
  }));
};

const KINDS = { c2pa: "Content Credentials (C2PA)", "iptc-digital-source-type": "IPTC digital source type",
  "generation-parameters": "Generation parameters", software: "Software" };

const SIGNATURES = { trusted: "signature trusted", valid: "signature valid, signer on no trust list",
  invalid: "signature not accepted", broken: "signature or hash does not hold" };

const section = (title, content) => [make("h3", {}, title), content];

const regionList = (record) => make("ol", { class: "regions" }, ...record.regions.map((region, number) => {
  const item = make("li", {}, make("span", {}, String(number + 1)), make("span", {}, formatScore(region.score)),
    make("span", {}, formatShare(region.area)), make("code", { title: region.box.join(", ") }, region.box.join(", ")));
  const light = (on) => () => byId("boxes").children[number]?.classList.toggle("lit", on);
  item.addEventListener("mouseenter", light(true));
  item.addEventListener("mouseleave", light(false));
  return item;
}));

const evidenceList = (record) => make("ul", {}, ...record.evidence.map((item) => make("li", {},
  make("span", { class: "kind" }, KINDS[item.kind] ?? item.kind), item.value,
  make("span", { class: item.signature === "trusted" ? "where trusted" : "where" },
    `${item.where}; ${SIGNATURES[item.signature] ?? "as stated, not verified"}`))));

// All that is known of a record: for the viewer and for print.
const makeFacts = (record) => {
  const facts = document.createDocumentFragment();
  facts.append(verdictMark(record), ...[statedMark(record)].filter(Boolean));
  if (record.error) facts.append(make("p", { class: "failure" }, record.error));
  const scored = CLASSES.filter((name) => record.scores[name] !== null);
  if (scored.length) {
    facts.append(...section("Scores", make("div", {}, ...scored.map((name) => make("div", { class: "score" },
      make("span", {}, name), make("span", {}, formatScore(record.scores[name])), scoreBar(record, name))))),
    make("p", { class: "limits" }, header.limits));
  }
  if (record.reasons.length) {
    facts.append(...section("Reasons", make("ul", {}, ...record.reasons.map((reason) => make("li", {}, reason)))));
  }
  if (record.regions.length) {
    const many = record.regions.length === 1 ? "Region" : `${record.regions.length} regions`;
    facts.append(...section(`${many}: score, area, box`, regionList(record)));
  }
  if (record.evidence.length) facts.append(...section("Evidence in the file", evidenceList(record)));
  const list = make("dl");
  const entries = [["Path", record.path], ["Format", record.format],
    ["Pixels", record.width === null ? null : `${record.width} × ${record.height}`],
    ["Bytes", record.bytes === null ? null : formatBytes(record.bytes)],
    ["Area", record.area === null ? null : formatShare(record.area)],
    ["Frame", record.frame === null ? null : String(record.frame)],
    ["SHA-256", record.sha256 && make("code", {}, record.sha256)],
    ["Mask", record.mask], ["Mask’s SHA-256", record.mask_sha256 && make("code", {}, record.mask_sha256)],
    ["Heatmap", record.heatmap], ["Overlay", record.overlay]];
  for (const [name, value] of entries) {
    if (value) list.append(make("dt", {}, name), make("dd", {}, value));
  }
  facts.append(...section("File", list));
  return facts;
};

const showFacts = (record) => {
  byId("facts").scrollTop = 0;
  byId("facts").replaceChildren(makeFacts(record));
};

const stageNote = (record, pictures) => {
  if (record.verdict === "error") return "This file could not be read.";
  if (!pictures.preview && !record.thumbnail) return pictures.note ?? "The picture was not there when the report was written.";
  if (!pictures.heat) return "No heatmap here: this record came from a cache or an earlier report.";
  if (record.verdict === "clean") return "Called clean: the mask is empty, whatever the heatmap shows.";
  return pictures.preview ? "" : "Only the thumbnail is kept, to bound the size of this report.";
};

const showRecord = (position) => {
  activate(position, { focus: false });
  const record = shown[active];
  const pictures = readPictures(record);
  Object.assign(view, { record, pictures });
  byId("viewer-name").textContent = record.name;
  byId("viewer-name").title = record.path;
  byId("viewer-position").textContent = `${formatNumber(active + 1)} / ${formatNumber(shown.length)}`;
  byId("previous").disabled = active === 0;
  byId("next").disabled = active === shown.length - 1;
  const original = byId("original");
  const source = pictures.preview ?? record.thumbnail;
  original.hidden = !source;
  if (source) original.src = source;
  original.alt = record.name;
  frame.style.setProperty("--ratio", record.width ? String(record.width / record.height) : "1.5");
  const note = stageNote(record, pictures);
  byId("stage-note").textContent = note;
  byId("stage-note").hidden = !note;
  for (const button of byId("layers").children) {
    const { layer } = button.dataset;
    button.disabled = layer !== "original" && !pictures[layer];
  }
  fillBoxes(byId("boxes"), record);
  showFacts(record);
  byId("layer").hidden = true;
  setLayer(pictures[view.layer] ? view.layer : pictures.heat ? "heat" : "original");
};

const openViewer = (position) => {
  if (!viewer.open) {
    viewer.showModal();
    viewer.focus();
  }
  setWipe(view.wipe);
  showRecord(position);
};

const buildViewer = () => {
  for (const [layer, label] of LAYERS) {
    const button = make("button", { type: "button", "data-layer": layer, "aria-pressed": "false" }, label);
    button.addEventListener("click", () => setLayer(layer));
    byId("layers").append(button);
  }
  byId("wipe").addEventListener("input", (event) => setWipe(Number(event.target.value)));
  byId("show-boxes").addEventListener("change", (event) => frame.classList.toggle("no-boxes", !event.target.checked));
  byId("previous").addEventListener("click", () => showRecord(active - 1));
  byId("next").addEventListener("click", () => showRecord(active + 1));
  byId("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => activate(active));
  const follow = (event) => {
    const { left, width } = frame.getBoundingClientRect();
    setWipe((100 * (event.clientX - left)) / width);
  };
  frame.addEventListener("pointerdown", (event) => {
    if (frame.classList.contains("bare")) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    follow(event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event);
  });
};
