// The index: filters, the overview, the metrics, the counties, what is missing, and one metric in detail.

const COLUMN = Object.fromEntries(data.columns.map((name, i) => [name, i]));
const STATUS = Object.fromEntries(data.statuses.map((status) => [status.code, status]));
const AREA = Object.fromEntries(data.areas.map((area) => [area.code, area]));
const METRIC = Object.fromEntries(data.metrics.map((metric) => [metric.id, metric]));
const PROJECT = Object.fromEntries(data.projects.map((project) => [project.no, project]));
const UNITS = data.areas.filter((area) => area.code !== data.city);
const [CITY_VALUE, RANK] = [5, 6];

const byId = (id) => document.getElementById(id);
const form = document.querySelector("form");
const dialog = byId("detail");
const state = new State({
  year: data.latest, area: data.city, project: "", tier: "", status: "", department: "", q: "", metric: "",
});
let charts = [];

for (const metric of data.metrics) {
  const project = PROJECT[metric.project];
  const words = [metric.id, metric.target_id, metric.zh, metric.en, metric.quote, metric.responsible, project.zh, project.en];
  metric.text = [...words, ...metric.departments].join(" ").toLowerCase();
}

/** A row by column names; undefined where the area has no row of the metric. */
function rowOf(metric, area = state.values.area, year = state.values.year) {
  const cells = data.rows[year]?.[area]?.[metric];
  return cells && new Proxy(cells, { get: (target, name) => target[COLUMN[name]] });
}

function chosen({ ignoreStatus } = {}) {
  const { project, tier, status, department, q } = state.values;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return data.metrics.filter((metric) => {
    const row = rowOf(metric.id);
    return row
      && (!project || metric.project === project)
      && (!tier || metric.tier === tier)
      && (ignoreStatus || !status || row.status === status)
      && (!department || metric.departments.includes(department))
      && words.every((word) => metric.text.includes(word));
  });
}

function link(metric, ...children) {
  return element("a", { href: state.hash({ metric: metric.id }), "data-metric": metric.id }, ...children);
}

function chip(code) {
  const status = STATUS[code];
  return element("span", { class: `chip s-${code}` }, element("span", { class: "sign", "aria-hidden": "true" }, status.sign), status.zh,
    " ", element("small", { lang: "en" }, status.en));
}

function isProvisional(row) {
  return row.data_status === "provisional";
}

function coverage(row) {
  const parts = [["units", "单位", "units"], ["schools", "学校", "schools"]]
    .filter(([name]) => row[name][1] && row[name][0] < row[name][1])
    .map(([name, zh, en]) => element("span", { class: "coverage" }, both([zh, en]), ` ${row[name].join("/")}`));
  return row.number === null ? [] : parts;
}

function valueCell(metric, row) {
  const isNumber = row.number !== null && typeof row.value === "string";
  return element("div", {},
    element("span", { class: "figure" }, both(row.value)),
    isNumber && metric.suffix[0] ? element("span", { class: "suffix" }, " ", both(metric.suffix)) : null,
    row.queries ? element("span", { class: "asked" }, "⚠ ", both([`${row.queries} 处待说明`, `${row.queries} open questions`])) : null,
    coverage(row));
}

/** A status; of a provisional value also the one that it would have were it final. */
function statusCell(row) {
  const settled = STATUS[row.if_final];
  const would = [`如定稿：${settled.sign} ${settled.zh}`, `if final: ${settled.en}`];
  return element("div", {}, chip(row.status), row.status === "provisional" ? element("span", { class: "coverage" }, both(would)) : null);
}

function projectedCell(row) {
  const status = STATUS[row.projected_status];
  const sign = status && row.projected_status !== "monitor" ? element("span", { class: "coverage" }, `${status.sign} `, both([status.zh, status.en])) : null;
  return element("div", {}, both(row.projected), sign);
}

function metricCell(metric) {
  return element("div", {},
    link(metric, metric.zh),
    element("span", { class: "tier", title: plain(data.tiers[metric.tier]) }, metric.tier, hidden(` ${data.tiers[metric.tier][0]}`)),
    metric.stretch ? element("span", { class: "tier" }, "争取 ", element("small", { lang: "en" }, "stretch")) : null,
    element("small", { lang: "en", class: "english" }, metric.en));
}

