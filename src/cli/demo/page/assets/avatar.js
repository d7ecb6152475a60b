// Somebody's sign: initials in their colour; the bot's own.
import { el } from "./dom.js";
import { hue, initials } from "./state.js";

export function avatar(handle, name, small) {
  const bot = handle === "secevent";
  return el("span", { class: `avatar ${small ? "small" : ""} ${bot ? "bot" : hue(handle)}`, "aria-hidden": "true" }, bot ? "se" : initials(name));
}
