/* What the pages do: draw charts, sort, filter and save tables, find pages. They read well without it. */
"use strict";

const here = document.documentElement.dataset.root; // the way from this page to the site's folder

// Charts: the kinds are in charts.js, the rows on the page.
for (const figure of document.querySelectorAll("figure.chart")) {
  const { kind, rows, titles } = JSON.parse(figure.querySelector("script").textContent);
  const spec = structuredClone(window.LOCUS_CHARTS[kind]);
  spec.data = { values: rows };
  if (spec.height.step) spec.height = spec.height.step * rows.length; // a bar is as high on every page
  const named = (node) => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "string" && value.startsWith("title:")) {
        node[key] = titles[value.slice("title:".length)] ?? null;
      } else if (value && typeof value === "object" && value !== rows) {
        named(value);
      }
    }
  };
  named(spec);
  const drawing = figure.querySelector(".drawing");
  // an interpreter instead of compiled expressions: the pages forbid code that is made from text
  window.vegaEmbed(drawing, spec, {
    ast: true, renderer: "svg", actions: false, defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  }).then((result) => {
    result.view.addEventListener("click", (event, item) => {
      if (item?.datum?.page) location.href = here + item.datum.page;
    });
    figure.dataset.drawn = "";
  });
}

// Tables.
const cellValue = (cell) => cell?.dataset.exact ?? cell?.textContent.trim() ?? "";
const asNumber = (text) => (text === "" ? NaN : Number(text));

function sortBy(table, column, header) {
  const before = header.getAttribute("aria-sort");
  const numeric = header.classList.contains("figure");
  const descending = before ? before === "ascending" : numeric; // the largest figures first
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows].map((row) => [cellValue(row.cells[column]), row]);
  rows.sort(([left], [right]) => {
    if (numeric) {
      const [a, b] = [asNumber(left), asNumber(right)];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b); // none come last
      return descending ? b - a : a - b;
    }
    return descending ? right.localeCompare(left) : left.localeCompare(right);
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function csvText(text) {
  const safe = /^[=+@\t\r-]/.test(text) && Number.isNaN(asNumber(text)) ? `'${text}` : text; // no formula
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function save(table) {
  const lines = [...table.rows].filter((row) => !row.hidden).map((row) =>
    [...row.cells].flatMap((cell) => {
      const value = cell.tagName === "TH" && cell.closest("thead")
        ? cell.textContent.trim().replace(/\s+/g, " ") : cellValue(cell);
      return csvText(value);
    }).join(","));
  if (document.querySelector(".synthetic")) lines.push(csvText(document.querySelector(".synthetic").textContent.trim()));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.download = `${table.dataset.name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const table of document.querySelectorAll("table[data-name]")) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => sortBy(table, column, header));
  });
  const tools = document.getElementById(`tools-${table.dataset.name}`);
  tools.hidden = false;
  tools.querySelector("button").addEventListener("click", () => save(table));
  tools.querySelector("input")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

// What is copied has the exact values.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection.rangeCount) return;
  const copied = selection.getRangeAt(0).cloneContents();
  const figures = copied.querySelectorAll("[data-exact]");
  if (!figures.length) return;
  for (const figure of figures) figure.textContent = figure.dataset.exact;
  const rows = [...copied.querySelectorAll("tr")];
  const text = rows.length
    ? rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n")
    : copied.textContent.trim();
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

// Find a page: the list is loaded when somebody begins to type.
const find = document.querySelector(".find input");
const hits = document.querySelector(".find ul");
const MOST = 12;

function loaded() {
  if (window.LOCUS_PAGES) return Promise.resolve();
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = `${here}static/pages.js`;
    script.addEventListener("load", resolve);
    document.head.append(script);
  });
}

find?.addEventListener("input", async () => {
  await loaded();
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ([title]) => (title.toLowerCase().startsWith(words[0]) ? 0 : 1);
  const pages = words.length
    ? window.LOCUS_PAGES.filter((page) => words.every((word) => page[3].includes(word)))
      .sort((a, b) => rank(a) - rank(b) || a[0].length - b[0].length).slice(0, MOST)
    : [];
  hits.replaceChildren(...pages.map(([title, kind, address]) => {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    link.href = here + address;
    link.append(title, " ");
    link.appendChild(document.createElement("small")).textContent = kind;
    return item;
  }));
  if (words.length && !pages.length) {
    const none = hits.appendChild(document.createElement("li"));
    none.className = "none";
    none.textContent = "No page with these words.";
  }
  hits.hidden = !words.length;
});
find?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") hits.querySelector("a")?.click();
  if (event.key === "Escape") hits.hidden = true;
});
