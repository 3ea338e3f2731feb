// The first page: what this broker is, who the others are, and what goes through.

import { flow } from "./chart.js";
import { destinationTable } from "./destinations.js";
import { el, fact, write } from "./dom.js";
import { bytes, count, rate, span } from "./format.js";
import { table } from "./table.js";

/** What a role means to whoever looks at this page. */
const meaning = {
  master: "It serves clients.",
  slave: "Another broker serves clients; this one waits to take over.",
  electing: "The brokers are choosing a master.",
  starting: "It is not the master yet.",
  stopping: "It was asked to end.",
  failed: "It cannot go on.",
};

export function overview(state) {
  const chart = flow("Messages");
  const hero = { role: el("h1", { class: "role" }), says: el("p", { class: "says" }), facts: el("dl", { class: "facts" }) };
  const tiles = { messages: tile("waiting"), in: tile("in per second"), out: tile("out per second"), connections: tile("connections") };
  const memory = meter("Memory of messages");
  const peers = peersTable();
  const deepest = destinationTable("queue", state, { caption: "Deepest queues", only: ["Name", "Waiting", "Last 2 min", "In /s", "Out /s", "Consumers"] });
  const traffic = el("div", { class: "traffic" }, el("div", { class: "tiles" }, Object.values(tiles).map((it) => it.element)), chart.element);
  const others = el("section", { "aria-labelledby": "others" }, el("h2", { id: "others" }, "Brokers"), peers.element);
  const queues = el("section", { "aria-labelledby": "deepest" }, el("h2", { id: "deepest" }, "Deepest queues"), deepest.element);
  const element = el(
    "div", { class: "page" },
    el("section", { class: "card hero" }, hero.role, hero.says, hero.facts),
    traffic, queues, memory.element, others,
  );

  function show() {
    const node = state.node;
    if (!node) return;
    showHero(hero, node);
    traffic.hidden = !state.isMaster;
    queues.hidden = !state.isMaster || state.queues.length === 0;
    deepest.update(state.queues.toSorted((one, other) => other.depth - one.depth).slice(0, 5));
    memory.element.hidden = !state.isMaster || !node.memory;
    others.hidden = !node.peers?.length;
    peers.update((node.peers ?? []).map((peer) => ({ ...peer, isThis: peer.this || peer.name === node.name })));
    const now = state.now();
    write(tiles.messages.value, count(node.figures?.messages));
    write(tiles.in.value, rate(now.in));
    write(tiles.out.value, rate(now.out));
    write(tiles.connections.value, count(node.connections));
    chart.show(state.past());
    memory.show(node.memory);
  }

  return { title: "Overview", element, show };
}

function showHero({ role, says, facts }, node) {
  write(role, node.role);
  role.dataset.role = node.role;
  write(says, node.says || meaning[node.role] || "");
  const lines = [
    ["Term", node.term == null ? null : count(node.term)],
    ["In this role for", span(node.sinceSeconds)],
    ["Running for", span(node.uptimeSeconds)],
    ["Store", node.store && [node.store.kind, node.store.place].filter(Boolean).join(" · ")],
    ["Quorum", node.quorum && quorum(node.quorum)],
    [node.role === "master" ? "Serves" : "Will serve", node.connectors?.join(", ")],
  ];
  const told = lines.filter(([, text]) => text);
  if (facts.dataset.words !== told.map(([word]) => word).join()) {
    facts.replaceChildren(...told.map(([word]) => fact(word)));
    facts.dataset.words = told.map(([word]) => word).join();
  }
  told.forEach(([, text], at) => write(facts.children[at].lastChild, text));
}

/** Only the master knows who is there. */
function quorum({ present, needed }) {
  return present == null ? `${needed} needed` : `${present} present, ${needed} needed`;
}

function tile(word) {
  const value = el("b");
  return { element: el("div", { class: "card tile" }, value, el("span", {}, word)), value };
}

function meter(title) {
  const bar = el("meter", { min: "0", max: "1", high: "0.8", optimum: "0", "aria-label": title });
  const text = el("span", { class: "figure" });
  const element = el("section", { class: "card meter" }, el("h2", {}, title), text, bar);
  const show = (memory) => {
    if (!memory) return;
    bar.value = memory.limit ? memory.used / memory.limit : 0;
    write(text, `${bytes(memory.used)} of ${bytes(memory.limit)}`);
  };
  return { element, show };
}

function peersTable() {
  return table({
    caption: "The brokers of this group",
    empty: "No other broker is known.",
    key: (peer) => `${peer.name} ${peer.address}`,
    columns: [
      { title: "Name", text: (peer) => (peer.isThis ? `${peer.name} (this broker)` : peer.name) },
      { title: "Address", text: (peer) => peer.address },
      { title: "Role", make: () => el("span", { class: "pill" }), show: (pill, peer) => { write(pill, peer.role); pill.dataset.role = peer.role; } },
      { title: "Behind by", figure: true, text: (peer) => (peer.lag == null ? "–" : count(peer.lag)) },
    ],
  });
}
