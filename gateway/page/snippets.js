// A request as code that sends the same: curl, Python, JavaScript.
//
// Knows: how each language quotes. Files are named as the user named them, to lie where the code runs; a token is never
// written, but read from PRECIS_TOKEN.

import { address, identity } from "./api.js";

/** The code, in one of LANGUAGES. */
export function snippet(language, request) {
  const headers = { ...request.headers };
  const isForm = Object.keys(request.files).length > 0;
  if (!isForm) headers["Content-Type"] = "application/json";
  return LANGUAGES[language]({
    url: address(request.route),
    headers,
    hasToken: Object.keys(identity()).length > 0,
    fields: Object.entries(request.fields),
    files: Object.entries(request.files).map(([name, file]) => [name, file.name]),
    json: isForm ? null : request.fields,
  });
}

const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const inCurl = (name) => `"${name.replace(/["\\]/g, "\\$&")}"`; // a file's name, which curl reads once more
const written = (value) => JSON.stringify(value);

/** A value in Python, whose strings can be those of JSON. */
function python(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}

const object = (pairs, indent, write) => `{${pairs.map(([name, value]) => `\n${indent}    ${written(name)}: ${write(value)},`).join("")}\n${indent}}`;

const LANGUAGES = {
  curl({ url, headers, hasToken, fields, files, json }) {
    const parts = [`curl --no-buffer ${shell(url)}`];
    if (hasToken) parts.push(`-H "Authorization: Bearer $PRECIS_TOKEN"`);
    for (const [name, value] of Object.entries(headers)) parts.push(`-H ${shell(`${name}: ${value}`)}`);
    if (json) parts.push(`--data-raw ${shell(written(json))}`);
    else {
      for (const [name, value] of fields) parts.push(`--form-string ${shell(`${name}=${value}`)}`);
      for (const [name, file] of files) parts.push(`-F ${shell(`${name}=@${inCurl(file)}`)}`);
    }
    return parts.join(" \\\n  ");
  },

  python({ url, headers, hasToken, fields, files, json }) {
    const shown = Object.entries(headers).map(([name, value]) => `\n    ${written(name)}: ${written(value)},`);
    if (hasToken) shown.push(`\n    "Authorization": "Bearer " + os.environ["PRECIS_TOKEN"],`);
    const body = json
      ? [`json=${object(Object.entries(json), "", python)}`]
      : [
          ...(fields.length ? [`data=${object(fields.map(([name, value]) => [name, String(value)]), "", python)}`] : []),
          `files=${object(files, "", (file) => `open(${written(file)}, "rb")`)}`,
        ];
    return `${hasToken ? "import os\n\n" : ""}import httpx

headers = {${shown.join("")}\n}
body = dict(${body.join(", ")})

with httpx.stream("POST", ${written(url)}, headers=headers, timeout=None, **body) as response:
    for line in response.iter_lines():
        print(line)`;
  },

  javascript({ url, headers, hasToken, fields, files, json }) {
    const shown = Object.entries(headers).map(([name, value]) => `\n    ${written(name)}: ${written(value)},`);
    if (hasToken) shown.push("\n    Authorization: `Bearer ${process.env.PRECIS_TOKEN}`,");
    const body = json
      ? `const body = JSON.stringify(${object(Object.entries(json), "", written)});`
      : [
          ...(files.length ? [`import { openAsBlob } from "node:fs";`, ""] : []),
          "const body = new FormData();",
          ...fields.map(([name, value]) => `body.append(${written(name)}, ${written(value)});`),
          ...files.map(([name, file]) => `body.append(${written(name)}, await openAsBlob(${written(file)}), ${written(file)});`),
        ].join("\n");
    return `${body}

const response = await fetch(${written(url)}, {
  method: "POST",
  headers: {${shown.join("")}
  },
  body,
});
for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
  console.log(piece);
}`;
  },
};