function gapCell(row) {
  return element("div", {}, both(row.gap), row.points[0] ? element("span", { class: "coverage" }, both(row.points)) : null);
}

function rankCell(row) {
  return row.rank ? element("span", {}, element("span", { class: "figure" }, String(row.rank[0])), `/${row.rank[1]}`) : NOTHING;
}

function series(metric, area) {
  return data.collections.map((each) => rowOf(metric.id, area, each.id)?.number ?? null);
}

function spoken(metric, area) {
  return data.collections.map((each) => {
    const row = rowOf(metric.id, area, each.id);
    return `${each.zh} ${row ? plain(row.value) : NOTHING}`;
  }).join("，");
}

/** A line chart of a metric with its target as a dashed line. */
function chart(place, metric, areas, options) {
  const target = rowOf(metric.id, areas[0])?.target_number ?? null;
  const lines = areas.map((area, i) => ({ name: `area${i}`, className: `line line-${i}`, data: series(metric, area) }));
  if (target !== null) lines.unshift({ name: "target", className: "line line-target", data: data.collections.map(() => target) });
  const numbers = lines.flatMap((line) => line.data).filter((number) => number !== null);
  if (!numbers.length) return;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  charts.push(new Chartist.LineChart(place, { labels: data.collections.map((each) => each.zh), series: lines }, {
    low: low - room, high: high + room, lineSmooth: Chartist.Interpolation.none(), fullWidth: true,
    series: { target: { showPoint: false } }, ...options,
  }));
}

function trendCell(metric) {
  const { area } = state.values;
  const place = element("div", { class: "spark", role: "img", "aria-label": `走势 trend：${spoken(metric, area)}` });
  const bare = { showGrid: false, showLabel: false, offset: 0 };
  chart(place, metric, [area], { width: 112, height: 36, chartPadding: 6, axisX: bare, axisY: bare });
  return place;
}

const onNumber = (name) => (metric) => rowOf(metric.id)[name];
const metricsTable = sortable("metrics", [
  column(metricCell, (metric) => metric.zh, { className: "name" }),
  column((metric) => valueCell(metric, rowOf(metric.id)), onNumber("number"), { className: "number" }),
  column((metric) => element("div", {}, both(rowOf(metric.id).target)), onNumber("target_number")),
  column((metric) => statusCell(rowOf(metric.id)), (metric) => data.statuses.findIndex((s) => s.code === rowOf(metric.id).status)),
  column(trendCell, null),
  column((metric) => cityCell(metric), (metric) => rowOf(metric.id, data.city)?.number, { className: "number" }),
  column((metric) => rankCell(rowOf(metric.id)), (metric) => rowOf(metric.id).rank?.[0], { className: "number" }),
  column((metric) => gapCell(rowOf(metric.id)), onNumber("gap_number")),
  column((metric) => element("div", {}, both(rowOf(metric.id).per_year)), null),
  column((metric) => projectedCell(rowOf(metric.id)), null, { className: "number" }),
  column((metric) => metric.due || NOTHING, (metric) => metric.due, { className: "number" }),
], {
  rowGroup: {
    dataSrc: (metric) => metric.project,
    startRender: (rows, no) => projectHeading(no, rows.count()),
  },
});
metricsTable.on("order", () => metricsTable.rowGroup().enable(metricsTable.order().length === 0));

function cityCell(metric) {
  const row = rowOf(metric.id, data.city);
  return row ? element("div", {}, both(row.value)) : NOTHING;
}

function projectHeading(no, count) {
  const project = PROJECT[no];
  return element("span", {}, both([project.zh, project.en]), element("span", { class: "count" }, ` ${count}`));
}

