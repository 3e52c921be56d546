// The balance page: readiness by county, and the seven indicators with the schools behind what fails.

const form = document.querySelector("form");
const years = data.collections.map((each) => each.id);
const state = new State({ year: years.at(-1) ?? "", unit: "", stage: "", indicator: "", state: "" });
const STATES = [["failing", "✗ 超过上限 above the limit"], ["within", "✓ 在上限以内 within"]];

function mark(isGood, good, bad) {
  return element("span", { class: `chip s-${isGood ? "met" : "behind"}` },
    element("span", { class: "sign", "aria-hidden": "true" }, isGood ? "✓" : "✗"), both(isGood ? good : bad));
}

function unitCell(row) {
  return element("div", {}, both(data.units[row.unit]));
}

const readinessTable = sortable("readiness", [
  column(unitCell, (row) => row.unit, { className: "name" }),
  column((row) => mark(row.ready, ["达到", "ready"], ["未达到", "not ready"]), (row) => Number(row.ready)),
  column((row) => `${row.passing} / ${row.sections}`, (row) => row.passing / (row.sections || 1), { className: "number" }),
  column((row) => `${row.within} / 14`, (row) => row.within, { className: "number" }),
]);

const indicatorsTable = sortable("indicators", [
  column(unitCell, (row) => row.unit, { className: "name" }),
  column((row) => element("div", {}, both(data.stages[row.stage])), (row) => row.stage),
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
  const [unit, stage] = [data.units[row.unit], data.stages[row.stage]];
  return element("span", {}, both([`${unit[0]}，${stage[0]}`, `${unit[1]}, ${stage[1]}`]));
}

function indicatorCell(row) {
  return element("div", {}, both(data.indicators[row.indicator]), element("span", { class: "coverage" }, both(row.measured)));
}

function meanCell(row) {
  const sign = row.is_on_line ? ["✓", "达标 on the line"] : ["✗", "未达标 below the line"];
  return element("div", {}, element("span", { "aria-hidden": "true" }, `${sign[0]} `), hidden(`${sign[1]} `), element("span", { class: "figure" }, row.mean));
}

function coefficientCell(row) {
  return element("div", {}, mark(row.is_within, row.cv, row.cv), element("span", { class: "coverage" }, both([`上限 ${row.cv_limit}`, `limit ${row.cv_limit}`])));
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
  return element("details", {}, element("summary", {}, both(title), ` ${items.length}`), element("ol", {}, items));
}

function cause(school) {
  return element("li", {}, element("strong", {}, school.share), ` ${school.school} `,
    element("span", { class: "coverage" }, both(school.side), `，${school.value}，`, both([`${school.pupils} 名学生`, `${school.pupils} pupils`])));
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
  show(form, state);
  printed(form);
  const rows = chosen();
  document.getElementById("shown").replaceChildren(...both([`显示 ${rows.length} 项`, `${rows.length} shown`]));
  refill(indicatorsTable, rows);
  refill(readinessTable, data.readiness.filter((row) => row.collection === state.values.year && (!state.values.unit || row.unit === state.values.unit)));
}

fill(form.elements.year, data.collections.map((each) => [each.id, [each.zh, each.id]]));
fill(form.elements.unit, Object.entries(data.units).filter(([code]) => data.readiness.some((row) => row.unit === code)), "全部 All");
fill(form.elements.stage, Object.entries(data.stages), "全部 All");
fill(form.elements.indicator, Object.entries(data.indicators), "全部 All");
fill(form.elements.state, STATES, "全部 All");

followForm(form, state, showAll);
window.addEventListener("popstate", () => { state.read(); showAll(); });
showAll();
