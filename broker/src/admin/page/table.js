// Tables that change each second without disturbing whoever is in the middle of one.

import { el, write } from "./dom.js";

/**
 * A table. `columns` have a `title`, and either `text(row)` or `make()` with `show(made, row)`; `order(row)` makes one
 * sortable, `figure` puts it to the right. `key(row)` tells rows apart.
 */
export function table({ caption, columns, key, empty, sorted = null }) {
  const order = { column: columns.find((it) => it.title === sorted) ?? null, isDown: false };
  const rows = new Map();
  let last = [];
  const heads = columns.map((column) => head(column, () => turn(column)));
  const body = el("tbody");
  const nothing = el("p", { class: "empty" }, empty);
  const whole = el(
    "table", {},
    el("caption", { class: "hidden" }, caption), el("thead", {}, el("tr", {}, heads)), body,
  );
  const element = el("div", { class: "card table" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, whole), nothing);

  function turn(column) {
    order.isDown = order.column === column ? !order.isDown : Boolean(column.figure);
    order.column = column;
    update(last);
  }

  function update(list) {
    last = list;
    const focused = document.activeElement;
    const kept = new Set(list.map(key));
    for (const [name, row] of rows) if (!kept.has(name)) { row.element.remove(); rows.delete(name); }
    arrange(order.column ? inOrder(list, order) : list);
    if (focused !== document.activeElement && body.contains(focused)) focused.focus({ preventScroll: true });
    nothing.hidden = list.length > 0;
    whole.hidden = list.length === 0;
    columns.forEach((column, at) => heads[at].setAttribute("aria-sort", direction(column, order)));
  }

  function arrange(list) {
    list.forEach((item, at) => {
      const row = rows.get(key(item)) ?? line(columns);
      rows.set(key(item), row);
      row.show(item);
      if (body.children[at] !== row.element) body.insertBefore(row.element, body.children[at] ?? null);
    });
  }

  return { element, update, rows: () => last };
}

function head(column, turned) {
  const attributes = { scope: "col", class: column.figure ? "figure" : "" };
  if (!column.order) return el("th", attributes, column.title);
  return el("th", attributes, el("button", { type: "button", class: "sort", onclick: turned }, column.title));
}

function line(columns) {
  const cells = columns.map((column) => ({ column, made: column.make?.(), cell: el("td", { class: column.class ?? (column.figure ? "figure" : "") }) }));
  for (const { made, cell } of cells) if (made) cell.append(made.element ?? made);
  const show = (row) => {
    for (const { column, made, cell } of cells) made ? column.show(made, row) : write(cell, column.text(row));
  };
  return { element: el("tr", {}, cells.map((it) => it.cell)), show };
}

function inOrder(list, { column, isDown }) {
  const sign = isDown ? -1 : 1;
  const compare = (one, other) => {
    const [a, b] = [column.order(one), column.order(other)];
    return typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : (a ?? -1) - (b ?? -1);
  };
  return [...list].sort((one, other) => sign * compare(one, other));
}

function direction(column, order) {
  if (!column.order) return "none";
  if (order.column !== column) return "none";
  return order.isDown ? "descending" : "ascending";
}