function buildHeat() {
  const head = byId("heat").tHead.rows[0];
  const heading = (zh, en) => element("th", { scope: "col" }, both([zh, en]));
  head.replaceChildren(heading("指标", "Metric"), heading("全市", "City"), ...UNITS.map((unit) => heading(unit.zh, unit.en.split(/ (?=District|County|City|Agglomeration)/)[0])));
  const shown = (area) => (metric) => heatCell(metric, area);
  const sorted = (area) => (metric) => rowOf(metric.id, area)?.number;
  const areas = [data.city, ...UNITS.map((unit) => unit.code)];
  return sortable("heat", [
    column((metric) => link(metric, metric.zh), (metric) => metric.zh, { cellType: "th" }),
    ...areas.map((area) => column(shown(area), sorted(area))),
  ], { createdRow: (tr, metric) => paint(tr, metric, areas) });
}

function heatCell(metric, area) {
  const row = rowOf(metric.id, area);
  if (!row) return NOTHING;
  const value = typeof row.value === "string" ? row.value : row.value[0];
  return element("span", {}, element("span", { class: "sign", "aria-hidden": "true" }, STATUS[row.status].sign), hidden(`${STATUS[row.status].zh} `), value);
}

function paint(tr, metric, areas) {
  tr.cells[0].scope = "row";
  areas.forEach((area, i) => tr.cells[i + 1].classList.add(`s-${rowOf(metric.id, area)?.status ?? "none"}`));
}

const heatTable = buildHeat();

function counts(metrics) {
  const found = Object.fromEntries(data.statuses.map((status) => [status.code, 0]));
  for (const metric of metrics) found[rowOf(metric.id).status] += 1;
  return found;
}

function showOverview() {
  const area = AREA[state.values.area];
  const year = data.collections.find((each) => each.id === state.values.year);
  const all = data.metrics.filter((metric) => rowOf(metric.id));
  const found = counts(all);
  byId("h-overview").replaceChildren(`${area.zh}，${year.zh} `, element("small", { lang: "en" }, `${area.en}, ${year.id}`));
  byId("lead").replaceChildren(...lead(all, found));
  byId("tiles").replaceChildren(...data.statuses.filter((status) => found[status.code]).map((status) => tile(status, found[status.code])));
  showProjects(all);
}

function lead(all, found) {
  const judged = found.met + found.on_track + found.behind;
  const places = state.values.area === data.city ? [] : all.map((metric) => rowOf(metric.id).rank).filter((rank) => rank && rank[1] > 3);
  const would = all.filter((metric) => rowOf(metric.id).status === "provisional" && rowOf(metric.id).if_final === "met").length;
  const firsts = places.filter((rank) => rank[0] === 1).length;
  const said = [
    [`${all.length} 项指标中 ${found.met} 项已达标；已有定论的 ${judged} 项里 ${found.behind} 项落后。`,
      `${found.met} of ${all.length} metrics have met their target; ${found.behind} of the ${judged} that can be judged are behind.`],
    found.provisional ? [`另有 ${found.provisional} 项暂定，按现有数据其中 ${would} 项达标。`,
      `${found.provisional} more are provisional; by what has come ${would} of them meet it.`] : null,
    places.length ? [`${places.length} 项能分出名次的指标中 ${firsts} 项居首位。`, `First in ${firsts} of the ${places.length} that can be ranked.`] : null,
  ].filter(Boolean);
  return both([said.map(([zh]) => zh).join(""), said.map(([, en]) => en).join(" ")]);
}

function tile(status, count) {
  const pressed = String(state.values.status === status.code);
  return element("li", {}, element("button", { type: "button", class: `s-${status.code}`, "aria-pressed": pressed, "data-status": status.code },
    element("span", { class: "big" }, String(count)),
    element("span", {}, element("span", { class: "sign", "aria-hidden": "true" }, status.sign), status.zh, " ", element("small", { lang: "en" }, status.en))));
}

function showProjects(all) {
  const used = data.statuses.filter((status) => all.some((metric) => rowOf(metric.id).status === status.code));
  const table = byId("projects");
  table.tHead.replaceChildren(element("tr", {}, element("th", { scope: "col" }, both(["工程", "Project"])), element("th", { scope: "col" }, both(["构成", "Share"])),
    ...used.map((status) => element("th", { scope: "col" }, element("span", { "aria-hidden": "true" }, `${status.sign} `), both([status.zh, status.en])))));
  table.tBodies[0].replaceChildren(...data.projects.map((project) => projectRow(project, used, all)).filter(Boolean));
}

