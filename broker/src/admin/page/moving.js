// Where messages are to go.

import { ask } from "./dialogs.js";
import { el, field } from "./dom.js";

const titles = { move: "Move messages", copy: "Copy messages", retry: "Retry messages" };
const verbs = { move: "Move", copy: "Copy", retry: "Send back" };

/** Asks where `what` goes, and has `act(to)` do it. A retry goes where each message came from. */
export function askTarget({ action, what, from, others = [], act }) {
  const known = el("datalist", { id: "known-queues" }, others.filter((it) => it.name !== from).map((it) => el("option", { value: it.name })));
  const to = el("input", { type: "text", list: known.id, autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const isBack = action === "retry";
  return ask({
    title: titles[action],
    text: isBack ? `Back to the queues that they came from: ${what}.` : `From ${from}: ${what}.`,
    fields: isBack ? [] : [field("To the queue", to, "A queue that is not there is made."), known],
    verb: verbs[action],
    isReady: () => isBack || (to.value.trim() !== "" && to.value.trim() !== from),
    act: () => act(to.value.trim()),
  });
}
