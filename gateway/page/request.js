// From a form to a request: what is said in it, and nothing that was left as it is.
//
// An option that nobody touched is not sent, so that a token's own defaults stay and a token that may set few options is
// not refused for the others. A request is {route, headers, fields, files}: JSON, or with files a multipart form, in
// which browsers end each line with CRLF.

import { chosen } from "./dom.js";

const OPTIONS = ["style", "length", "redact_pii"];

/** Remember which options of a form somebody touched. */
export function watch(form) {
  const touched = new Set();
  form.addEventListener("change", (event) => touched.add(event.target.name));
  return touched;
}

/** The request for one summary, streamed, that a form asks for. */
export function summaryRequest(form, touched) {
  const fields = {};
  const files = {};
  const source = chosen(form, "source");
  if (source === "text") fields.text = form.elements.text.value;
  if (source === "url") fields.document = form.elements.document.value.trim();
  if (source === "file" && form.elements.file.files[0]) files.file = form.elements.file.files[0];
  Object.assign(fields, options(form, touched));
  if (form.elements.focus.value.trim()) fields.focus = form.elements.focus.value.trim();
  const knows = chosen(form, "knows");
  if (knows === "baked") fields.use_knowledge = true;
  if (knows === "archive" && form.elements.knowledge.files[0]) files.knowledge = form.elements.knowledge.files[0];
  if (form.elements.verify.checked) fields.verify = true;
  return { route: "summarize?source=true", headers: { Accept: "text/event-stream" }, fields, files };
}

/** The request for a job that a form asks for. */
export function jobRequest(form, touched) {
  return { route: "batch-summarize", headers: {}, fields: options(form, touched), files: { file: form.elements.file.files[0] } };
}

/** A request as fetch() takes it. */
export function sendable({ headers, fields, files }) {
  if (Object.keys(files).length === 0) {
    return { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(fields) };
  }
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  for (const [name, file] of Object.entries(files)) body.append(name, file, file.name);
  return { method: "POST", headers, body };
}

function options(form, touched) {
  return Object.fromEntries(OPTIONS.filter((name) => touched.has(name)).map((name) => [name, chosen(form, name)]));
}