function projectRow(project, used, all) {
  const mine = all.filter((metric) => metric.project === project.no);
  if (!mine.length) return null;
  const found = counts(mine);
  const bar = used.filter((status) => found[status.code]).map((status) => element("span", { class: `s-${status.code}`, style: `flex-grow:${found[status.code]}` }, status.sign));
  return element("tr", {},
    element("th", { scope: "row" }, element("a", { href: state.hash({ project: project.no, status: "" }) }, project.zh), " ", element("small", { lang: "en" }, project.en)),
    element("td", {}, element("div", { class: "bar", "aria-hidden": "true" }, bar)),
    ...used.map((status) => projectCount(project, status, found[status.code])));
}

function projectCount(project, status, count) {
  if (!count) return element("td", { class: "zero" }, "0");
  const label = `${project.zh}，${status.zh} ${status.en}：${count}`;
  return element("td", {}, element("a", { href: state.hash({ project: project.no, status: status.code }), "aria-label": label }, String(count)));
}

function showMetrics() {
  charts.forEach((each) => each.detach());
  charts = [];
  const metrics = chosen();
  const isCity = state.values.area === data.city;
  metricsTable.columns([CITY_VALUE, RANK]).visible(!isCity);
  refill(metricsTable, metrics);
  byId("shown").replaceChildren(...both([`显示 ${metrics.length} 项`, `${metrics.length} shown`]));
  const areas = [data.city, ...UNITS.map((unit) => unit.code)];
  [...byId("heat").tHead.rows[0].cells].forEach((cell, i) => cell.classList.toggle("chosen", areas[i - 1] === state.values.area));
  refill(heatTable, metrics.filter((metric) => UNITS.some((unit) => rowOf(metric.id, unit.code))));
}

function showWaiting() {
  const { year, area } = state.values;
  const waiting = data.waiting[year].filter((each) => area === data.city || each.unit === area);
  const provisional = data.metrics.filter((metric) => { const row = rowOf(metric.id); return row && isProvisional(row); });
  const zh = `${provisional.length} 项指标的值还是暂定的。`;
  byId("waiting-lead").replaceChildren(...both([zh, `${provisional.length} values are provisional.`]));
  byId("waiting").hidden = !waiting.length;
  byId("waiting").tBodies[0].replaceChildren(...waiting.map(waitingRow));
}

function waitingRow(each) {
  const isMunicipal = each.unit === data.city;
  const name = isMunicipal ? AREA[each.unit].municipal : [AREA[each.unit].zh, AREA[each.unit].en];
  const list = (texts) => (texts.length ? element("ul", {}, texts.map((text) => element("li", {}, both(text)))) : NOTHING);
  const metrics = each.metrics.map((id) => element("li", {}, link(METRIC[id], METRIC[id].zh)));
  const opened = element("details", {}, element("summary", {}, both([`${metrics.length} 项`, `${metrics.length} metrics`])), element("ul", {}, metrics));
  const row = element("tr", {}, element("th", { scope: "row" }, both(name)),
    [list(each.forms), list(each.schools), metrics.length ? opened : NOTHING].map((shown) => element("td", {}, shown)));
  [...row.cells].forEach((cell, i) => label(cell, titlesOf("waiting")[i]));
  return row;
}

function showDetail() {
  const metric = METRIC[state.values.metric];
  if (!metric) {
    if (dialog.open) dialog.close();
    return;
  }
  byId("h-detail").replaceChildren(...both([metric.zh, metric.en]));
  byId("detail-body").replaceChildren(...detail(metric).filter(Boolean));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  byId("h-detail").focus();
}

