// Jobs: a table uploaded, how far each is, what failed and why, results and errors to download, cancel.
//
// Knows: the page's second view. It asks anew while it is seen, the sooner the more is under way.

import { Problem, ask, show } from "./api.js";
import { byId, count, element, seconds, things } from "./dom.js";
import { jobRequest, sendable, watch } from "./request.js";

const form = byId("upload");
const list = byId("jobs");
const touched = watch(form);
const items = new Map(); // by job id: what shows it, changed in place so that focus stays where it is

const BUSY_MS = 1_000;
const IDLE_MS = 10_000;
const UNDER_WAY = ["queued", "running"];

let timer = null;
let older = null; // the cursor of the next page

/** Make the view work. */
export function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    upload();
  });
  byId("more-jobs").addEventListener("click", () => load(older));
}

/** Take a table that was dropped. */
export function drop(files) {
  form.elements.file.files = files;
  form.dispatchEvent(new Event("change"));
}

/** Begin or stop to follow the jobs. */
export function follow(isSeen) {
  clearTimeout(timer);
  if (isSeen) refresh();
}

/** Forget all jobs: they are another token's. */
export function forget() {
  items.clear();
  list.replaceChildren();
  older = null;
}

async function refresh() {
  clearTimeout(timer);
  await load();
  const isBusy = [...items.values()].some(({ job }) => UNDER_WAY.includes(job.status));
  clearTimeout(timer);
  if (!byId("jobs-view").hidden) timer = setTimeout(refresh, isBusy && !document.hidden ? BUSY_MS : IDLE_MS);
}

async function load(cursor = null) {
  try {
    const page = await (await ask(`jobs${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`)).json();
    show(byId("jobs-problem"), null);
    if (cursor || items.size <= page.jobs.length) older = page.next;
    for (const job of page.jobs) update(job);
    order();
  } catch (error) {
    show(byId("jobs-problem"), error);
  }
}

async function upload() {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  byId("jobs-status").textContent = "Uploading";
  try {
    const request = jobRequest(form, touched);
    const job = await (await ask(request.route, sendable(request))).json();
    byId("jobs-status").textContent = `Job ${job.id} has begun`;
    form.elements.file.value = "";
    form.dispatchEvent(new Event("change"));
    await refresh();
  } catch (error) {
    byId("jobs-status").textContent = "";
    show(byId("jobs-problem"), error);
  } finally {
    button.disabled = false;
  }
}

/** Show a job as it is now. */
function update(job) {
  const item = items.get(job.id) ?? items.set(job.id, make(job.id)).get(job.id);
  item.job = job;
  const { status, documents, done, failed, rate_per_minute: rate } = job;
  const isUnderWay = UNDER_WAY.includes(status);
  item.node.dataset.status = status;
  item.status.textContent = status;
  item.time.textContent = new Date(job.created_at).toLocaleString();
  item.time.dateTime = job.created_at;
  item.bar.max = documents || 1;
  if (documents === null && isUnderWay) item.bar.removeAttribute("value");
  else item.bar.value = done + failed;
  const left = isUnderWay && rate > 0 && documents ? (60 * (documents - done - failed)) / rate : 0;
  item.numbers.textContent = [
    documents === null ? `${things(done + failed, "document")} so far` : `${count(done + failed)} of ${things(documents, "document")}`,
    failed > 0 ? `${count(failed)} failed` : "",
    rate > 0 ? `${rate.toLocaleString("en", { maximumFractionDigits: 1 })} a minute` : "",
    left > 0 ? `about ${seconds(Math.ceil(left))} left` : "",
    Object.entries(job.options ?? {}).map(([name, value]) => `${name}=${value}`).join(" "),
  ].filter(Boolean).join(" · ");
  item.codes.replaceChildren(...Object.entries(job.codes ?? {}).map(([code, times]) => element("li", {}, `${code} × ${count(times)}`)));
  show(item.problem, job.error ? new Problem(job.error) : null);
  item.results.disabled = done + failed === 0;
  item.errors.hidden = failed === 0;
  item.cancel.textContent = isUnderWay ? "Cancel" : "Delete";
  item.cancel.hidden = status === "canceled";
}

/** An empty item for a job. */
function make(id) {
  const title = element("h3", { id: `job-${id}` }, id);
  const status = element("span", { className: "status" });
  const time = element("time");
  const bar = element("progress");
  bar.setAttribute("aria-labelledby", title.id);
  const numbers = element("p");
  const codes = element("ul", { className: "codes" });
  codes.setAttribute("aria-label", "Failures by code");
  const problem = element("div", { className: "problem", hidden: true });
  const results = button("Results", id, () => download(id, "results"));
  const errors = button("Errors", id, () => download(id, "errors"));
  const cancel = button("Cancel", id, () => end(id));
  const actions = element("div", { className: "actions" }, results, errors, cancel);
  const node = element("li", { className: "panel" }, element("div", { className: "title" }, title, status, time), bar, numbers, codes, problem, actions);
  return { node, status, time, bar, numbers, codes, problem, results, errors, cancel, job: null };
}

function button(label, id, act) {
  const made = element("button", { type: "button", className: "quiet" }, label);
  made.setAttribute("aria-describedby", `job-${id}`);
  made.addEventListener("click", async () => {
    try {
      await act();
    } catch (error) {
      show(byId("jobs-problem"), error);
    }
  });
  return made;
}

/** The newest first; ids are in the order of their making. */
function order() {
  const wanted = [...items.keys()].sort().reverse().map((id) => items.get(id).node);
  wanted.forEach((node, place) => {
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
  });
  byId("jobs-empty").hidden = wanted.length > 0;
  byId("more-jobs").hidden = !older;
}

/** A link would not carry the token: what comes is held as a blob, which browsers keep on disk when it is large. */
async function download(id, what) {
  const blob = await (await ask(`jobs/${encodeURIComponent(id)}/${what}`)).blob();
  const link = element("a", { href: URL.createObjectURL(blob), download: `${id}-${what}.jsonl` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function end(id) {
  const isUnderWay = UNDER_WAY.includes(items.get(id).job.status);
  await ask(`jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
  byId("jobs-status").textContent = isUnderWay ? `Job ${id} is canceled` : `Job ${id} is deleted`;
  if (!isUnderWay) {
    items.get(id).node.remove();
    items.delete(id);
  }
  await refresh();
}
