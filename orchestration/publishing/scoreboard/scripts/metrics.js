// The metrics of an area: those with a target as one table, those that are only watched folded below it, and the counties compared.

const [CITY_VALUE, RANK] = [5, 6];

function isProvisional(row) {
  return row.data_status === "provisional";
}

function coverage(row) {
  const parts = [["units", "单位", "units"], ["schools", "学校", "schools"]]
    .filter(([name]) => row[name][1] && row[name][0] < row[name][1])
    .map(([name, zh, en]) => small(`${said([zh, en])} ${row[name].join("/")}`));
  return row.number === null ? [] : parts;
}

function queriesMark(row) {
  return row.queries ? element("span", { class: "asked" }, said([`待核实 ${row.queries}`, `${row.queries} to verify`])) : null;
}

function valueCell(metric, row) {
  const isNumber = row.number !== null && typeof row.value === "string";
  const suffix = isNumber && said(metric.suffix) ? element("span", { class: "suffix" }, ` ${said(metric.suffix)}`) : null;
  return element("div", {}, element("span", { class: "figure" }, said(row.value)), suffix, " ", rowChange(row), queriesMark(row), coverage(row));
}

/** A status; of a provisional value also the one that it would have were it final, and who keeps it waiting. */
function statusCell(row) {
  if (row.status !== "provisional") return element("div", {}, chip(row.status));
  const final = STATUS[row.if_final];
  const would = element("span", { class: `would-${row.if_final}` }, `${final.sign} ${named(final)}`);
  return element("div", {}, chip(row.status), small(said(["如定稿 ", "if final "]), would), small(waitsFor(row)));
}

function waitsFor(row) {
  return row.waits_for === null ? "" : said(data.reasons[row.waits_for]);
}

function projectedCell(row) {
  const status = STATUS[row.projected_status];
  const sign = status && row.projected_status !== "monitor" ? small(`${status.sign} ${named(status)}`) : null;
  return element("div", {}, said(row.projected), sign);
}

function metricCell(metric) {
  return element("div", {}, link(metric, named(metric)),
    element("abbr", { class: "tier", title: said(data.tiers[metric.tier]) }, metric.tier),
    metric.stretch ? element("span", { class: "tier" }, said(["争取", "stretch"])) : null);
}

/** The distance to the target in one bar, with the target and what is missing in words. */
function distanceCell(metric, row) {
  const missing = row.gap_number ? [" · ", element("strong", {}, said(["差 ", "missing "]), said(row.gap))] : [];
  return element("div", { class: "distance-cell" }, distanceBar(metric, row), small(said(["目标 ", "target "]), said(row.target), missing));
}

function gapCell(row) {
  return element("div", {}, said(row.gap), said(row.points) ? small(said(row.points)) : null);
}

function rankCell(row) {
  return row.rank ? element("span", {}, element("span", { class: "figure" }, String(row.rank[0])), `/${row.rank[1]}`) : NOTHING;
}

function cityCell(metric) {
  const row = rowOf(metric.id, data.city);
  return row ? element("div", {}, said(row.value)) : NOTHING;
}

function series(metric, area) {
  return data.collections.map((each) => rowOf(metric.id, area, each.id)?.number ?? null);
}

function spoken(metric, area) {
  return data.collections.map((each) => {
    const row = rowOf(metric.id, area, each.id);
    return `${said([each.zh, each.id])} ${row ? said(row.value) : NOTHING}`;
  }).join(COMMA);
}

/** The line of an area with those of the counties, or of the city, faint behind it where they are of one scale. */
function trend(metric, area, behind) {
  const others = metric.is_comparable ? behind.filter((each) => each !== area).map((each) => series(metric, each)) : [];
  return sparkline(series(metric, area), others, rowOf(metric.id, area)?.target_number ?? null, `${said(["走势：", "trend: "])}${spoken(metric, area)}`) ?? NOTHING;
}

