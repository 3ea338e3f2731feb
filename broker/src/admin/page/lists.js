// Durable subscribers and connections: lists that are asked for every few seconds.

import { get } from "./api.js";
import { el, write } from "./dom.js";
import { count, span } from "./format.js";
import { notMaster, trouble } from "./notices.js";
import { table } from "./table.js";

/** Seconds between two looks. */
const pace = 2;

export const subscribers = (state) =>
  list(state, {
    title: "Durable subscribers",
    path: "subscriptions",
    part: "subscriptions",
    key: (it) => JSON.stringify([it.clientId, it.name]),
    empty: "Nobody has a durable subscription.",
    sorted: "Client",
    columns: [
      words("Client", (it) => it.clientId),
      words("Subscription", (it) => it.name),
      words("Topic", (it) => it.topic),
      words("Selector", (it) => it.selector ?? ""),
      { title: "Connected", make: () => el("span", { class: "pill" }), order: (it) => (it.active ? 1 : 0), show: connected },
      { title: "Waiting", figure: true, order: (it) => it.pending, text: (it) => count(it.pending) },
    ],
  });

export const connections = (state) =>
  list(state, {
    title: "Connections",
    path: "connections",
    part: "connections",
    key: (it) => `${it.clientId} ${it.address}`,
    empty: "Nobody is connected.",
    sorted: "Client",
    columns: [
      words("Client", (it) => it.clientId),
      words("From", (it) => it.address),
      words("User", (it) => it.user ?? ""),
      words("Connector", (it) => it.connector ?? ""),
      { title: "For", figure: true, order: (it) => it.sinceSeconds, text: (it) => span(it.sinceSeconds) },
      ...["sessions", "consumers", "producers"].map(figure),
    ],
  });

const words = (title, text) => ({ title, text, order: text, class: "words" });
const figure = (name) => ({ title: name[0].toUpperCase() + name.slice(1), figure: true, order: (it) => it[name], text: (it) => count(it[name]) });

function connected(pill, it) {
  write(pill, it.active ? "yes" : "no");
  pill.dataset.role = it.active ? "master" : "slave";
}

function list(state, { title, path, part, ...about }) {
  const rows = table({ caption: title, ...about });
  const refused = trouble();
  const notice = notMaster();
  const more = el("p", { class: "empty", hidden: true }, "There are more than this page shows.");
  const leaving = new AbortController();
  let asked = 0;
  const element = el("div", { class: "page" }, el("h1", {}, title), notice.element, refused.element, rows.element, more);

  async function ask() {
    try {
      const answer = await get(path, {}, leaving.signal);
      rows.update(answer[part]);
      more.hidden = !answer.more;
      refused.show(null);
    } catch (error) {
      if (error.name !== "AbortError") refused.show(error);
    }
  }

  function show(_, at) {
    notice.show(state);
    rows.element.hidden = !state.isMaster;
    if (!state.isMaster || !state.isLive || at - asked < pace) return;
    asked = at;
    ask();
  }

  return { title, element, show, close: () => leaving.abort() };
}
