// One metric in detail: its figures, what it waits for, the questions about it, the plan's words, and how areas compare.

function showDetail() {
  const metric = METRIC[state.values.metric];
  const dialog = byId("detail");
  if (!metric) {
    if (dialog.open) dialog.close();
    return;
  }
  byId("h-detail").textContent = named(metric);
  byId("detail-body").replaceChildren(...detail(metric).filter(Boolean));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  byId("h-detail").focus();
}

function detail(metric) {
  const { area, year } = state.values;
  const row = rowOf(metric.id) ?? rowOf(metric.id, data.city);
  const shownArea = rowOf(metric.id) ? area : data.city;
  return [
    element("p", { class: "about" }, named(PROJECT[metric.project]), ` · ${named(AREA[shownArea])}${COMMA}${said([YEAR[year].zh, year])}`),
    distanceBar(metric, row),
    facts(metric, row),
    reasons(row),
    questions(metric, row, shownArea),
    element("h3", {}, said(["规划原文", "The plan's own words"])),
    element("blockquote", { lang: "zh-CN" }, metric.quote),
    ...bigChart(metric, shownArea),
    ...yearByYear(metric, shownArea),
    ...comparison(metric),
    element("h3", {}, said(["口径", "Definition"])),
    definition(metric),
  ];
}

/** A heading with the buttons for what stands below it. */
function offered(title, shown) {
  return [element("h3", {}, said(title), " ", downloads(shown, said(title))), shown];
}

function facts(metric, row) {
  const isPastDue = metric.due && daysUntil(metric.due) < 0;
  const listed = [
    [["值", "Value"], valueCell(metric, row)],
    [["状态", "Status"], statusCell(row)],
    [["目标", "Target"], said(row.target)],
    [["差距", "Gap"], gapCell(row)],
    [["每年需", "Required a year"], isPastDue ? null : said(row.per_year)],
    [["预计到期", "Projected when due"], projectedCell(row)],
    [["期限", "Due"], dated(metric.due)],
    [["名次", "Rank"], row.rank ? rankCell(row) : null],
  ].filter(([, shown]) => shown);
  return element("dl", { class: "facts" }, listed.map(([name, shown]) => element("div", {}, element("dt", {}, said(name)), element("dd", {}, shown))));
}

function reasons(row) {
  if (!row.reasons.length) return null;
  const title = isProvisional(row) ? ["为什么暂定", "Why it is provisional"] : ["缺什么", "What is missing"];
  return element("div", { class: "reasons" }, element("h3", {}, said(title)),
    element("ul", {}, row.reasons.map((i) => element("li", {}, said(data.reasons[i])))));
}

/** What counties are asked about what the value rests on; of one kind the first, with how many there are. */
function questions(metric, row, area) {
  if (!row.queries) return null;
  const concerns = (each) => (!each.form || metric.form_codes.includes(each.form))
    && (!each.column || !metric.columns[each.form] || metric.columns[each.form].includes(each.column));
  const ofUnits = Object.entries(data.questions[state.values.year] ?? {}).filter(([unit]) => area === data.city || unit === area || metric.is_told_for_all);
  const found = ofUnits.flatMap(([unit, asked]) => asked.filter(concerns).map((each) => [unit, each]));
  const name = (unit) => (unit === data.city ? said(AREA[unit].municipal) : named(AREA[unit]));
  const many = (each) => (each.count > 1 ? said([`（同类共 ${each.count} 处）`, ` (${each.count} of this kind)`]) : "");
  const form = (each) => each.form_zh ?? said(["整份文件", "the whole document"]);
  const items = found.map(([unit, each]) => element("li", {}, `${name(unit)}${COMMA}${form(each)}${COLON}`, element("span", { lang: "zh-CN" }, each.text), many(each)));
  return element("div", { class: "reasons asked-about" },
    element("h3", {}, said(["待核实：等报送单位说明", "To verify: questions that wait for an answer"])), element("ul", {}, items));
}