const trendCell = (metric) => trend(metric, state.values.area, [data.city, ...UNITS.map((unit) => unit.code)]);
const onNumber = (name) => (metric) => rowOf(metric.id)[name];
const figureColumns = {
  value: column((metric) => valueCell(metric, rowOf(metric.id)), onNumber("number"), { className: "number value" }),
  trend: column(trendCell, null, { className: "trend" }),
  city: column(cityCell, (metric) => rowOf(metric.id, data.city)?.number, { className: "number city" }),
  rank: column((metric) => rankCell(rowOf(metric.id)), (metric) => rowOf(metric.id).rank?.[0], { className: "number rank" }),
};
const folds = new Folds(() => metricsTable, (metric) => metric.project, () => {
  const { project, tier, status, department, q } = state.values;
  return project || tier || status || department || q;
});
const metricsTable = sortable("metrics", [
  column(metricCell, (metric) => named(metric), { className: "name" }),
  figureColumns.value,
  column((metric) => distanceCell(metric, rowOf(metric.id)), onNumber("relative_gap"), { className: "far" }),
  column((metric) => statusCell(rowOf(metric.id)), (metric) => data.statuses.findIndex((s) => s.code === rowOf(metric.id).status), { className: "status" }),
  figureColumns.trend,
  figureColumns.city,
  figureColumns.rank,
], {
  rowGroup: { dataSrc: (metric) => metric.project, startRender: (rows, no) => folds.heading(no, named(PROJECT[no]), element("span", { class: "count" }, ` ${rows.count()}`)) },
});
metricsTable.on("order", () => metricsTable.rowGroup().enable(metricsTable.order().length === 0));
const monitoredTable = sortable("monitored", [column(metricCell, (metric) => named(metric), { className: "name" }), figureColumns.value, figureColumns.trend, figureColumns.city]);

function buildHeat() {
  const areas = data.areas.map((area) => area.code);
  byId("heat").tHead.rows[0].replaceChildren(...[said(["指标", "Metric"]), ...data.areas.map(shortName)].map((name) => element("th", { scope: "col" }, name)));
  return sortable("heat", [
    column((metric) => link(metric, named(metric)), (metric) => named(metric), { cellType: "th" }),
    ...areas.map((area) => column((metric) => heatCell(metric, area), (metric) => rowOf(metric.id, area)?.number)),
  ], { createdRow: (tr, metric) => paint(tr, metric, areas) });
}

function heatCell(metric, area) {
  const row = rowOf(metric.id, area);
  if (!row) return NOTHING;
  return element("span", {}, element("span", { class: "sign", "aria-hidden": "true" }, STATUS[row.status].sign), hidden(`${named(STATUS[row.status])} `), said(row.value));
}

function paint(tr, metric, areas) {
  tr.cells[0].scope = "row";
  areas.forEach((area, i) => tr.cells[i + 1].classList.add(`s-${rowOf(metric.id, area)?.status ?? "none"}`));
}

const heatTable = buildHeat();

function showMetrics() {
  const metrics = chosen();
  const isTargeted = (metric) => rowOf(metric.id).has_target;
  const targeted = metrics.filter(isTargeted);
  const monitored = metrics.filter((metric) => !isTargeted(metric));
  const isCity = state.values.area === data.city;
  metricsTable.column(CITY_VALUE).visible(!isCity);
  metricsTable.column(RANK).visible(!isCity && targeted.some((metric) => rowOf(metric.id).rank));
  monitoredTable.column(3).visible(!isCity);
  refill(metricsTable, targeted);
  folds.apply();
  refill(monitoredTable, monitored);
  byId("watched").hidden = !monitored.length;
  byId("watched").open ||= !targeted.length || state.values.status === "monitor";
  byId("watched-count").textContent = String(monitored.length);
  const onlyWatched = monitored.length ? said([`，${monitored.length} 项只作监测`, `, ${monitored.length} only monitored`]) : "";
  byId("shown").textContent = said([`${targeted.length} 项有目标`, `${targeted.length} with a target`]) + onlyWatched;
  [...byId("heat").tHead.rows[0].cells].forEach((cell, i) => cell.classList.toggle("chosen", data.areas[i - 1]?.code === state.values.area));
  refill(heatTable, targeted.filter((metric) => UNITS.some((unit) => rowOf(metric.id, unit.code))));
}

/** The figures of the table as a file has them. */
function metricRows() {
  const head = [
    ["代码", "Code"], ["指标", "Metric"], ["值", "Value"], ["较上学年", "Change"], ["基期", "Baseline"], ["目标", "Target"], ["差距", "Gap"],
    ["状态", "Status"], ["如定稿", "If final"], ["待核实", "To verify"], ["期限", "Due"],
  ].map(said);
  return [head, ...chosen().map((metric) => {
    const row = rowOf(metric.id);
    const statuses = [row.status, row.if_final].map((code) => (code ? named(STATUS[code]) : ""));
    return [metric.id, named(metric), ...[row.value, row.change, row.baseline, row.target, row.gap].map(said), ...statuses, row.queries, metric.due];
  })];
}
