// What all pages share: elements, words in the language of the page, and the state in the address.

const data = JSON.parse(document.getElementById("data").textContent);
const NOTHING = "—";
const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text, so nothing in the data is ever read as HTML. */
function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same in SVG. */
function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return made;
}

/** A text in the language of the page; a plain string reads the same in both. */
function said(text) {
  if (typeof text === "string") return text;
  return (ENGLISH && text[1]) || text[0];
}

const [COMMA, COLON] = [["，", ", "], ["：", ": "]].map(said);

/** The name of something that has one in each language. */
function named(thing) {
  return said([thing.zh, thing.en]);
}

/** A sentence of the data, with what stands between asterisks set off; a word before a colon there says what it is about. */
function emphasised(text) {
  const strong = (part) => {
    const [figure, kind] = part.split(":").reverse();
    return element("strong", { class: kind && `said-${kind}` }, figure);
  };
  return said(text).split("**").map((part, i) => (i % 2 ? strong(part) : part));
}

/** What is read in an element of a template, which has both languages. */
function textOf(place) {
  return (place.querySelector(ENGLISH ? ".en" : ".zh")?.textContent ?? (place.innerText || place.textContent)).trim();
}

/** Things by what they have in common, in the order in which they come. */
function grouped(things, keyOf) {
  const groups = new Map();
  for (const thing of things) groups.set(keyOf(thing), [...(groups.get(keyOf(thing)) ?? []), thing]);
  return [...groups.values()];
}

function hidden(text) {
  return element("span", { class: "hidden" }, text);
}

function small(...children) {
  return element("span", { class: "note" }, children);
}

/** Days to a date from the day that the release takes for today: below 0 where it has passed. */
function daysUntil(date) {
  return Math.round((Date.parse(date) - Date.parse(data.today)) / 864e5);
}

/** A date, and how far it is from today. */
function dated(date) {
  if (!date) return NOTHING;
  const days = daysUntil(date);
  if (days === 0) return said([`${date}，当天到期`, `${date}, due that day`]);
  return said(days > 0 ? [`${date}，还有 ${days} 天`, `${date}, in ${days} days`] : [`${date}，已过 ${-days} 天`, `${date}, ${-days} days ago`]);
}

/** In the head: the day that the figures of a year are of, which is today where the year is not over, and the day taken for today. */
function showDates(year) {
  const end = data.collections.find((each) => each.id === year)?.as_of ?? data.today;
  const day = end < data.today ? end : data.today;
  byId("dates").textContent = said([`数据截至 ${day}，期限按 ${data.today} 计`, `Data as of ${day}; due dates counted from ${data.today}`]);
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
  select.replaceChildren(...listed.map(([value, text]) => element("option", { value }, said(text))));
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
  byId("printed").textContent = set
    .map((c) => `${textOf(c.labels[0])}：${c.selectedOptions?.[0].textContent ?? c.value}`)
    .join("　");
}

// A filter that is changed, or all of them cleared, becomes the state of the page.
function followForm(form, state, show) {
  document.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    state.change({ [event.target.name]: event.target.value });
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state.change(state.defaults);
    show();
  });
  window.addEventListener("popstate", () => { state.read(); show(); });
}

// The words that stand in the templates' attributes, and the links that keep the language.
if (ENGLISH) {
  document.title = document.documentElement.dataset.title;
  for (const each of document.querySelectorAll("[data-label-en]")) each.setAttribute("aria-label", each.dataset.labelEn);
}
for (const each of document.querySelectorAll("a[data-page]")) each.setAttribute("href", each.getAttribute("href") + location.search);
for (const each of document.querySelectorAll("a.language")) each.addEventListener("click", () => { each.hash = location.hash; });
