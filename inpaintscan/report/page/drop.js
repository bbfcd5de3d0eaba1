// The live page: files that are dropped, chosen or pasted go to the scanner, one after the other.

const token = byId("header").dataset.token;
const waiting = [];
const done = { count: 0, total: 0, failed: "" };
let busy = false;
summary.counts = { images: 0, findings: 0, known: 0, error: 0, skipped: 0 };

const scanFile = async (file, name) => {
  const response = await fetch("/scan", {
    method: "POST", body: file,
    headers: { "X-Token": token, "X-Name": encodeURIComponent(name) },
  });
  if (!response.ok) throw new Error((await response.text()) || `the server answered ${response.status}`);
  return response.json();
};

const showProgress = () => {
  byId("drop").classList.toggle("busy", busy);
  byId("progress").textContent = busy ? `Scanning ${done.count + 1} of ${done.total} …` : done.failed;
};

const addRecord = (fields) => {
  const record = toRecord(fields, records.length);
  records.push(record);
  const { counts } = summary;
  counts.images += 1;
  counts.findings += record.kinds.some((kind) => header.fail_on.includes(kind)) ? 1 : 0;
  counts.error += record.verdict === "error" ? 1 : 0;
  byId("toolbar").hidden = false;
  showTotals(counts);
  fillChips();
  if (!viewer.open) render();
  return record;
};

const work = async () => {
  if (busy) return;
  busy = true;
  done.failed = "";
  let last = null;
  while (waiting.length) {
    showProgress();
    const { file, name } = waiting.shift();
    try {
      last = addRecord(await scanFile(file, name));
    } catch (error) {
      done.failed = `${name}: ${error.message}`;
    }
    done.count += 1;
  }
  busy = false;
  if (done.total === 1 && last && !viewer.open) openViewer(shown.indexOf(last));
  Object.assign(done, { count: 0, total: 0 });
  showProgress();
};

const take = (file, name = file.name) => {
  waiting.push({ file, name });
  done.total += 1;
};

// A dropped folder gives its files only through entries, a hundred at a time.
const takeEntry = async (entry) => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    if (!entry.fullPath.slice(1).includes("/") || /^image\//.test(file.type)) take(file, entry.fullPath.slice(1));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!part.length) return;
    for (const child of part) await takeEntry(child);
  }
};

byId("files").addEventListener("change", (event) => {
  for (const file of event.target.files) take(file);
  event.target.value = "";
  work();
});
document.addEventListener("paste", (event) => {
  for (const file of event.clipboardData.files) take(file);
  work();
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) byId("drop").classList.remove("over");
});
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  byId("drop").classList.remove("over");
  if (viewer.open) viewer.close();
  const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length) for (const entry of entries) await takeEntry(entry);
  else for (const file of event.dataTransfer.files) take(file);
  work();
});
viewer.addEventListener("close", () => {
  if (shown.length < records.length) render();
});
byId("toolbar").hidden = true;
byId("headline").textContent = "";
