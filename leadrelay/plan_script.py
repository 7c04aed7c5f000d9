"""The script of a plan's page: unpacks, filters, and shows a page of leads at a time. Texts only, never markup."""

from __future__ import annotations

SCRIPT = """
"use strict";
(async () => {
const el = id => document.getElementById(id);
if (!("DecompressionStream" in window)) { el("old").hidden = false; el("count").textContent = ""; return; }
const bytes = Uint8Array.from(atob(el("data").textContent), one => one.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const { fields, ownerField, owners, rules, evidence, steps, reasons, rows } = await new Response(stream).json();
const SIZE = 50, KINDS = ["field written", "value cleared", "owner", "hand-off", "further task", "withheld"];

const stepOf = ([rule, found]) => found === undefined ? rules[rule] : `${rules[rule]} [${evidence[found]}`;
const because = place => reasons[place][1].map(step => stepOf(steps[step]));
const whole = place => [reasons[place][0], ...because(place)].join(" ");
const kindsOf = row => {
  const found = new Set();
  for (const [field, old, value] of row[3]) {
    found.add(fields[field] === ownerField ? "owner" : "field written");
    if (value === null && old !== null && old !== "") found.add("value cleared");
  }
  for (const task of row[5]) found.add(task[0] === "hand-off" ? "hand-off" : "further task");
  if (row[4].length) found.add("withheld");
  return found;
};
const flat = task => [task[1], task[4], owners[task[3]] ?? "", ...task[5].flat(), ...(task[6] ?? [])].join(" ");
const textOf = row => [
  row[0], owners[row[2]] ?? "",
  ...row[3].map(([field, old, value, place]) => [fields[field], old, value, whole(place)].join(" ")),
  ...row[4].map(kept => kept.join(" ")), ...row[5].map(flat),
].join(" ").toLowerCase();
const known = rows.map(row => ({ row, kinds: kindsOf(row), text: null }));

const make = (name, text, kind) => {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const option = (list, value, count) => {
  const node = make("option", `${value} (${count.toLocaleString("en")})`);
  node.value = value;
  el(list).append(node);
};
const tally = several => {
  const counts = new Map();
  for (const some of several) for (const one of new Set(some)) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
};
const byField = tally(rows.map(row => [...row[3].map(change => fields[change[0]]), ...row[4].map(kept => kept[0])]));
const byKind = tally(known.map(one => one.kinds));
const ownersOf = row => [row[2], ...row[5].map(task => task[3])].filter(one => one >= 0).map(one => owners[one]);
const byOwner = tally(rows.map(ownersOf));
for (const [name, count] of [...byField].sort((a, b) => b[1] - a[1])) option("field", name, count);
for (const kind of KINDS) if (byKind.has(kind)) option("kind", kind, byKind.get(kind));
for (const [name, count] of [...byOwner].sort((a, b) => a[0].localeCompare(b[0]))) option("owner", name, count);

const NAMES = ["q", "field", "kind", "owner"];
let at = 0, found = [];
const wanted = () => Object.fromEntries(NAMES.map(name => [name, el(name).value.trim()]));
const fits = (one, { q, field, kind, owner }) => {
  const row = one.row;
  if (kind && !one.kinds.has(kind)) return false;
  if (owner && !ownersOf(row).includes(owner)) return false;
  const named = change => fields[change[0]] === field;
  if (field && !row[3].some(named) && !row[4].some(kept => kept[0] === field)) return false;
  if (!q) return true;
  one.text ??= textOf(row);
  return q.toLowerCase().split(/\\s+/).every(word => one.text.includes(word));
};
const cell = (value, kind) => make("td", value ?? "—", value === null && kind === "old" ? "old none" : kind);
const why = place => {
  const short = reasons[place][0], told = because(place), node = make("td");
  if (!told.length) { node.textContent = short; return node; }
  const more = make("details"), list = make("ul");
  more.append(make("summary", short || "why"), list);
  list.append(...told.map(step => make("li", step)));
  node.append(more);
  return node;
};
const changes = row => {
  const table = make("table"), head = make("tr"), body = make("tbody");
  for (const [name, kind] of [["field", "f"], ["now", "old"], ["new", "new"], ["why"]]) {
    const heading = make("th", name, kind);
    heading.scope = "col";
    head.append(heading);
  }
  for (const [field, old, value, place] of row[3]) {
    const line = make("tr");
    const kind = String(value).length > 60 ? "new long" : "new";
    const fresh = cell(value, value === null ? "gone" : kind);
    line.append(cell(fields[field]), cell(old, "old"), fresh, why(place));
    body.append(line);
  }
  table.append(make("thead"), body);
  table.tHead.append(head);
  return table;
};
const when = stamp => stamp ? `due ${stamp.slice(0, 16).replace("T", " ")} UTC` : "";
const task = ([kind, subject, due, owner, body, more, note]) => {
  const node = make("details", undefined, "task");
  const who = owner < 0 ? "" : `for ${owners[owner]}`;
  node.append(make("summary", [`${kind}: ${subject}`, who, when(due)].filter(Boolean).join(", ")), make("pre", body));
  for (const [title, at, text] of more) node.append(make("p", `follow-up: ${title}, ${when(at)}`), make("pre", text));
  if (note) node.append(make("p", `note: ${note[0]}`), make("pre", note[1]));
  return node;
};
const lead = row => {
  const node = make("article"), head = make("h2");
  if (/^https?:/.test(row[1])) {
    const link = make("a", row[0]);
    link.href = row[1];
    link.rel = "noreferrer";
    head.append(link);
  } else head.append(row[0]);
  if (row[2] >= 0) head.append(make("span", `owner: ${owners[row[2]]}`));
  node.append(head);
  if (row[3].length) node.append(changes(row));
  node.append(...row[5].map(task));
  node.append(...row[4].map(([field, reason]) => make("p", `withheld: ${field}: ${reason}`, "kept")));
  return node;
};
const show = () => {
  const last = Math.max(0, Math.ceil(found.length / SIZE) - 1);
  at = Math.min(Math.max(0, at), last);
  const some = found.slice(at * SIZE, (at + 1) * SIZE);
  el("leads").replaceChildren(...some.map(one => lead(one.row)));
  const number = count => count.toLocaleString("en");
  const span = some.length ? `, shown: ${number(at * SIZE + 1)} to ${number(at * SIZE + some.length)}` : "";
  el("count").textContent = `${number(found.length)} of ${number(rows.length)} leads${span}`;
  el("back").disabled = at === 0;
  el("on").disabled = at === last;
};
const keep = () => {
  const view = { ...wanted(), page: at ? String(at + 1) : "" };
  const told = new URLSearchParams(Object.entries(view).filter(([, one]) => one));
  history.replaceState(null, "", `#${told}`);
};
const turn = page => {
  const filter = wanted();
  found = known.filter(one => fits(one, filter));
  at = page;
  show();
  keep();
};
const read = () => {
  const told = new URLSearchParams(location.hash.slice(1));
  for (const name of NAMES) {
    const value = told.get(name) ?? "";
    el(name).value = value;
    if (el(name).value !== value) { option(name, value, 0); el(name).value = value; }
  }
  turn(Math.max(0, (parseInt(told.get("page"), 10) || 1) - 1));
};
let pause = 0;
el("q").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(() => turn(0), 120); });
for (const name of NAMES.slice(1)) el(name).addEventListener("change", () => turn(0));
el("filter").addEventListener("submit", event => { event.preventDefault(); turn(0); });
el("filter").addEventListener("reset", () => setTimeout(() => turn(0)));
const leaf = step => { at += step; show(); keep(); scrollTo(0, 0); };
el("back").addEventListener("click", () => leaf(-1));
el("on").addEventListener("click", () => leaf(1));
addEventListener("hashchange", read);
read();
})();
"""
"""It says `#q=…&field=…&kind=…&owner=…&page=…` in the address, so that a view can be passed on."""