function bigChart(metric, area) {
  const areas = area === data.city ? [area] : [area, data.city];
  const lines = areas.map((each, i) => ({ numbers: series(metric, each), colour: i ? INK.provisional : INK.line, dash: i ? "6 3" : undefined }));
  const target = rowOf(metric.id, area).target_number;
  const write = (number) => (metric.is_share ? `${Math.round(number * 1000) / 10}%` : (Math.round(number * 100) / 100).toLocaleString("en"));
  const words = areas.map((each) => `${named(AREA[each])}${COLON}${spoken(metric, each)}`).join(said(["；", "; "]));
  const drawn = lineChart(lines, target, data.collections.map((each) => said([each.zh, each.id])), write, words);
  if (!drawn) return [];
  const keys = areas.map((each, i) => element("li", { class: `key-${i}` }, named(AREA[each])));
  const aim = target === null ? [] : [element("li", { class: "key-target" }, said(["目标", "target"]))];
  const figure = element("figure", {}, drawn, element("ul", { class: "keys" }, keys, aim));
  const rows = () => [
    [said(["学年", "Year"]), ...areas.map((each) => named(AREA[each]))],
    ...data.collections.map((each) => [each.id, ...areas.map((code) => rowOf(metric.id, code, each.id)?.number ?? "")]),
  ];
  const title = ["走势", "Trend"];
  return [element("h3", {}, said(title), " ", downloads(figure, said(title), rows)), figure];
}

function yearByYear(metric, area) {
  const rows = data.collections.map((each) => [said([each.zh, each.id]), rowOf(metric.id, area, each.id)]).filter(([, row]) => row);
  const title = ["历年", "Year by year"];
  return offered(title, table(title, [["学年", "Year"], ["分子", "Numerator"], ["分母", "Denominator"], ["值", "Value"], ["变化", "Change"], ["状态", "Status"]],
    rows.map(([name, row]) => [name, row.numerator, row.denominator, said(row.value), rowChange(row) ?? NOTHING, chip(row.status)])));
}

/** Every county with its own line before the city's. */
function comparison(metric) {
  const units = UNITS.filter((unit) => rowOf(metric.id, unit.code));
  if (!units.length) return [];
  const rows = units.map((unit) => [unit, rowOf(metric.id, unit.code)]).sort(([, a], [, b]) => (a.rank?.[0] ?? 99) - (b.rank?.[0] ?? 99));
  const isRanked = rows.some(([, row]) => row.rank);
  const title = ["各县（市、区）", "Counties"];
  const names = [["地区", "Area"], ["值", "Value"], ["走势", "Trend"], ["状态", "Status"], ["差距", "Gap"], ...(isRanked ? [["名次", "Rank"]] : [])];
  return offered(title, table(title, names, rows.map(([unit, row]) => [
    element("a", { href: state.hash({ area: unit.code }) }, shortName(unit)),
    valueCell(metric, row), trend(metric, unit.code, [data.city]), statusCell(row), gapCell(row), ...(isRanked ? [rankCell(row)] : [])])));
}

function definition(metric) {
  const chinese = (text) => text && element("span", { lang: "zh-CN" }, text);
  const listed = [
    [["算法", "How it is counted"], said(metric.definition)],
    [["说明", "Assumption"], metric.assumption && element("span", { lang: "en" }, metric.assumption)],
    [["类型", "Kind"], said(metric.kind)],
    [["全市汇总", "City's row"], said(metric.city_rule)],
    [["取数方式", "Method"], said(metric.method)],
    [["数据来源", "Source"], metric.forms.length && element("ul", {}, metric.forms.map((name) => element("li", {}, said(name))))],
    [["牵头部门", "Lead"], chinese(metric.departments.join("、"))],
    [["责任单位", "Responsible"], chinese(metric.responsible)],
    [["代码", "Code"], `${metric.id}（${metric.target_id}）`],
  ].filter(([, shown]) => shown);
  return element("dl", { class: "definition" }, listed.flatMap(([name, shown]) => [element("dt", {}, said(name)), element("dd", {}, shown)]));
}
