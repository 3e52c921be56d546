// Tables that sort, and that are cards on a phone.

const isBlank = (value) => value === "";
const inOrder = (sign) => (a, b) => isBlank(a) - isBlank(b) || (a < b ? -sign : a > b ? sign : 0);
DataTable.type("figure", { order: { asc: inOrder(1), desc: inOrder(-1) } });

/** A column by what it shows and what it is sorted by; blanks are last either way. */
function column(shown, sorted, options = {}) {
  const render = (row, type) => (type === "display" ? shown(row) : sorted?.(row) ?? "");
  return { data: null, render, orderable: Boolean(sorted), type: "figure", ...options };
}

function titlesOf(id) {
  return [...document.querySelectorAll(`#${id} thead th`)].map(textOf);
}

function sortable(id, columns, options = {}) {
  const titles = titlesOf(id);
  const empty = said(["没有符合条件的", "Nothing fits"]);
  return new DataTable(`#${id}`, {
    columns,
    paging: false,
    info: false,
    autoWidth: false,
    order: [],
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: {
      aria: {
        orderable: said(["：排序", ": sort"]),
        orderableReverse: said(["：反向排序", ": sort the other way"]),
        orderableRemove: said(["：取消排序", ": unsort"]),
      },
      emptyTable: empty,
      zeroRecords: empty,
    },
    createdRow: (tr, row, index, cells) => cells.forEach((cell, i) => label(cell, titles[i])),
    ...options,
  });
}

/** On a phone a row is a card: what says nothing is left out. */
function label(cell, title) {
  cell.setAttribute("data-label", title);
  cell.classList.toggle("empty", cell.textContent === NOTHING || !cell.textContent && !cell.querySelector("svg"));
}

function refill(table, rows) {
  table.clear().rows.add(rows).draw();
}

/** On a phone the rows of a group are folded under its heading until a filter asks for them. */
class Folds {
  constructor(table, groupOf, isFiltered) {
    Object.assign(this, { table, groupOf, isFiltered, opened: new Set() });
  }

  static isPhone = matchMedia("(max-width: 48rem)");

  hides(group) {
    return Folds.isPhone.matches && !this.opened.has(group) && !this.isFiltered();
  }

  heading(group, ...words) {
    if (!Folds.isPhone.matches) return element("span", {}, words);
    const button = element("button", { type: "button", class: "fold", "aria-expanded": String(!this.hides(group)) }, words);
    button.addEventListener("click", () => {
      if (!this.opened.delete(group)) this.opened.add(group);
      button.setAttribute("aria-expanded", String(!this.hides(group)));
      this.apply();
    });
    return button;
  }

  apply() {
    const folds = this;
    const isGrouped = this.table().order().length === 0;
    this.table().rows().every(function fold() { this.node().hidden = isGrouped && folds.hides(folds.groupOf(this.data())); });
  }
}

/** A plain table with its caption, which scrolls in its own place where it is too wide. */
function table(caption, names, rows) {
  return element("div", { class: "wide", role: "region", "aria-label": said(caption), tabindex: "0" }, element("table", {},
    element("caption", { class: "hidden" }, said(caption)),
    element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, said(name))))),
    element("tbody", {}, rows.map(([first, ...rest]) => element("tr", {}, element("th", { scope: "row" }, first), rest.map((cell) => element("td", {}, cell)))))));
}

// What is folded on a screen is open on paper.
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open])")];
  folded.forEach((each) => each.setAttribute("open", ""));
});
window.addEventListener("afterprint", () => folded.forEach((each) => each.removeAttribute("open")));