function detail(metric) {
  const { area } = state.values;
  const row = rowOf(metric.id) ?? rowOf(metric.id, data.city);
  const shownArea = rowOf(metric.id) ? area : data.city;
  return [
    element("p", { class: "about" }, both([PROJECT[metric.project].zh, PROJECT[metric.project].en]), ` · ${AREA[shownArea].zh}，${state.values.year}`),
    facts(metric, row),
    reasons(row),
    questions(metric, row, shownArea),
    element("h3", {}, both(["规划原文", "The plan's own words"])),
    element("blockquote", {}, metric.quote),
    element("h3", {}, both(["走势", "Trend"])),
    bigChart(metric, shownArea),
    yearByYear(metric, shownArea),
    comparison(metric),
    element("h3", {}, both(["口径", "Definition"])),
    definition(metric),
  ];
}

function facts(metric, row) {
  const listed = [
    [["值", "Value"], valueCell(metric, row)],
    [["状态", "Status"], statusCell(row)],
    [["目标", "Target"], element("div", {}, both(row.target))],
    [["差距", "Gap"], gapCell(row)],
    [["每年需", "Required a year"], element("div", {}, both(row.per_year))],
    [["预计到期", "Projected when due"], projectedCell(row)],
    [["期限", "Due"], metric.due || NOTHING],
    [["名次", "Rank"], rankCell(row)],
  ];
  return element("dl", { class: "facts" }, listed.map(([name, shown]) => element("div", {}, element("dt", {}, both(name)), element("dd", {}, shown))));
}

function reasons(row) {
  if (!row.reasons.length) return null;
  const title = isProvisional(row) ? ["为什么暂定", "Why it is provisional"] : ["缺什么", "What is missing"];
  return element("div", { class: "reasons" }, element("h3", {}, both(title)),
    element("ul", {}, row.reasons.map((i) => element("li", {}, both(data.reasons[i])))));
}

/** What counties are asked about what the value rests on; of one kind the first, with how many there are. */
function questions(metric, row, area) {
  if (!row.queries) return null;
  const concerns = (each) => (!each.form || metric.form_codes.includes(each.form)) && (!each.column || !metric.columns[each.form] || metric.columns[each.form].includes(each.column));
  const ofUnits = Object.entries(data.questions[state.values.year] ?? {}).filter(([unit]) => area === data.city || unit === area || metric.is_told_for_all);
  const found = ofUnits.flatMap(([unit, asked]) => asked.filter(concerns).map((each) => [unit, each]));
  const name = (unit) => (unit === data.city ? AREA[unit].municipal[0] : AREA[unit].zh);
  const many = (each) => (each.count > 1 ? element("span", {}, " ", both([`（同类共 ${each.count} 处）`, `(${each.count} of this kind)`])) : null);
  const items = found.map(([unit, each]) => element("li", {}, `${name(unit)}，${each.form_zh ?? "整份文件"}：${each.text}`, many(each)));
  return element("div", { class: "reasons asked-about" }, element("h3", {}, both(["待说明的询问", "Questions that wait for an answer"])), element("ul", {}, items));
}

function bigChart(metric, area) {
  const areas = area === data.city ? [area] : [area, data.city];
  const place = element("div", { class: "chart", role: "img", "aria-label": areas.map((each) => `${AREA[each].zh}：${spoken(metric, each)}`).join("；") });
  const label = (value) => (metric.is_share ? `${Math.round(value * 1000) / 10}%` : String(Math.round(value * 100) / 100));
  chart(place, metric, areas, { height: 200, chartPadding: { top: 10, right: 40, bottom: 0, left: 10 }, axisY: { labelInterpolationFnc: label, scaleMinSpace: 36, offset: 50 }, axisX: { showGrid: false } });
  const keys = areas.map((each, i) => element("li", { class: `key-${i}` }, both([AREA[each].zh, AREA[each].en])));
  const target = rowOf(metric.id, area).target_number === null ? [] : [element("li", { class: "key-target" }, both(["目标", "target"]))];
  return element("figure", {}, place, element("ul", { class: "keys" }, keys, target));
}

function table(caption, names, rows) {
  return element("div", { class: "wide", role: "region", "aria-label": plain(caption), tabindex: "0" }, element("table", {},
    element("caption", {}, both(caption)),
    element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, both(name))))),
    element("tbody", {}, rows.map(([first, ...rest]) => element("tr", {}, element("th", { scope: "row" }, first), rest.map((cell) => element("td", {}, cell)))))));
}

