// The menu of a message: opened by a button, walked through by arrows, closed by Escape or by looking elsewhere.
import { el } from "./dom.js";

export const QUICK = ["rotating_light", "eyes", "white_check_mark"];

// `items()` tells what stands in it now: `[label, run, hint]` each.
export function menu(items) {
  const list = el("div", { class: "menu", role: "menu", hidden: true });
  const more = el("button", {
    type: "button", class: "more", "aria-haspopup": "menu", "aria-expanded": "false", title: "More",
    on: { click: () => (list.hidden ? open() : shut()) },
  }, "⋯");
  function open() {
    for (const other of document.querySelectorAll(".menu:not([hidden])")) other.hidden = true;
    list.replaceChildren(...items().map(([label, run, hint]) =>
      el("button", { type: "button", role: "menuitem", on: { click: () => { shut(); run(); } } }, label, hint ? el("small", {}, hint) : null)));
    list.hidden = false;
    more.setAttribute("aria-expanded", "true");
    list.querySelector("button")?.focus();
  }
  function shut() {
    list.hidden = true;
    more.setAttribute("aria-expanded", "false");
  }
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") { shut(); more.focus(); }
    else if (event.key === "ArrowDown") all[(at + 1) % all.length].focus();
    else if (event.key === "ArrowUp") all[(at + all.length - 1) % all.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("focusout", (event) => {
    if (!list.contains(event.relatedTarget) && event.relatedTarget !== more) shut();
  });
  return [more, list];
}
