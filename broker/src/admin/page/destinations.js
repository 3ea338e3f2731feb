// Queues, and topics: depth, rates and consumers, live.

import { spark } from "./chart.js";
import { el, field, write } from "./dom.js";
import { bytes, count, rate } from "./format.js";
import { notMaster } from "./notices.js";
import { table } from "./table.js";

/** `kind` is queue or topic. */
export function destinations(kind, state) {
  const title = kind === "queue" ? "Queues" : "Topics";
  const filter = el("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
  const shown = el("p", { class: "shown", role: "status" });
  const list = destinationTable(kind, state, { caption: title, sorted: "Name" });
  const notice = notMaster();
  const contents = el("div", { class: "page" }, el("div", { class: "tools" }, field("Find", filter), shown), list.element);
  const element = el("div", { class: "page" }, el("h1", {}, title), notice.element, contents);
  filter.addEventListener("input", () => show(state));

  function show() {
    notice.show(state);
    contents.hidden = !state.isMaster;
    const wanted = filter.value.trim().toLowerCase();
    const all = kind === "queue" ? state.queues : state.topics;
    const found = all.filter((it) => it.name.toLowerCase().includes(wanted));
    list.update(found);
    const total = state.node?.figures?.[kind === "queue" ? "queues" : "topics"] ?? all.length;
    const cut = total > all.length ? `; the page has the first ${count(all.length)}` : "";
    write(shown, (wanted ? `${count(found.length)} of ${count(total)}` : count(total)) + cut);
  }

  return { title, element, show };
}

/** A table of queues or topics, with all columns or some. One that is sorted can be sorted otherwise. */
export function destinationTable(kind, state, { caption, sorted, only }) {
  const all = columns(kind, state);
  const some = only ? all.filter((it) => only.includes(it.title)).map((it) => ({ ...it, order: null })) : all;
  const empty = kind === "queue" ? "No queue like that." : "No topic like that.";
  return table({ caption, empty, key: (it) => it.name, sorted, columns: some });
}

function columns(kind, state) {
  const now = (it) => state.now(kind, it.name);
  const figure = (title, value, text = count) => ({ title, figure: true, order: value, text: (it) => text(value(it)) });
  const name = { title: "Name", order: (it) => it.name, class: "wide" };
  if (kind === "queue") {
    name.make = () => el("a");
    name.show = (link, it) => { write(link, it.name); link.setAttribute("href", `#/queues/${encodeURIComponent(it.name)}`); };
  } else {
    name.text = (it) => it.name;
  }
  const depth = kind === "queue" ? [figure("Waiting", (it) => it.depth), { title: "Last 2 min", make: spark, show: (it, row) => it.show(state.past(kind, row.name)) }] : [];
  return [
    name, ...depth,
    figure("In flight", (it) => it.inFlight),
    figure("In /s", (it) => now(it).in, rate),
    figure("Out /s", (it) => now(it).out, rate),
    figure("Consumers", (it) => it.consumers),
    figure("Producers", (it) => it.producers),
    figure("Enqueued", (it) => it.enqueued),
    figure("Dequeued", (it) => it.dequeued),
    figure("Expired", (it) => it.expired),
    figure("Memory", (it) => it.memoryBytes, bytes),
  ];
}
