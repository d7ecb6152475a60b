// Blocks of a message or a form: what is read, and what is pressed or chosen.
import { el } from "./dom.js";
import { rich, words } from "./text.js";

// `press(action_id, value)` tells what was pressed; what it returns is waited for while the button shows that it works.
export function blocks(list, press) {
  return (list ?? []).map((block) => one(block, press)).filter(Boolean);
}

function one(block, press) {
  switch (block.type) {
    case "header":
      return el("h3", { class: "b-header" }, block.text?.text ?? "");
    case "section":
      return section(block, press);
    case "context":
      return el("p", { class: "b-context" }, (block.elements ?? []).map((part) =>
        el("span", {}, part.type === "image" ? (part.alt_text ?? "") : words(part))));
    case "divider":
      return el("hr");
    case "rich_text":
      return el("div", { class: "b-rich" }, rich(block));
    case "actions":
      return el("div", { class: "b-actions" }, (block.elements ?? []).map((element) => control(element, press)));
    case "image":
      return el("p", { class: "b-context" }, block.alt_text ?? "image");
    case "markdown":
      return el("div", { class: "b-rich" }, el("p", {}, block.text ?? ""));
    case "table":
      return el("table", { class: "b-table" }, (block.rows ?? []).map((row) =>
        el("tr", {}, row.map((cell) => el("td", {}, cell.elements ? rich(cell) : (cell.text ?? ""))))));
    default:
      return null;
  }
}

function section(block, press) {
  const text = block.text ? el("p", {}, words(block.text)) : null;
  const fields = block.fields
    ? el("div", { class: "b-fields" }, block.fields.map((field) => el("p", {}, words(field))))
    : null;
  const accessory = block.accessory && block.accessory.type !== "image" ? control(block.accessory, press) : null;
  return el("div", { class: "b-section" }, el("div", { class: "b-words" }, text, fields), accessory);
}

function control(element, press) {
  if (element.type === "button") return button(element, press);
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options ?? [])];
  if (!options.length) return null;
  const select = el("select", { "aria-label": element.placeholder?.text ?? "Choose" },
    el("option", { value: "" }, element.placeholder?.text ?? "Choose…"),
    options.map((option) => el("option", { value: option.value }, option.text?.text ?? option.value)));
  select.addEventListener("change", async () => {
    if (!select.value) return;
    select.disabled = true;
    await press(element.action_id, select.value);
    select.disabled = false;
    select.value = "";
  });
  return select;
}

function button(element, press) {
  const node = el("button", { type: "button", class: `b-button ${element.style ?? ""}`, data: { action: element.action_id } },
    element.text?.text ?? "");
  node.addEventListener("click", async () => {
    if (element.url) {
      window.open(element.url, "_blank", "noopener,noreferrer");
      return;
    }
    node.classList.add("working");
    node.setAttribute("aria-busy", "true");
    node.disabled = true;
    const well = await press(element.action_id);
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
