// The broker's HTTP API. Whoever reads needs nothing; actions need a token, which is asked for once.

const root = new URL("../api/v1/", location.href);
const kept = "relaismq-authorization";

/** What the broker said instead of doing it. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.error || `the broker answered with status ${status}`);
    this.status = status;
    this.hint = answer.hint || "";
  }
}

/** The address of a part of the API; `query` has what is not empty. */
export function address(path, query = {}) {
  const url = new URL(path, root);
  for (const [name, value] of Object.entries(query)) {
    if (value !== "" && value != null) url.searchParams.set(name, value);
  }
  return url;
}

/** Headers with what the user has said to be allowed. */
export function headers(more = {}) {
  const authorization = sessionStorage.getItem(kept);
  return authorization ? { ...more, Authorization: authorization } : more;
}

export const isKnown = () => sessionStorage.getItem(kept) !== null;
export const forget = () => sessionStorage.removeItem(kept);
export const rememberToken = (token) => sessionStorage.setItem(kept, `Bearer ${token}`);

/** For brokers that have users. */
export function rememberUser(name, password) {
  const text = new TextEncoder().encode(`${name}:${password}`);
  sessionStorage.setItem(kept, `Basic ${btoa(String.fromCharCode(...text))}`);
}

/** Reads something. */
export const get = (path, query, signal) => answer(fetch(address(path, query), { headers: headers(), signal }));

/** JSON; whole numbers that JavaScript would round become texts. */
export function read(text) {
  const parts = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const exact = text.replace(parts, (part) => (/^-?\d{16,}$/.test(part) ? `"${part}"` : part));
  try {
    return JSON.parse(exact);
  } catch {
    return {};
  }
}

/** Does something to a queue. */
export function act(queue, action, body) {
  const path = `queues/${encodeURIComponent(queue)}/${action}`;
  const said = { "Content-Type": "application/json" };
  return answer(fetch(address(path), { method: "POST", headers: headers(said), body: JSON.stringify(body) }));
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { error: "the broker cannot be reached", hint: "whether it was done is not known" });
  }
  const said = await response.text().then(read, () => ({}));
  if (!response.ok) throw new Refusal(response.status, said);
  return said;
}
