// The first screen: the sentence, the largest gaps as bars, and the counties as tiles.

function toldOf(area, year) {
  return data.told[year]?.[area];
}

function showStory(area, year) {
  const told = toldOf(area, year);
  byId("h-overview").textContent = `${named(AREA[area])}${COMMA}${said([YEAR[year].zh, year])}`;
  byId("lead").replaceChildren(...(told?.story ?? []).map((sentence) => element("span", {}, emphasised(sentence), " ")));
  showGaps(area, year);
  showMap(area, year);
}

function showGaps(area, year) {
  const metrics = (toldOf(area, year)?.gaps ?? []).map((id) => METRIC[id]);
  byId("gaps").hidden = !metrics.length;
  byId("gap-list").replaceChildren(...metrics.map((metric) => gapItem(metric, figuresOf(metric.id, area, year))));
}

function gapItem(metric, row) {
  return element("li", {},
    element("span", { class: "name" }, link(metric, named(metric)), row.status === "provisional" ? small(said(["暂定", "provisional"])) : null),
    distanceBar(metric, row),
    element("span", { class: "words" }, element("strong", {}, said(row.value)), ` → ${said(row.target)}`),
    element("span", { class: "missing" }, said(["差 ", "missing "]), said(row.gap), " ", rowChange(row)));
}

function gapRows(area, year) {
  const head = [["指标", "Metric"], ["基期", "Baseline"], ["现在", "Now"], ["目标", "Target"], ["差距", "Gap"], ["状态", "Status"]].map(said);
  return [head, ...toldOf(area, year).gaps.map((id) => {
    const row = figuresOf(id, area, year);
    return [named(METRIC[id]), ...[row.baseline, row.value, row.target, row.gap].map(said), named(STATUS[row.status])];
  })];
}

/** Nothing is met or behind in a baseline year, so it has no map. */
function showMap(area, year) {
  byId("map").hidden = !data.areas.some((each) => toldOf(each.code, year)?.met || toldOf(each.code, year)?.behind);
  const places = byId("tile-map");
  const hadFocus = places.contains(document.activeElement);
  const isPlaced = UNITS.every((unit) => unit.place);
  places.classList.toggle("by-place", isPlaced);
  const tiles = data.areas.filter((each) => toldOf(each.code, year)).map((each) => areaTile(each, toldOf(each.code, year), each.code === area, isPlaced));
  places.replaceChildren(...tiles);
  if (hadFocus) places.querySelector("[aria-current]")?.focus();
}

function spokenChange(change) {
  if (!change) return "";
  const count = Math.abs(change);
  return said(change > 0
    ? [`，连同可达的较上学年多 ${count} 项`, `, ${count} more than the year before with what would be met`]
    : [`，连同可达的较上学年少 ${count} 项`, `, ${count} fewer than the year before with what would be met`]);
}

/** An area with what it has met and where it is behind; the bar below has met, would be met, the rest, and behind. */
function areaTile(area, told, isChosen, isPlaced) {
  const [row, col] = area.place ?? [1, 4];
  const rest = told.targets - told.met - told.would - told.behind;
  const parts = [["met", told.met], ["would", told.would], ["rest", rest], ["behind", told.behind]].filter(([, count]) => count > 0);
  const change = told.change ? changeMark(String(Math.abs(told.change)), told.change > 0, told.change > 0) : null;
  const label = `${named(area)}${said([`：已达标 ${told.met} 项，落后 ${told.behind} 项`, `: ${told.met} met, ${told.behind} behind`])}${spokenChange(told.change)}`;
  return element("li", { style: isPlaced ? `grid-area:${row}/${col}` : undefined },
    element("a", { href: state.hash({ area: area.code, metric: "" }), class: `tile ${area.kind}`, "aria-label": label, "aria-current": isChosen ? "true" : undefined },
      element("span", { class: "tile-name" }, shortName(area)),
      element("span", { class: "tile-met" }, element("span", { class: "sign" }, "✓"), element("strong", {}, String(told.met)), change),
      element("span", { class: "tile-behind" }, element("span", { class: "sign" }, "✗"), String(told.behind)),
      element("span", { class: "parts" }, parts.map(([name, count]) => element("span", { class: `part-${name}`, style: `flex-grow:${count}` })))));
}

function mapRows(year) {
  const head = [
    ["地区", "Area"], ["目标", "Targets"], ["已达标", "Met"], ["按现有数据可达", "Met by the data so far"], ["落后", "Behind"],
    ["较上学年（含可达）", "On the year before (with what would be met)"],
  ].map(said);
  return [head, ...data.areas.filter((area) => toldOf(area.code, year)).map((area) => {
    const told = toldOf(area.code, year);
    return [named(area), told.targets, told.met, told.would, told.behind, told.change ?? ""];
  })];
}