function yearByYear(metric, area) {
  const rows = data.collections.map((each) => [each.zh, rowOf(metric.id, area, each.id)]).filter(([, row]) => row);
  return table(["历年", "Year by year"], [["学年", "Year"], ["分子", "Numerator"], ["分母", "Denominator"], ["值", "Value"], ["状态", "Status"]],
    rows.map(([name, row]) => [name, row.numerator, row.denominator, both(row.value), chip(row.status)]));
}

function comparison(metric) {
  const units = UNITS.filter((unit) => rowOf(metric.id, unit.code));
  if (!units.length) return null;
  const rows = units.map((unit) => [unit, rowOf(metric.id, unit.code)]).sort(([, a], [, b]) => (a.rank?.[0] ?? 99) - (b.rank?.[0] ?? 99));
  return table(["各县（市、区）", "Counties"], [["地区", "Area"], ["值", "Value"], ["状态", "Status"], ["差距", "Gap"], ["名次", "Rank"]],
    rows.map(([unit, row]) => [element("a", { href: state.hash({ area: unit.code }) }, both([unit.zh, unit.en])), both(row.value), statusCell(row), gapCell(row), rankCell(row)]));
}

function definition(metric) {
  const english = (text) => element("span", { lang: "en" }, text);
  const listed = [
    [["算法", "How it is counted"], metric.definition[0] && both(metric.definition)],
    [["说明", "Assumption"], metric.assumption && english(metric.assumption)],
    [["类型", "Kind"], both(metric.kind)],
    [["全市汇总", "City's row"], both(metric.city_rule)],
    [["取数方式", "Method"], both(metric.method)],
    [["数据来源", "Source"], metric.forms.length && element("ul", {}, metric.forms.map((name) => element("li", {}, both(name))))],
    [["牵头部门", "Lead"], metric.departments.join("、")],
    [["责任单位", "Responsible"], metric.responsible],
    [["代码", "Code"], `${metric.id}（${metric.target_id}）`],
  ].filter(([, shown]) => shown);
  return element("dl", { class: "definition" }, listed.flatMap(([name, shown]) => [element("dt", {}, both(name)), element("dd", {}, shown)]));
}

function showAll() {
  show(form, state);
  printed(form);
  showOverview();
  showMetrics();
  showWaiting();
  showDetail();
}

function setUp() {
  fill(form.elements.year, data.collections.map((each) => [each.id, [each.zh, each.id]]));
  fill(form.elements.area, data.areas.map((area) => [area.code, [area.zh, area.en]]));
  fill(form.elements.project, data.projects.map((project) => [project.no, project.zh]), "全部 All");
  fill(form.elements.tier, Object.entries(data.tiers).map(([code, text]) => [code, [code, text[0]]]), "全部 All");
  fill(form.elements.status, data.statuses.map((status) => [status.code, [`${status.sign} ${status.zh}`, status.en]]), "全部 All");
  fill(form.elements.department, data.departments.map((name) => [name, name]), "全部 All");
  byId("legend").replaceChildren(...data.statuses.map((status) => element("li", {}, chip(status.code))));
}

followForm(form, state, showAll);
byId("tiles").addEventListener("click", (event) => {
  const code = event.target.closest("button")?.dataset.status;
  if (!code) return;
  state.change({ status: state.values.status === code ? "" : code });
  showAll();
  document.querySelector(`#tiles [data-status=${code}]`).focus();
});
document.addEventListener("click", (event) => {
  const opened = event.target.closest("a[data-metric]");
  if (!opened || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  state.change({ metric: opened.dataset.metric }, true);
  showDetail();
});
byId("projects").addEventListener("click", (event) => {
  const followed = event.target.closest("a");
  if (!followed || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", followed.hash);
  state.read();
  showAll();
  byId("h-metrics").focus();
});
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  if (state.values.metric) state.change({ metric: "" });
});
window.addEventListener("popstate", () => { state.read(); showAll(); });

setUp();
showAll();
