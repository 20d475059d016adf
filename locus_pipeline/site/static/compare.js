/* The page on which up to ten are compared: chosen by name, kept in the address. */
"use strict";
{
  const MOST = 10;
  const { measures, rows } = window.LOCUS_COMPARED;
  const byName = new Map(rows.map((row) => [row[0], row]));
  const input = document.getElementById("choose");
  const list = document.getElementById("choices");
  let chosen = decodeURIComponent(location.hash.slice(1)).split("|").filter((name) => byName.has(name));

  const element = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  function draw() {
    document.getElementById("nothing").hidden = chosen.length > 0;
    const place = document.getElementById("compared");
    place.replaceChildren();
    history.replaceState(null, "", `#${encodeURIComponent(chosen.join("|"))}`);
    if (!chosen.length) return;
    const table = element("table");
    const head = table.createTHead().insertRow();
    head.append(element("th", "", { scope: "col" }));
    for (const name of chosen) {
      const header = head.appendChild(element("th", "", { scope: "col" }));
      header.append(element("a", name, { href: byName.get(name)[1] }), element("br"));
      const remove = header.appendChild(element("button", "remove", { type: "button", "aria-label": `Remove ${name}` }));
      remove.addEventListener("click", () => { chosen = chosen.filter((other) => other !== name); draw(); });
    }
    const body = table.createTBody();
    measures.forEach((label, position) => {
      if (!chosen.some((name) => byName.get(name)[2][position])) return;
      const row = body.insertRow();
      row.append(element("th", label, { scope: "row" }));
      for (const name of chosen) {
        const [text, exact, interval, flag] = byName.get(name)[2][position] ?? ["not for this kind", "", "", ""];
        const cell = row.appendChild(element("td", text, { class: exact === "" ? "figure none" : "figure" }));
        if (exact !== "") { cell.dataset.exact = exact; cell.title = exact; }
        if (flag) cell.append(" ", element("span", flag, { class: "flag" }));
        if (interval) cell.append(element("small", interval));
      }
    });
    const scroll = element("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Compared" });
    scroll.append(table);
    place.append(scroll);
  }

  input.addEventListener("input", () => {
    if (byName.has(input.value)) {
      if (!chosen.includes(input.value) && chosen.length < MOST) chosen.push(input.value);
      input.value = "";
      draw();
    }
    const wanted = input.value.toLowerCase();
    const hits = wanted ? rows.filter(([name]) => name.toLowerCase().includes(wanted)).slice(0, 30) : [];
    list.replaceChildren(...hits.map(([name]) => element("option", "", { value: name })));
  });
  document.getElementById("clear").addEventListener("click", () => { chosen = []; draw(); });
  draw();
}
