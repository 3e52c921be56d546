// The index: its state and filters, the counts by status and project, who is waited for, and what happens on a click.

const PROJECT = Object.fromEntries(data.projects.map((project) => [project.no, project]));
const form = document.querySelector("form");
const state = new State({
  year: data.latest, area: data.city, project: "", tier: "", status: "", department: "", q: "", metric: "",
});

for (const metric of data.metrics) {
  const project = PROJECT[metric.project];
  const words = [metric.id, metric.target_id, metric.zh, metric.en, metric.quote, metric.responsible, project.zh, project.en];
  metric.text = [...words, ...metric.departments].join(" ").toLowerCase();
}

/** A row of the chosen area and year, or of others. */
function rowOf(metric, area = state.values.area, year = state.values.year) {
  return figuresOf(metric, area, year);
}

function chosen() {
  const { project, tier, status, department, q } = state.values;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return data.metrics.filter((metric) => {
    const row = rowOf(metric.id);
    return row
      && (!project || metric.project === project)
      && (!tier || metric.tier === tier)
      && (!status || row.status === status)
      && (!department || metric.departments.includes(department))
      && words.every((word) => metric.text.includes(word));
  });
}

function link(metric, text, year = state.values.year) {
  return element("a", { href: state.hash({ metric: metric.id, year }), "data-metric": metric.id, "data-year": year }, text);
}

function counts(metrics) {
  const found = Object.fromEntries(data.statuses.map((status) => [status.code, 0]));
  for (const metric of metrics) found[rowOf(metric.id).status] += 1;
  return found;
}

function showOverview() {
  const { area, year } = state.values;
  showDates(year);
  showStory(area, year);
  const all = data.metrics.filter((metric) => rowOf(metric.id));
  const found = counts(all);
  byId("tiles").replaceChildren(...data.statuses.filter((status) => found[status.code]).map((status) => statusTile(status, found[status.code])));
  showProjects(all);
}

function statusTile(status, count) {
  const isPressed = String(state.values.status === status.code);
  return element("li", {}, element("button", { type: "button", class: `s-${status.code}`, "aria-pressed": isPressed, "data-status": status.code },
    element("span", { class: "big" }, String(count)),
    element("span", {}, element("span", { class: "sign", "aria-hidden": "true" }, status.sign), named(status))));
}

function showProjects(all) {
  const used = data.statuses.filter((status) => all.some((metric) => rowOf(metric.id).status === status.code));
  const table = byId("projects");
  const heading = (...children) => element("th", { scope: "col" }, children);
  table.tHead.replaceChildren(element("tr", {}, heading(said(["工程", "Project"])), heading(said(["构成", "Share"])),
    ...used.map((status) => heading(element("span", { "aria-hidden": "true" }, `${status.sign} `), named(status)))));
  table.tBodies[0].replaceChildren(...data.projects.map((project) => projectRow(project, used, all)).filter(Boolean));
}

function projectRow(project, used, all) {
  const mine = all.filter((metric) => metric.project === project.no);
  if (!mine.length) return null;
  const found = counts(mine);
  const bar = used.filter((status) => found[status.code]).map((status) => element("span", { class: `s-${status.code}`, style: `flex-grow:${found[status.code]}` }, status.sign));
  return element("tr", {},
    element("th", { scope: "row" }, element("a", { href: state.hash({ project: project.no, status: "" }) }, named(project))),
    element("td", {}, element("div", { class: "bar", "aria-hidden": "true" }, bar)),
    ...used.map((status) => projectCount(project, status, found[status.code])));
}

function projectCount(project, status, count) {
  if (!count) return element("td", { class: "zero" }, "0");
  const label = `${named(project)}${COMMA}${named(status)}${COLON}${count}`;
  return element("td", {}, element("a", { href: state.hash({ project: project.no, status: status.code }), "aria-label": label }, String(count)));
}

function showWaiting() {
  const { year, area } = state.values;
  const waiting = data.waiting[year].filter((each) => area === data.city || each.unit === area);
  const provisional = data.metrics.filter((metric) => { const row = rowOf(metric.id); return row && isProvisional(row); });
  byId("waiting-lead").textContent = said([`${provisional.length} 项指标的值还是暂定的。`, `${provisional.length} values are provisional.`]);
  byId("waiting").hidden = !waiting.length;
  byId("waiting").tBodies[0].replaceChildren(...waiting.map(waitingRow));
}

function waitingRow(each) {
  const name = each.unit === data.city ? said(AREA[each.unit].municipal) : named(AREA[each.unit]);
  const list = (texts) => (texts.length ? element("ul", {}, texts.map((text) => element("li", {}, said(text)))) : NOTHING);
  const metrics = each.metrics.map((id) => element("li", {}, link(METRIC[id], named(METRIC[id]))));
  const opened = element("details", {}, element("summary", {}, said([`${metrics.length} 项`, `${metrics.length} metrics`])), element("ul", {}, metrics));
  const row = element("tr", {}, element("th", { scope: "row" }, name),
    [list(each.forms), list(each.schools), metrics.length ? opened : NOTHING].map((shown) => element("td", {}, shown)));
  [...row.cells].forEach((cell, i) => label(cell, titlesOf("waiting")[i]));
  return row;
}

function showAll() {
  show(form, state);
  printed(form);
  showOverview();
  showChanges(state.values.area);
  showMetrics();
  showWaiting();
  showDetail();
}

function setUp() {
  const all = said(["全部", "All"]);
  fill(form.elements.year, data.collections.map((each) => [each.id, [each.zh, each.id]]));
  fill(form.elements.area, data.areas.map((area) => [area.code, [area.zh, area.en]]));
  fill(form.elements.project, data.projects.map((project) => [project.no, [project.zh, project.en]]), all);
  fill(form.elements.tier, Object.entries(data.tiers).map(([code, text]) => [code, `${code} ${said(text)}`]), all);
  fill(form.elements.status, data.statuses.map((status) => [status.code, `${status.sign} ${named(status)}`]), all);
  fill(form.elements.department, data.departments.map((name) => [name, name]), all);
  byId("legend").replaceChildren(...data.statuses.map((status) => element("li", {}, chip(status.code))));
  for (const each of document.querySelectorAll("details.wide-open")) each.open = matchMedia("(min-width: 48rem)").matches;
  offerDownloads({
    gaps: () => gapRows(state.values.area, state.values.year), "tile-map": () => mapRows(state.values.year), "changes-body": () => changeRows(state.values.area),
    metrics: metricRows,
  });
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
  const { metric, year } = opened.dataset;
  const isOtherYear = year !== state.values.year;
  state.change({ metric, year }, true);
  if (isOtherYear) showAll();
  else showDetail();
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
byId("close").addEventListener("click", () => byId("detail").close());
byId("detail").addEventListener("close", () => {
  if (state.values.metric) state.change({ metric: "" });
});

setUp();
showAll();
