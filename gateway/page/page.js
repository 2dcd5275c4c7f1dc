// The page: its two views, what both have in common, and what is dropped on it.
//
// Nothing of a document, a summary or a token goes into the address, a cookie or the browser's storage.

import { ask, show } from "./api.js";
import { byId, bytes, element } from "./dom.js";
import * as jobs from "./jobs.js";
import * as summary from "./summary.js";

const VIEWS = { summarize: "Summarize", jobs: "Jobs" };

function showView() {
  const name = location.hash.slice(1) in VIEWS ? location.hash.slice(1) : "summarize";
  for (const view of Object.keys(VIEWS)) byId(`${view}-view`).hidden = view !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${VIEWS[name]} · Precis`;
  jobs.follow(name === "jobs");
}

/** Fill the choices of style in both forms from the gateway's own list. */
async function showStyles() {
  const { styles, default: usual } = await (await ask("styles")).json();
  for (const place of document.querySelectorAll("[data-styles]")) {
    const note = place.parentElement.querySelector("[data-style-note]");
    for (const { name, description } of styles) {
      const input = element("input", { type: "radio", name: "style", value: name, checked: name === usual });
      input.addEventListener("change", () => (note.textContent = description));
      place.append(element("label", {}, input, element("span", {}, name[0].toUpperCase() + name.slice(1))));
      if (name === usual) note.textContent = description;
    }
  }
}

/** Say which file is chosen, under each button that chooses one. */
function showFiles() {
  for (const shown of document.querySelectorAll("[data-chosen]")) {
    const file = byId(shown.dataset.chosen).files[0];
    shown.textContent = file ? `${file.name}, ${bytes(file.size)}` : "";
  }
}

/** Wherever a file is dropped, it goes to the view that is seen, and no browser opens it in the page's place. */
function takeDrops() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const zone = event.target.closest?.(".drop")?.querySelector("input");
    if (zone?.id === "knowledge") zone.files = event.dataTransfer.files;
    else (byId("jobs-view").hidden ? summary : jobs).drop(event.dataTransfer.files);
    showFiles();
  });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which view is seen, and no more
  byId("main").focus();
});
addEventListener("hashchange", () => {
  showView();
  byId("main").focus();
});
document.querySelector(".who").addEventListener("submit", (event) => event.preventDefault());
for (const form of document.forms) form.addEventListener("change", showFiles);
byId("token").addEventListener("change", () => {
  jobs.forget();
  jobs.follow(!byId("jobs-view").hidden);
});
takeDrops();
summary.start();
jobs.start();
showView();
showFiles();
showStyles().catch((error) => show(byId("problem"), error));
