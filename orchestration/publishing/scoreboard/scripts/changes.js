// What changed since the release before: newly met, no longer counted as met, then the rest folded.

const KINDS = {
  met: ["新达标", "Newly met"],
  lost: ["不再计为达标", "No longer counted as met"],
  status: ["状态变化", "Other changes of status"],
  value: ["数值变化", "Changes of value only"],
};
const FIRST_AREAS = 3;
const FIRST_ITEMS = 8;

/** The changes of an area that the page lists; the city has those of every area. */
function changesIn(area) {
  return data.changes.rows.filter((row) => area === data.city || row.area === area);
}

/** How many changes of each kind an area has, listed or not. */
function changeCounts(area) {
  return { met: 0, lost: 0, status: 0, value: 0, ...data.changes.counts[area] };
}

function showChanges(area) {
  const [rows, counts] = [changesIn(area), changeCounts(area)];
  byId("changes-lead").textContent = changesLead(counts, area === data.city);
  const isAnyJudged = counts.met + counts.lost > 0;
  const told = Object.keys(KINDS).map((kind) => changesOf(kind, counts[kind], rows.filter((row) => row.kind === kind), isAnyJudged));
  byId("changes-body").replaceChildren(...told.filter(Boolean));
}

function changesLead(counts, isCity) {
  const told = Object.entries(KINDS).filter(([kind]) => counts[kind]).map(([kind, name]) => `${said(name)} ${counts[kind]}`);
  if (!told.length) return said(["与上一版相比，指标的值和状态没有变化（第一版没有可比的）。",
    "No value and no status differs from the release before (a first release has none before it)."]);
  const lead = isCity
    ? ["与上一版相比，各地各学年合计：", "Against the release before, over all areas and years: "]
    : ["与上一版相比，本地区各学年合计：", "Against the release before, in this area over all years: "];
  return said(lead) + told.join(COMMA) + said(["。", "."]);
}

/** Changes of one kind; what neither meets nor loses a target is folded where others do. */
function changesOf(kind, count, rows, isAnyJudged) {
  if (!count) return null;
  const causes = [...new Set(rows.map((row) => said(row.cause ?? "")))];
  const groups = grouped(rows, (row) => `${row.metric} ${row.collection} ${said(row.cause ?? "")}`);
  const items = groups.map((group) => changeItem(group, causes.length > 1));
  const shown = [
    causes.length === 1 && causes[0] ? causeOf(causes[0]) : null,
    items.length ? element("ul", { class: "changes" }, items.splice(0, FIRST_ITEMS)) : null,
    items.length
      ? element("details", {}, element("summary", {}, said([`另 ${items.length} 项`, `${items.length} more`])), element("ul", { class: "changes" }, items))
      : null,
    count > rows.length ? element("p", { class: "about" }, untold(count - rows.length)) : null,
  ];
  const title = `${said(KINDS[kind])} ${count}`;
  if (kind === "met" || kind === "lost") return element("div", { class: `kind-${kind}` }, element("h3", {}, title), shown);
  return element("details", { open: !isAnyJudged && "" }, element("summary", {}, title), shown);
}

function untold(count) {
  return said([`另有 ${count} 处，见数据表 metrics.revisions。`, `${count} more are in the table metrics.revisions.`]);
}

function causeOf(cause) {
  return element("p", { class: "cause" }, said(["原因：", "Cause: "]), cause);
}

/** Changes of one metric in one year that have the same cause. */
function changeItem(rows, withCause) {
  const [first] = rows;
  const metric = METRIC[first.metric];
  const areas = rows.map((row) => element("li", {}, element("strong", {}, named(AREA[row.area])), ` ${said(row.old)} → ${said(row.new)}`, statusStep(row)));
  const rest = areas.splice(FIRST_AREAS);
  return element("li", {},
    element("span", { class: "name" }, link(metric, named(metric), first.collection), small(said([YEAR[first.collection].zh, first.collection]))),
    element("div", {}, element("ul", { class: "areas" }, areas),
      rest.length ? element("details", {}, element("summary", {}, said([`另 ${rest.length} 个地区`, `${rest.length} more areas`])), element("ul", { class: "areas" }, rest)) : null),
    withCause ? causeOf(said(first.cause)) : null);
}

function statusStep(row) {
  if (row.kind === "value") return null;
  const name = (code) => (code ? named(STATUS[code]) : NOTHING);
  return small(said([`（${name(row.old_status)} → ${name(row.status)}）`, ` (${name(row.old_status)} → ${name(row.status)})`]));
}

function changeRows(area) {
  const head = [
    ["变化", "Change"], ["指标", "Metric"], ["学年", "Year"], ["地区", "Area"], ["原值", "Old"], ["新值", "New"],
    ["原状态", "Old status"], ["新状态", "New status"], ["原因", "Cause"],
  ].map(said);
  const name = (code) => (code ? named(STATUS[code]) : "");
  return [head, ...changesIn(area).map((row) => [
    said(KINDS[row.kind]), named(METRIC[row.metric]), row.collection, named(AREA[row.area]), said(row.old), said(row.new),
    name(row.old_status), name(row.status), said(row.cause ?? ""),
  ])];
}
