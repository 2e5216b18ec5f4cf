document.addEventListener("DOMContentLoaded", () => {
  // A form with data-live is sent again when a field changes: no button is needed.
  for (const form of document.querySelectorAll("form[data-live]"))
    form.addEventListener("change", () => form.requestSubmit());
  // A form with data-preview is sent in the background when a field changes: the part of the page
  // that it names is replaced by the one of the answer.
  for (const form of document.querySelectorAll("form[data-preview]")) {
    let last = 0;
    form.addEventListener("change", async () => {
      const turn = ++last, part = form.dataset.preview;
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!(answer.ok || answer.status === 422) || turn !== last) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const made = page.querySelector(part);
      if (made) document.querySelector(part).replaceWith(made);
    });
  }
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
