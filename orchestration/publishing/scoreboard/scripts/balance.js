// The balance page: every coefficient against its limit in one matrix, and the seven indicators with the schools behind what fails.

const form = document.querySelector("form");
const years = data.collections.map((each) => each.id);
const state = new State({ year: years.at(-1) ?? "", unit: "", stage: "", indicator: "", state: "" });
const STATES = [["failing", ["✗ 超过上限", "✗ above the limit"]], ["within", ["✓ 在上限以内", "✓ within"]]];
const CELLS = Object.keys(data.stages).filter((stage) => data.rows.some((row) => row.stage === stage))
  .flatMap((stage) => Object.keys(data.indicators).map((indicator) => [stage, indicator]));

function mark(isGood, good, bad) {
  return element("span", { class: `chip s-${isGood ? "met" : "behind"}` },
    element("span", { class: "sign", "aria-hidden": "true" }, isGood ? "✓" : "✗"), said(isGood ? good : bad));
}

function showMatrix(year) {
  const rows = data.rows.filter((row) => row.collection === year);
  byId("matrix").tHead.replaceChildren(...matrixHead(rows));
  byId("matrix").tBodies[0].replaceChildren(...data.readiness.filter((row) => row.collection === year).map((ready) => matrixRow(ready, rows)));
}

function matrixHead(rows) {
  const limit = (stage) => rows.find((row) => row.stage === stage)?.cv_limit ?? NOTHING;
  const stages = [...new Set(CELLS.map(([stage]) => stage))];
  const wide = stages.map((stage) => element("th", { scope: "colgroup", colspan: Object.keys(data.indicators).length },
    said(data.stages[stage]), small(said([`上限 ${limit(stage)}`, `limit ${limit(stage)}`]))));
  const whole = (text) => element("th", { scope: "col", rowspan: 2 }, said(text));
  return [
    element("tr", {}, whole(["地区", "Area"]), wide, whole(["差异系数达标", "Within"]), whole(["综合达标校段", "Sections passing"]), whole(["是否达到", "Ready"])),
    element("tr", {}, CELLS.map(([, indicator]) => element("th", { scope: "col" }, said(data.indicators[indicator])))),
  ];
}

function matrixRow(ready, rows) {
  const cells = CELLS.map(([stage, indicator]) => matrixCell(rows.find((row) => row.unit === ready.unit && row.stage === stage && row.indicator === indicator)));
  return element("tr", {}, element("th", { scope: "row" }, element("a", { href: state.hash({ unit: ready.unit, stage: "", indicator: "" }) }, said(data.units[ready.unit]))), cells,
    element("td", { class: "number" }, `${ready.within} / 14`), element("td", { class: "number" }, `${ready.passing} / ${ready.sections}`),
    element("td", {}, mark(ready.ready, ["达到", "ready"], ["未达到", "not ready"])));
}

/** Unit, stage and indicator of a row. */
function wordsOf(row) {
  return [data.units[row.unit], data.stages[row.stage], data.indicators[row.indicator]].map(said);
}

function matrixRows() {
  const rows = data.rows.filter((row) => row.collection === state.values.year);
  const find = (unit, [stage, indicator]) => rows.find((row) => row.unit === unit && row.stage === stage && row.indicator === indicator);
  const indicators = CELLS.map(([stage, indicator]) => `${said(data.stages[stage])} ${said(data.indicators[indicator])}`);
  const counts = [["差异系数达标", "Within"], ["达标校段", "Sections passing"], ["校段", "Sections"]].map(said);
  const units = data.readiness.filter((row) => row.collection === state.values.year);
  return [[said(["地区", "Area"]), ...indicators, ...counts], ...units.map((ready) => [
    said(data.units[ready.unit]), ...CELLS.map((cell) => find(ready.unit, cell)?.cv), ready.within, ready.passing, ready.sections,
  ])];
}

function indicatorRows() {
  const head = [
    ["地区", "Area"], ["学段", "Stage"], ["指标", "Indicator"], ["均值", "Mean"], ["达标线", "Line"], ["达标校段", "Sections on the line"],
    ["校段", "Sections"], ["差异系数", "Coefficient"], ["上限", "Limit"],
  ].map(said);
  return [head, ...chosen().map((row) => [
    ...wordsOf(row), row.mean, row.line, row.meeting, row.sections, row.cv, row.cv_limit,
  ])];
}

/** A coefficient, with a bar of how much of its limit it uses up; it leads to its schools. */
function matrixCell(row) {
  if (!row) return element("td", {}, NOTHING);
  const part = Math.min((row.cv_number ?? 0) / row.cv_limit, 1.5) / 1.5;
  const verdict = said(row.is_within ? ["，在上限以内", ", within"] : ["，超过上限", ", above the limit"]);
  const label = `${wordsOf(row).join(COMMA)}${COLON}${row.cv}${verdict}`;
  return element("td", { class: row.is_within ? "within" : "failing" },
    element("a", { href: state.hash({ unit: row.unit, stage: row.stage, indicator: row.indicator }), "aria-label": label },
      element("span", { "aria-hidden": "true" }, row.is_within ? "" : "✗ "), row.cv),
    element("span", { class: "level", style: `width:${(part * 100).toFixed(0)}%` }));
}

