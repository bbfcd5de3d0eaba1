// Keyboard and start.

const listKeys = {
  ArrowDown: () => activate(active + columnsInGrid()),
  ArrowUp: () => activate(active - columnsInGrid()),
  ArrowRight: () => columnsInGrid() > 1 && activate(active + 1),
  ArrowLeft: () => columnsInGrid() > 1 && activate(active - 1),
  PageDown: () => activate(active + 10),
  PageUp: () => activate(active - 10),
  Home: () => activate(0),
  End: () => activate(shown.length - 1),
  Enter: () => shown.length && openViewer(active),
  "/": () => byId("search").select(),
};
const viewerKeys = {
  ArrowRight: () => showRecord(active + 1),
  ArrowDown: () => showRecord(active + 1),
  ArrowLeft: () => showRecord(active - 1),
  ArrowUp: () => showRecord(active - 1),
  Home: () => showRecord(0),
  End: () => showRecord(shown.length - 1),
  1: () => setLayer("original"),
  2: () => setLayer("heat"),
  3: () => setLayer("mask"),
  ",": () => setWipe(view.wipe - 5),
  ".": () => setWipe(view.wipe + 5),
  b: () => byId("show-boxes").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { target } = event;
  if (target.id === "search") {
    if (event.key === "Escape" && target.value === "") target.blur();
    if (["ArrowDown", "Enter"].includes(event.key)) {
      event.preventDefault();
      activate(0);
    }
    return;
  }
  if (target.matches("select, summary, input[type=range]")) return;
  if (event.key === "Enter" && target.matches("button")) return;
  const action = (viewer.open ? viewerKeys : listKeys)[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

rows.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row) openViewer(shown.findIndex((record) => record.index === Number(row.dataset.index)));
});

new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) renderUpTo(rows.childElementCount + CHUNK);
}, { rootMargin: "1200px" }).observe(byId("more"));

buildMasthead();
buildToolbar();
buildViewer();
render();
