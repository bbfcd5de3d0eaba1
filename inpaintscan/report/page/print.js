// The printed report: every image of the list with its pictures, scores, reasons, evidence, hashes.

const sheet = byId("print");

const figure = (caption, record, ...layers) => {
  const box = make("div", { class: "print-frame" }, ...layers);
  box.style.setProperty("--ratio", String(record.width / record.height));
  return make("figure", {}, box, make("figcaption", {}, caption));
};

const picture = (source) => make("img", { src: source, alt: "" });

const photoText = (record, photo) => {
  if (!photo) return "Not there when the report was written";
  return record.regions.length ? "Photo, with the boxes" : "Photo";
};

const makeFigures = (record) => {
  const pictures = readPictures(record);
  const photo = pictures.preview ?? record.thumbnail;
  if (!record.width || !(photo || pictures.heat)) return null;
  const under = () => (photo ? picture(photo) : null);
  const boxes = document.createElementNS(SVG, "svg");
  fillBoxes(boxes, record);
  const figures = make("div", { class: "print-figures" });
  figures.append(figure(photoText(record, photo), record, under(), boxes));
  if (pictures.heat) {
    const text = record.verdict === "clean" ? "Heatmap; called clean, so it counts for nothing" : "Heatmap";
    figures.append(figure(text, record, under(), picture(pictures.heat)));
  }
  if (pictures.mask) figures.append(figure("Mask, white is called replaced", record, picture(pictures.mask)));
  return figures;
};

const makeSheet = (record, position) => make("article", {},
  make("h2", {}, `${position + 1}. ${record.name}`), makeFigures(record),
  make("div", { class: "facts" }, makeFacts(record)));

const fillPrint = () => {
  if (sheet.childElementCount) return;
  const settings = make("dl", { class: "print-settings" });
  define(settings, header.words);
  sheet.append(settings);
  if (shown.length < records.length) {
    const counts = `${formatNumber(shown.length)} of ${formatNumber(records.length)}`;
    sheet.append(make("p", { class: "partial" }, `Only what fits the filter is printed: ${counts} images.`));
  }
  sheet.append(...shown.map(makeSheet));
};

window.addEventListener("beforeprint", fillPrint);
window.addEventListener("afterprint", () => sheet.replaceChildren());
byId("print-all").addEventListener("click", async () => {
  fillPrint();
  const loaded = Array.from(sheet.querySelectorAll("img"), (image) => image.decode().catch(() => null));
  await Promise.all(loaded);
  window.print();
});