const folds = new Folds(() => indicatorsTable, (row) => `${row.unit} ${row.stage}`, () => {
  const { unit, stage, indicator, state: within } = state.values;
  return unit || stage || indicator || within;
});
const indicatorsTable = sortable("indicators", [
  column((row) => said(data.units[row.unit]), (row) => row.unit, { className: "name" }),
  column((row) => said(data.stages[row.stage]), (row) => row.stage),
  column(indicatorCell, (row) => data.indicators[row.indicator][0], { className: "indicator" }),
  column(meanCell, (row) => Number(row.mean.replaceAll(",", "")) / Number(row.line.replaceAll(",", "")), { className: "number" }),
  column((row) => row.line, null, { className: "number" }),
  column((row) => `${row.meeting} / ${row.sections}`, (row) => row.meeting / (row.sections || 1), { className: "number" }),
  column(coefficientCell, (row) => row.cv_number, { className: "number" }),
  column(schoolsCell, null, { className: "schools" }),
], {
  rowGroup: { dataSrc: (row) => `${row.unit} ${row.stage}`, startRender: (rows) => groupHeading(rows.data()[0]) },
});
indicatorsTable.on("order", () => {
  const isGrouped = indicatorsTable.order().length === 0;
  indicatorsTable.rowGroup().enable(isGrouped);
  indicatorsTable.columns([0, 1]).visible(!isGrouped, false);
});
indicatorsTable.columns([0, 1]).visible(false, false);

function groupHeading(row) {
  return folds.heading(`${row.unit} ${row.stage}`, `${said(data.units[row.unit])}${COMMA}${said(data.stages[row.stage])}`);
}

function indicatorCell(row) {
  return element("div", {}, said(data.indicators[row.indicator]), small(said(row.measured)));
}

function meanCell(row) {
  const sign = row.is_on_line ? ["✓", ["达标", "on the line"]] : ["✗", ["未达标", "below the line"]];
  return element("div", {}, element("span", { "aria-hidden": "true" }, `${sign[0]} `), hidden(`${said(sign[1])} `), element("span", { class: "figure" }, row.mean));
}

function coefficientCell(row) {
  return element("div", {}, mark(row.is_within, row.cv, row.cv), small(said([`上限 ${row.cv_limit}`, `limit ${row.cv_limit}`])));
}

function schoolsCell(row) {
  const lists = [
    [["拉大差异的学校", "Schools that drive the coefficient"], row.causes.map(cause)],
    [["不到达标线的 85%", "Below 85 % of the line"], row.far_below.map(below)],
    [["低于达标线但达到 85%", "Below the line, at 85 % or more"], row.below.map(below)],
  ].filter(([, items]) => items.length);
  return lists.length ? element("div", {}, lists.map(([title, items]) => opened(title, items))) : NOTHING;
}

function opened(title, items) {
  return element("details", {}, element("summary", {}, said(title), ` ${items.length}`), element("ol", {}, items));
}

function cause(school) {
  return element("li", {}, element("strong", {}, school.share), ` ${school.school} `,
    small(said(school.side), `${COMMA}${school.value}${COMMA}`, said([`${school.pupils} 名学生`, `${school.pupils} pupils`])));
}

function below([school, value]) {
  return element("li", {}, `${school} `, element("span", { class: "figure" }, value));
}

function chosen() {
  const { year, unit, stage, indicator, state: within } = state.values;
  return data.rows.filter((row) => row.collection === year
    && (!unit || row.unit === unit)
    && (!stage || row.stage === stage)
    && (!indicator || row.indicator === indicator)
    && (!within || row.is_within === (within === "within")));
}

function showAll() {
  const { year } = state.values;
  show(form, state);
  printed(form);
  showDates(year);
  showMatrix(year);
  const rows = chosen();
  byId("shown").textContent = said([`显示 ${rows.length} 项`, `${rows.length} shown`]);
  refill(indicatorsTable, rows);
  folds.apply();
}

const all = said(["全部", "All"]);
fill(form.elements.year, data.collections.map((each) => [each.id, [each.zh, each.id]]));
fill(form.elements.unit, Object.entries(data.units).filter(([code]) => data.readiness.some((row) => row.unit === code)), all);
fill(form.elements.stage, Object.entries(data.stages), all);
fill(form.elements.indicator, Object.entries(data.indicators), all);
fill(form.elements.state, STATES, all);
offerDownloads({ matrix: matrixRows, indicators: indicatorRows });

followForm(form, state, showAll);
byId("matrix").addEventListener("click", (event) => {
  const followed = event.target.closest("a");
  if (!followed || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", followed.hash);
  state.read();
  showAll();
  if (state.values.indicator) document.querySelectorAll("#indicators details").forEach((each) => { each.open = true; });
  byId("h-indicators").focus();
});
showAll();
