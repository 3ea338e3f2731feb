// The page: which part of it is shown, and what is the same in all of them.

import { forget, isKnown } from "./api.js";
import { destinations } from "./destinations.js";
import { write } from "./dom.js";
import { count } from "./format.js";
import { connections, subscribers } from "./lists.js";
import { listen } from "./live.js";
import { note } from "./notices.js";
import { overview } from "./overview.js";
import { queue } from "./queue.js";
import { State } from "./state.js";

const state = new State();
const at = (id) => document.getElementById(id);
let shown = null;

/** The part that an address is about. */
function partOf(hash) {
  const [name, ...rest] = hash.replace(/^#\//, "").split("/");
  const one = rest.join("/");
  if (name === "queues") return { page: name, view: one ? queue(decodeURIComponent(one), state) : destinations("queue", state) };
  if (name === "topics") return { page: name, view: destinations("topic", state) };
  if (name === "subscribers") return { page: name, view: subscribers(state) };
  if (name === "connections") return { page: name, view: connections(state) };
  return { page: "overview", view: overview(state) };
}

function turn(isFirst) {
  const { page, view } = partOf(location.hash);
  shown?.close?.();
  shown = view;
  at("main").replaceChildren(view.element);
  for (const link of document.querySelectorAll("[data-page]")) {
    link.dataset.page === page ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  show();
  // Whoever hears the page is told where it is now.
  if (!isFirst) at("main").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function show() {
  const node = state.node;
  at("forget").hidden = !isKnown();
  document.title = [shown.title, node?.name, "RelaisMQ"].filter(Boolean).join(" · ");
  document.body.classList.toggle("stale", !state.isLive);
  shown.show(state, performance.now() / 1000);
  if (!node) return;
  write(at("name"), node.name);
  write(at("role"), node.role);
  at("role").dataset.role = node.role;
  write(at("version"), `RelaisMQ ${node.version}`);
  counted("count-queues", node.figures?.queues);
  counted("count-topics", node.figures?.topics);
  counted("count-connections", state.isMaster ? node.connections : null);
}

function counted(id, many) {
  at(id).hidden = many == null;
  write(at(id), many == null ? "" : count(many));
}

function heard(name, told) {
  const before = state.node?.role;
  if (name === "figures") state.take(told, performance.now() / 1000);
  if (name === "role") state.node = { ...state.node, ...(told.node ?? told) };
  if (before && before !== state.node.role) note(`${state.node.name} was ${before} and is ${state.node.role} now.`);
  show();
}

function linked(isLive, why) {
  if (state.isLive === isLive && isLive) return;
  state.isLive = isLive;
  at("link").dataset.link = isLive ? "live" : "lost";
  write(at("link"), isLive ? "live" : "no connection");
  at("lost").hidden = isLive;
  write(at("lost"), isLive ? "" : `The broker is not heard: ${why}. What is shown is old; it is tried again each second.`);
  show();
}

at("forget").addEventListener("click", () => {
  forget();
  note("What you gave to be allowed actions is forgotten.");
  show();
});
addEventListener("hashchange", () => turn(false));
turn(true);
listen(heard, linked);
