document.addEventListener("DOMContentLoaded", () => {
  // A form with data-live is sent again when a field changes: no button is needed.
  for (const form of document.querySelectorAll("form[data-live]"))
    form.addEventListener("change", () => form.requestSubmit());
  // A box with data-all ticks all boxes of the name in it.
  for (const all of document.querySelectorAll("input[data-all]"))
    all.addEventListener("change", () => {
      for (const box of document.getElementsByName(all.dataset.all)) box.checked = all.checked;
    });
  // What was typed is not left by accident.
  let typed = false;
  for (const form of document.querySelectorAll("form[data-keep]")) {
    form.addEventListener("input", () => { typed = true; });
    form.addEventListener("submit", () => { typed = false; });
  }
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
});
