// What a message of Discord holds below its words: embeds with their bar, and rows of buttons and selects.
import { el } from "./dom.js";
import { inline, markdown } from "./discord-text.js";
import { people } from "./state.js";

export function embed(one) {
  const fields = (one.fields ?? []).map((field) =>
    el("div", { class: `e-field ${field.inline ? "in" : ""}` }, el("b", {}, inline(field.name)), el("div", {}, markdown(field.value))));
  const node = el("div", { class: "embed" },
    one.author?.name ? el("p", { class: "e-author" }, one.author.name) : null,
    one.title ? el("h3", { class: "e-title" }, one.url ? el("a", { href: one.url, target: "_blank", rel: "noreferrer noopener" }, inline(one.title, false)) : inline(one.title)) : null,
    one.description ? el("div", { class: "e-text" }, markdown(one.description)) : null,
    fields.length ? el("div", { class: "e-fields" }, fields) : null,
    one.footer?.text ? el("p", { class: "e-foot" }, one.footer.text) : null);
  // The bar in the embed's colour.
  if (Number.isInteger(one.color)) node.style.setProperty("--bar", `#${one.color.toString(16).padStart(6, "0")}`);
  return node;
}

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

// `press(custom_id, value)` tells what was pressed or chosen; what it returns is waited for while the button shows that it works.
export function components(list, press) {
  return (list ?? []).map((one) => {
    if (one.type === 1) return el("div", { class: "d-row" }, (one.components ?? []).map((inner) => control(inner, press)));
    if (one.type === 10) return el("div", { class: "e-text" }, markdown(one.content));
    return one.components ? el("div", { class: "embed plain" }, components(one.components, press)) : control(one, press);
  });
}

function control(one, press) {
  if (one.type === 2) return button(one, press);
  const options = one.type === 5 ? people("discord").map((who) => ({ value: who.handle, label: who.name })) : (one.options ?? []);
  if (!options.length) return null;
  const select = el("select", { class: "d-select", disabled: Boolean(one.disabled), "aria-label": one.placeholder ?? "Make a selection" },
    el("option", { value: "" }, one.placeholder ?? "Make a selection"),
    options.map((option) => el("option", { value: option.value }, option.label)));
  select.addEventListener("change", async () => {
    if (!select.value) return;
    select.disabled = true;
    await press(one.custom_id, [select.value]);
    select.disabled = false;
    select.value = "";
  });
  return select;
}

function button(one, press) {
  // The verb stands between the edition and the id: what a test or a reader of the page looks for.
  const verb = /^v\d+:([a-z_]+):/.exec(one.custom_id ?? "")?.[1];
  const node = el("button", {
    type: "button", class: `d-button ${STYLES[one.style] ?? "secondary"}`, disabled: Boolean(one.disabled), data: { action: verb ?? one.custom_id ?? "" },
  }, one.emoji?.name ? `${one.emoji.name} ` : "", one.label ?? "", one.style === 5 ? " ↗" : "");
  node.addEventListener("click", async () => {
    if (one.url) return void window.open(one.url, "_blank", "noopener,noreferrer");
    node.classList.add("working");
    node.setAttribute("aria-busy", "true");
    node.disabled = true;
    const well = await press(one.custom_id);
    node.classList.remove("working");
    node.removeAttribute("aria-busy");
    node.disabled = false;
    if (!well) {
      node.classList.add("refused");
      node.addEventListener("animationend", () => node.classList.remove("refused"), { once: true });
    }
  });
  return node;
}
