/** Keep the backup codes that are on this page: as a file or on paper. Copying is every page's. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-download], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) {
    print();
    return;
  }
  const codes = [...document.querySelectorAll("[data-codes] code")].map((code) => code.textContent);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${codes.join("\n")}\n`], { type: "text/plain" }));
  link.download = button.dataset.download;
  link.click();
  URL.revokeObjectURL(link.href);
});
