// What stands in the app's Home tab for the person who looks: published by the app, and opened anew each time somebody comes to it.
import { el } from "./dom.js";
import { blocks } from "./blocks.js";

// `press(view, action, value)` tells what was pressed.
export function home(view, press) {
  return el("section", { class: "home said", "aria-label": "Home" },
    blocks(view.blocks, (action, value) => press(view, action, value)));
}

export const waiting = () => el("div", { class: "empty" }, el("p", {}, "The app fills this page when it is opened."));
