// What both pages share: elements, words in two languages, the state in the address, and tables that sort.

const data = JSON.parse(document.getElementById("data").textContent);
const NOTHING = "—";

/** An element with attributes and children; strings become text, so nothing in the data is ever read as HTML. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Chinese, and English smaller behind it; a plain string reads the same in both. */
function both(text) {
  if (typeof text === "string") return [text];
  const [zh, en] = text;
  return en && en !== zh ? [zh + " ", element("small", { lang: "en" }, en)] : [zh];
}

function plain(text) {
  return typeof text === "string" ? text : `${text[0]} ${text[1]}`;
}

function hidden(text) {
  return element("span", { class: "hidden" }, text);
}

/** Filters live in the part of the address behind the #, so that a link or a bookmark brings them back. */
class State {
  constructor(defaults) {
    this.defaults = defaults;
    this.read();
  }

  read() {
    const given = new URLSearchParams(location.hash.slice(1));
    this.values = {};
    for (const [key, value] of Object.entries(this.defaults)) this.values[key] = given.get(key) ?? value;
  }

  hash(changes = {}) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries({ ...this.values, ...changes })) {
      if (value !== this.defaults[key]) query.set(key, value);
    }
    return `#${query}`;
  }

  change(changes, isStep) {
    const hash = this.hash(changes);
    history[isStep ? "pushState" : "replaceState"](null, "", hash);
    this.read();
  }
}

function fill(select, options, all) {
  const listed = all ? [["", all], ...options] : options;
  select.replaceChildren(...listed.map(([value, text]) => element("option", { value }, plain(text))));
}

/** What a select cannot show is not a filter: a link of another release may name something that is gone. */
function show(form, state) {
  for (const control of form.elements) {
    if (!control.name) continue;
    control.value = state.values[control.name];
    if (control.value !== state.values[control.name]) {
      state.values[control.name] = state.defaults[control.name];
      control.value = state.values[control.name];
    }
  }
}

function printed(form) {
  const set = [...form.elements].filter((control) => control.name && control.value);
  document.getElementById("printed").textContent = set
    .map((c) => `${c.labels[0].firstElementChild.firstChild.textContent.trim()}：${c.selectedOptions?.[0].textContent ?? c.value}`)
    .join("　");
}

const isBlank = (value) => value === "";
const inOrder = (sign) => (a, b) => isBlank(a) - isBlank(b) || (a < b ? -sign : a > b ? sign : 0);
DataTable.type("figure", { order: { asc: inOrder(1), desc: inOrder(-1) } });

/** A column by what it shows and what it is sorted by; blanks are last either way. */
function column(shown, sorted, options = {}) {
  const render = (row, type) => (type === "display" ? shown(row) : sorted?.(row) ?? "");
  return { data: null, render, orderable: Boolean(sorted), type: "figure", ...options };
}

function titlesOf(id) {
  return [...document.querySelectorAll(`#${id} thead th`)].map((th) => th.firstChild.textContent.trim());
}

function sortable(id, columns, options = {}) {
  const titles = titlesOf(id);
  return new DataTable(`#${id}`, {
    columns,
    paging: false,
    info: false,
    autoWidth: false,
    order: [],
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: {
      aria: { orderable: "：排序 sort", orderableReverse: "：反向排序 sort the other way", orderableRemove: "：取消排序 unsort" },
      emptyTable: "没有符合条件的 Nothing fits",
      zeroRecords: "没有符合条件的 Nothing fits",
    },
    createdRow: (tr, row, index, cells) => cells.forEach((cell, i) => label(cell, titles[i])),
    ...options,
  });
}

/** On a phone a row is a card: every figure has its heading beside it, and what says nothing is left out. */
function label(cell, title) {
  cell.setAttribute("data-label", title);
  cell.classList.toggle("empty", cell.textContent === NOTHING);
}

// The schools that are folded on a screen are open on paper.
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll(".schools details:not([open])")];
  folded.forEach((each) => each.setAttribute("open", ""));
});
window.addEventListener("afterprint", () => folded.forEach((each) => each.removeAttribute("open")));

function refill(table, rows) {
  table.clear().rows.add(rows).draw();
}

// A filter that is changed, or all of them cleared, becomes the state of the page.
function followForm(form, state, show) {
  form.addEventListener("input", (event) => {
    state.change({ [event.target.name]: event.target.value });
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state.change(state.defaults);
    show();
  });
}
