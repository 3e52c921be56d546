// The brief for a meeting: one area on one sheet of paper.

const form = document.querySelector("form");
const state = new State({ area: data.city, metric: "" });
const MOST_CHANGES = 4;

/** On paper a metric is a name; on the screen it leads to its figures in the area of the brief. */
function link(metric, text) {
  const place = new URLSearchParams({ area: state.values.area, metric: metric.id });
  return element("a", { href: `index.html${location.search}#${place}` }, text);
}

function showAll() {
  show(form, state);
  const { area } = state.values;
  showDates(data.latest);
  showStory(area, data.latest);
  showNews(area);
  showWaiting(area);
}

function showNews(area) {
  const [rows, { met, lost }] = [changesIn(area), changeCounts(area)];
  const groups = grouped(rows, (row) => `${row.kind} ${row.metric} ${row.collection}`);
  const left = Math.max(groups.length - MOST_CHANGES, 0) + met + lost - rows.length;
  byId("changes-lead").textContent = met + lost ? "" : said(["与上一版相比，没有新达标和不再计为达标的。", "Nothing is newly met or no longer counted as met."]);
  byId("changes-body").replaceChildren(element("ul", {}, groups.slice(0, MOST_CHANGES).map(newsItem)),
    left > 0 ? small(said([`另有 ${left} 项，见“全部指标”。`, `${left} more under “All metrics”.`])) : "");
}

function newsItem(rows) {
  const [first] = rows;
  const areas = rows.slice(0, 3).map((row) => `${shortName(AREA[row.area])} ${said(row.old)} → ${said(row.new)}`).join(COMMA);
  const more = rows.length > 3 ? said([`等 ${rows.length} 个地区`, ` and others (${rows.length})`]) : "";
  return element("li", {}, element("strong", { class: first.kind === "met" ? "better" : "worse" }, said(KINDS[first.kind])), " ",
    `${named(METRIC[first.metric])}${said([`（${YEAR[first.collection].zh}）：`, ` (${first.collection}): `])}${areas}${more}`);
}

function showWaiting(area) {
  const waiting = data.waiting.filter((each) => each.metrics && (area === data.city || each.unit === area)).sort((a, b) => b.metrics - a.metrics);
  const name = (unit) => (unit === data.city ? said(AREA[unit].municipal) : named(AREA[unit]));
  byId("waiting-section").hidden = !waiting.length;
  byId("waiting-list").replaceChildren(...waiting.map((each) => element("li", {}, element("strong", {}, name(each.unit)), COLON,
    said([`${each.metrics} 项指标等它`, `${each.metrics} metrics wait for it`]),
    each.owed ? said([`，${each.owed} 张报表没有可用数据`, `, nothing usable in ${each.owed} returns`]) : "")));
}

fill(form.elements.area, data.areas.map((area) => [area.code, [area.zh, area.en]]));
offerDownloads({ gaps: () => gapRows(state.values.area, data.latest), "tile-map": () => mapRows(data.latest) });
followForm(form, state, showAll);
byId("print").addEventListener("click", () => window.print());
showAll();
