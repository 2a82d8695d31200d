/** One more field for a form of one's own, without asking the server for the page again. */
const rows = document.querySelector("[data-rows]");
const adds = document.querySelector("[data-adds]");
const NAMES = ["id", "name", "for"];

adds?.addEventListener("click", (event) => {
  event.preventDefault();
  const place = rows.children.length;
  const row = rows.lastElementChild.cloneNode(true);
  for (const wrong of row.querySelectorAll(".errorlist")) wrong.remove();
  for (const each of row.querySelectorAll("[id], [name], [for]")) {
    for (const name of NAMES) if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace(/\d+$/, place));
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  }
  row.querySelector("legend").textContent = `Field ${place + 1}`;
  const [text, kind, needed] = row.querySelectorAll("input:not([type=checkbox]), select, [type=checkbox]");
  text.value = "";
  kind.selectedIndex = 0;
  needed.checked = true;
  rows.append(row);
  adds.form.elements.count.value = place + 1;
  adds.hidden = place + 1 >= Number(adds.dataset.most);
  text.focus();
});
