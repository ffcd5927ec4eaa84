"use strict";
// Sorting and filtering of tables. Without it the pages show every line in the order in which they were written.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const lines = [...body.rows];
  if (lines.length > 1) addSorting(table, body, lines);
  if (lines.length > 7) addFilter(table, lines);
}

function addSorting(table, body, lines) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const sorted = lines.map((line) => [valueOf(line.cells[place]), line]);
      sorted.sort(([one], [other]) => compared(one, other, descending ? -1 : 1));
      body.append(...sorted.map(([, line]) => line));
    });
  });
}

function valueOf(cell) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  if (text === "" || text === "–" || text === "not measured") return null;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

// What has no value stays at the end, whichever way the table is sorted.
function compared(one, other, sign) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * String(one).localeCompare(String(other), "en", { numeric: true });
}

function addFilter(table, lines) {
  const tools = document.createElement("div");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("output");
  tools.className = "tools";
  input.type = "search";
  input.id = "filter-" + table.id;
  label.htmlFor = input.id;
  label.textContent = "Only lines with";
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const line of lines) {
      line.hidden = !wanted.every((word) => line.textContent.toLowerCase().includes(word));
      shown += !line.hidden;
    }
    count.textContent = shown === lines.length ? "" : shown + " of " + lines.length;
  });
  tools.append(label, input, count);
  table.closest(".scroll").before(tools);
}
