// Shows the entries that hold all words of the search; of an entry whose heading does not, only the rows that do.
const box = document.getElementById("search");
const found = document.getElementById("found");
const holds = (text, words) => words.every((word) => text.includes(word));
const entries = [...document.querySelectorAll("main .entry")].map((entry) => {
  const rows = [...entry.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const head = [...entry.children].filter((child) => !child.matches(".wide")).map((child) => child.textContent);
  return { entry, rows, head: head.join(" ").toLowerCase() };
});

function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { entry, rows, head } of entries) {
    const whole = holds(head, words);
    let some = whole;
    for (const { row, text } of rows) {
      row.hidden = !whole && !holds(`${head} ${text}`, words);
      some ||= !row.hidden;
    }
    entry.hidden = !some;
    shown += some;
  }
  for (const section of document.querySelectorAll("main section")) {
    section.hidden = !section.querySelector(".entry:not([hidden])");
  }
  found.textContent = words.length ? `${shown} 处 found` : "";
}

box.addEventListener("input", show);
// A link to what the search hides ends the search.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!target?.closest("[hidden]")) return;
  box.value = "";
  show();
});
