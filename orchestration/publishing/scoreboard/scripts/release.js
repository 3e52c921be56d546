// What the page knows of a release: areas, metrics, statuses, and the row of a metric in an area and year.

const COLUMN = Object.fromEntries(data.columns.map((name, i) => [name, i]));
const STATUS = Object.fromEntries(data.statuses.map((status) => [status.code, status]));
const AREA = Object.fromEntries(data.areas.map((area) => [area.code, area]));
const METRIC = Object.fromEntries(data.metrics.map((metric) => [metric.id, metric]));
const YEAR = Object.fromEntries(data.collections.map((each) => [each.id, each]));
const UNITS = data.areas.filter((area) => area.code !== data.city);

/** A row by column names; undefined where the area has no row of the metric. */
function figuresOf(metric, area, year) {
  const cells = data.rows[year]?.[area]?.[metric];
  return cells && new Proxy(cells, { get: (target, name) => target[COLUMN[name]] });
}

function chip(code) {
  const status = STATUS[code];
  return element("span", { class: `chip s-${code}` }, element("span", { class: "sign", "aria-hidden": "true" }, status.sign), named(status));
}

/** A change with an arrow: up or down by the figure, good or bad by its colour. */
function changeMark(text, isUp, isBetter) {
  const arrow = isUp === null ? "" : isUp ? "▲ " : "▼ ";
  const judged = isBetter === null ? "" : isBetter ? " better" : " worse";
  return element("span", { class: `change${judged}` }, element("span", { "aria-hidden": "true" }, arrow), text,
    isBetter === null ? null : hidden(said(isBetter ? ["，变好", ", better"] : ["，变差", ", worse"])));
}

/** The change of a row on the year before. */
function rowChange(row) {
  const text = said(row.change);
  if (text === NOTHING) return null;
  const isUp = /^[+−]/.test(text) ? text.startsWith("+") : null;
  return changeMark(text, isUp, row.is_better);
}

/** A name short enough for a tile or the head of a column. */
function shortName(area) {
  return ENGLISH ? area.en.split(/ (?=District|County|City|Agglomeration)/)[0] : area.zh;
}
