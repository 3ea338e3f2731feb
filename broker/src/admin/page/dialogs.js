// Questions to the user, and the proof that actions need.

import { forget, isKnown, Refusal, rememberToken, rememberUser } from "./api.js";
import { el, field } from "./dom.js";
import { trouble } from "./notices.js";

/**
 * Asks something in a dialog. `fields` are elements; `isReady()` says whether they may be sent, `act()` does it and may
 * refuse, which leaves the dialog open. Resolves to whether it was done.
 */
export function ask({ title, text, fields = [], verb, isDangerous = false, isReady = () => true, act }) {
  const refused = trouble();
  const done = el("button", { type: "submit", class: isDangerous ? "danger" : "primary" }, verb);
  const cancel = el("button", { type: "button" }, "Cancel");
  const form = el("form", { novalidate: true }, el("h2", { id: `dialog-${++dialogs}` }, title), text && el("p", {}, text), ...fields, refused.element, el("div", { class: "buttons" }, cancel, done));
  const dialog = el("dialog", { "aria-labelledby": `dialog-${dialogs}` }, form);
  const check = () => { done.disabled = !isReady(); };
  form.addEventListener("input", check);
  check();
  return new Promise((resolve) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!isReady() || done.getAttribute("aria-busy")) return;
      done.setAttribute("aria-busy", "true");
      try {
        await act();
        dialog.returnValue = "done";
        dialog.close();
      } catch (error) {
        refused.show(error);
      }
      done.removeAttribute("aria-busy");
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "done"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let dialogs = 0;

/** Has an action that cannot be undone confirmed by typing a name. */
export function confirmed({ title, text, name, verb, act }) {
  const typed = el("input", { type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  return ask({
    title, text, verb, isDangerous: true,
    fields: [field(`Type ${name} to confirm`, typed)],
    isReady: () => typed.value === name,
    act: () => act(typed.value),
  });
}

/** Does something that needs a token, or a user; asks for that until the broker takes it. */
export async function permitted(state, work) {
  for (let refused = null; ; ) {
    if (!isKnown() && !(await askWho(state.node?.actionsNeed, refused))) {
      throw new Refusal(0, { error: "nothing was done", hint: "the broker wants to know who does it" });
    }
    try {
      return await work();
    } catch (error) {
      if (error.status !== 401) throw error;
      forget();
      refused = error;
    }
  }
}

function askWho(need, refused) {
  const again = trouble();
  again.show(refused);
  const byUser = need === "user";
  const user = el("input", { type: "text", autocomplete: "username", spellcheck: "false", autocapitalize: "off" });
  const secret = el("input", { type: "password", autocomplete: byUser ? "current-password" : "off" });
  const about = byUser
    ? "Actions need one of the broker's users."
    : "Actions need the token that the broker printed when it was started. It is kept until this tab is closed.";
  return ask({
    title: byUser ? "Who are you?" : "The broker's token",
    text: about,
    fields: [...(byUser ? [field("User", user)] : []), field(byUser ? "Password" : "Token", secret), again.element],
    verb: "Go on",
    isReady: () => secret.value.trim() !== "" && (!byUser || user.value !== ""),
    act: () => (byUser ? rememberUser(user.value, secret.value) : rememberToken(secret.value.trim())),
  });
}
