// Every table and chart as CSV and as PNG, made here of what the page holds.

const FORMULA = /^[=@]|^[+-](?![\d.,]+%?(?: \p{L}[\p{L}\p{N}/ ]*)?$)/u;

/** A cell of a CSV file, which no spreadsheet program takes for a formula; a figure with its sign and unit stays as it is. */
function csvCell(value) {
  const text = String(value ?? "").replace(/\s+/g, " ").trim();
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows of the tables in an element, as they are read. */
function rowsIn(place) {
  return [...place.querySelectorAll("tr")].map((tr) => [...tr.cells].map(textOf));
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function saveCsv(rows, name) {
  const text = rows.map((row) => row.map(csvCell).join(",")).join("\r\n");
  save(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" }), `${name}.csv`);
}

/** An element as a picture: its copy with the page's styles in an SVG, at the width of the page so that these apply as they do here. */
async function savePng(place, name) {
  const [width, height] = [place.scrollWidth, place.scrollHeight];
  const copy = element("div", { xmlns: "http://www.w3.org/1999/xhtml", class: "picture", lang: document.documentElement.lang }, place.cloneNode(true));
  copy.prepend(document.querySelector("style").cloneNode(true));
  copy.querySelectorAll(".downloads").forEach((each) => each.remove());
  const drawing = svg("svg", { width: window.innerWidth, height: height + 40 }, svg("foreignObject", { width: width + 40, height: height + 40 }, copy));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  await image.decode();
  const scale = Math.min(2, 16000 / (height + 40));
  const canvas = element("canvas", { width: Math.ceil((width + 40) * scale), height: Math.ceil((height + 40) * scale) });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  context.drawImage(image, 0, 0);
  canvas.toBlob((blob) => save(blob, `${name}.png`));
}

/** The two buttons of an element; `rows` gives the figures where it holds no table. */
function downloads(place, title, rows = () => rowsIn(place)) {
  const name = () => `${title} ${byId("h-overview")?.textContent ?? state.values.year}`.trim().replace(/[\s/，,]+/g, "_");
  const button = (kind, start) => {
    const made = element("button", { type: "button", "aria-label": `${title}${said(["：下载", ": download"])} ${kind}` }, kind);
    made.addEventListener("click", start);
    return made;
  };
  return element("span", { class: "downloads" }, button("CSV", () => saveCsv(rows(), name())), button("PNG", () => savePng(place, name())));
}

/** Puts the buttons where the templates want them. */
function offerDownloads(rowsOf = {}) {
  for (const place of document.querySelectorAll("[data-downloads]")) {
    const target = byId(place.dataset.downloads);
    place.replaceWith(downloads(target, textOf(place.parentElement), rowsOf[target.id]));
  }
}
