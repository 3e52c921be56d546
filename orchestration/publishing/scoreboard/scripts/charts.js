// Small drawings: how far a value is from its target, and how it went over the years.

const INK = { line: "#1d4f7c", soft: "#5b6873", faint: "#cfd6dd", track: "#e6eaee", met: "#1f7a4d", behind: "#b8392e", provisional: "#b98900" };

/** How far it is: baseline, now and target on one line, better always to the right. */
function distanceBar(metric, row) {
  const [now, target] = [row.number, row.target_number];
  if (now === null || target === null) return null;
  const start = row.baseline_number ?? 0;
  const numbers = [start, now, target];
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const place = (number) => {
    const part = high === low ? 1 : (number - low) / (high - low);
    return `${(3 + 94 * (metric.is_down ? 1 - part : part)).toFixed(1)}%`;
  };
  const colour = INK[settled(row)] ?? INK.line;
  const y = 9;
  return svg("svg", { class: "distance", width: "100%", height: 18, role: "img", "aria-label": spokenDistance(row) },
    svg("line", { x1: "3%", x2: "97%", y1: y, y2: y, stroke: INK.track, "stroke-width": 6, "stroke-linecap": "round" }),
    svg("line", { x1: place(start), x2: place(now), y1: y, y2: y, stroke: colour, "stroke-width": 6, "stroke-opacity": 0.45 }),
    row.baseline_number === null ? null : svg("line", { x1: place(start), x2: place(start), y1: 4, y2: 14, stroke: INK.soft, "stroke-width": 2 }),
    svg("line", { x1: place(target), x2: place(target), y1: 0, y2: 18, stroke: "#16222d", "stroke-width": 3 }),
    svg("circle", { cx: place(now), cy: y, r: 5.5, fill: colour, stroke: "#fff", "stroke-width": 1.5 }));
}

function spokenDistance(row) {
  const parts = [[["基期", "baseline"], row.baseline], [["现在", "now"], row.value], [["目标", "target"], row.target]];
  return parts.filter(([, text]) => said(text) !== NOTHING).map(([name, text]) => `${said(name)} ${said(text)}`).join(COMMA);
}

/** The status of a row; of a provisional one the status that it would have were it final. */
function settled(row) {
  return row.status === "provisional" ? row.if_final : row.status;
}

/** Points of a line; years without a value leave a gap. */
function path(numbers, x, y) {
  let isDrawing = false;
  return numbers.map((number, i) => {
    const step = number === null ? "" : `${isDrawing ? "L" : "M"}${x(i).toFixed(1)} ${y(number).toFixed(1)}`;
    isDrawing = number !== null;
    return step;
  }).join("");
}

function scaleOf(numbers, size, room) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const span = high - low || Math.abs(high) || 1;
  return { low, high, y: (number) => size - room - ((number - low) / span) * (size - 2 * room) };
}

/** A line over the years with others faint behind it, and the target dashed; nothing where there is no number. */
function sparkline(line, others, target, spoken) {
  const [width, height, room] = [112, 34, 5];
  const numbers = [line, ...others].flat().concat(target ?? []).filter((number) => number !== null);
  if (!line.some((number) => number !== null)) return null;
  const { y } = scaleOf(numbers, height, room);
  const x = (i) => room + (i * (width - 2 * room)) / Math.max(line.length - 1, 1);
  const last = line.findLastIndex((number) => number !== null);
  return svg("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken },
    svg("path", { d: others.map((other) => path(other, x, y)).join(""), fill: "none", stroke: INK.faint, "stroke-width": 1.2 }),
    target === null ? null : svg("line", { x1: 0, x2: width, y1: y(target), y2: y(target), stroke: INK.soft, "stroke-width": 1, "stroke-dasharray": "2 3" }),
    svg("path", { d: path(line, x, y), fill: "none", stroke: INK.line, "stroke-width": 2 }),
    svg("circle", { class: "point", cx: x(last), cy: y(line[last]), r: 3, fill: INK.line }));
}

/** A chart with years below and figures beside it: the first line is the one it is about. */
function lineChart(lines, target, years, write, spoken) {
  const [width, height, left, right, top, bottom] = [640, 220, 58, 30, 14, 30];
  const numbers = lines.flatMap((line) => line.numbers).concat(target ?? []).filter((number) => number !== null);
  if (!numbers.length) return null;
  const { low, high, y } = scaleOf(numbers, height - bottom - top, 12);
  const x = (i) => left + 20 + (i * (width - left - right - 40)) / Math.max(years.length - 1, 1);
  const down = (number) => top + y(number);
  const words = (at, text, anchor) => svg("text", { ...at, "text-anchor": anchor, "font-size": 12, fill: INK.soft }, text);
  const marks = high === low ? [low] : [low, (low + high) / 2, high];
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": spoken },
    marks.map((mark) => [svg("line", { x1: left, x2: width - right, y1: down(mark), y2: down(mark), stroke: INK.track }), words({ x: left - 8, y: down(mark) + 4 }, write(mark), "end")]),
    years.map((year, i) => words({ x: x(i), y: height - 8 }, year, "middle")),
    target === null ? null : svg("line", { x1: left, x2: width - right, y1: down(target), y2: down(target), stroke: INK.soft, "stroke-width": 1.5, "stroke-dasharray": "3 4" }),
    [...lines].reverse().map((line) => drawnLine(line, x, down)));
}

function drawnLine({ numbers, colour, dash }, x, y) {
  return svg("g", { fill: "none", stroke: colour, "stroke-width": 2.5 },
    svg("path", { d: path(numbers, x, y), "stroke-dasharray": dash }),
    numbers.map((number, i) => (number === null ? null : svg("circle", { class: "point", cx: x(i), cy: y(number), r: 3.5, fill: colour }))));
}
