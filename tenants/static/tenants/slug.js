/** Suggest an organisation's short name from its name, until the person types one of their own. */
export function slugOf(name) {
  return name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "");
}

const source = document.querySelector("[data-slug-source]");
const target = document.querySelector("[data-slug]");

if (source && target) {
  let isTheirs = target.value !== "" && target.value !== slugOf(source.value);
  const suggest = () => { if (!isTheirs) target.value = slugOf(source.value); };
  target.addEventListener("input", () => { isTheirs = target.value !== ""; });
  source.addEventListener("input", suggest);
  // A quick typist was there before this module.
  suggest();
}
