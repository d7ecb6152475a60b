// The fields of a form: what is typed or chosen, in the words that the client door takes.
import { el } from "./dom.js";
import { people } from "./state.js";

const text = (object) => object?.text ?? "";
const optionsOf = (element) => [
  ...(element.options ?? []),
  ...(element.option_groups ?? []).flatMap((group) => group.options ?? []),
];

// What a field holds at first: what was typed before, what the client remembers, or what the app put there.
function held(element, value) {
  const own = (key) => value?.[key] ?? element[key.replace("selected", "initial")];
  switch (element.type) {
    case "static_select":
    case "radio_buttons":
      return own("selected_option")?.value ?? "";
    case "multi_static_select":
    case "checkboxes":
      return (own("selected_options") ?? []).map((option) => option.value);
    case "users_select":
      return own("selected_user") ?? "";
    case "datepicker":
      return own("selected_date") ?? "";
    case "timepicker":
      return own("selected_time") ?? "";
    case "datetimepicker":
      return own("selected_date_time") ?? null;
    case "file_input":
      return (value?.files ?? []).map((file) => ({ id: file.id, name: file.name }));
    default:
      return value?.value ?? element.initial_value ?? "";
  }
}

function local(seconds) {
  if (!seconds) return "";
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

// A control for the element; `draft` keeps what is typed, `upload` turns files into ids.
export function field(block, value, drafts, upload) {
  const element = block.element ?? {};
  const key = block.block_id;
  if (!(key in drafts)) drafts[key] = held(element, value);
  const set = (now) => (drafts[key] = now);
  const id = `f-${Math.random().toString(36).slice(2)}`;
  const common = { id, "aria-required": block.optional ? undefined : "true" };
  let control;
  switch (element.type) {
    case "static_select":
      control = el("select", common,
        el("option", { value: "" }, block.optional ? "–" : "Choose…"),
        optionsOf(element).map((option) => el("option", { value: option.value }, text(option.text))));
      control.value = drafts[key];
      control.addEventListener("change", () => set(control.value));
      break;
    case "users_select":
      control = el("select", common, el("option", { value: "" }, "Choose…"),
        people("slack").map((one) => el("option", { value: one.id }, one.name)));
      control.value = drafts[key];
      control.addEventListener("change", () => set(control.value));
      break;
    case "radio_buttons":
      return choices(block, "radio", drafts[key] ? [drafts[key]] : [], (all) => set(all[0] ?? ""));
    case "checkboxes":
    case "multi_static_select":
      return choices(block, "checkbox", drafts[key], set);
    case "datetimepicker":
      control = el("input", { ...common, type: "datetime-local" });
      control.value = local(drafts[key]);
      control.addEventListener("input", () => set(control.value ? Math.floor(new Date(control.value).getTime() / 1000) : null));
      break;
    case "datepicker":
    case "timepicker":
      control = el("input", { ...common, type: element.type === "datepicker" ? "date" : "time" });
      control.value = drafts[key];
      control.addEventListener("input", () => set(control.value));
      break;
    case "file_input":
      return files(block, drafts, upload);
    default:
      control = element.multiline
        ? el("textarea", { ...common, rows: "3", maxlength: String(element.max_length ?? 3000) })
        : el("input", { ...common, type: "text", maxlength: String(element.max_length ?? 3000) });
      control.value = drafts[key] ?? "";
      control.placeholder = text(element.placeholder);
      control.addEventListener("input", () => set(control.value));
  }
  return { label: el("label", { for: id }, caption(block)), control, focus: control };
}

function caption(block) {
  return [text(block.label), block.optional ? el("span", { class: "optional" }, " optional") : null];
}

function choices(block, type, chosen, set) {
  const name = `g-${Math.random().toString(36).slice(2)}`;
  const rows = optionsOf(block.element).map((option) => {
    const input = el("input", { type, name, value: option.value });
    input.checked = chosen.includes(option.value);
    const about = text(option.description);
    return el("label", { class: "choice" }, input,
      el("span", {}, text(option.text), about ? el("small", {}, about) : null));
  });
  const group = el("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group", "aria-label": text(block.label) }, rows);
  group.addEventListener("change", () => set([...group.querySelectorAll("input:checked")].map((one) => one.value)));
  return { label: el("span", { class: "caption" }, caption(block)), control: group, focus: group.querySelector("input") };
}

function files(block, drafts, upload) {
  const key = block.block_id;
  const list = el("ul", { class: "files" });
  const show = () => list.replaceChildren(...drafts[key].map((file) => el("li", {}, `📎 ${file.name}`)));
  const input = el("input", { type: "file", multiple: (block.element.max_files ?? 10) > 1, "aria-label": text(block.label) });
  input.addEventListener("change", async () => {
    for (const file of input.files) {
      const id = await upload(file);
      if (id) drafts[key] = [...drafts[key], { id, name: file.name }];
    }
    input.value = "";
    show();
  });
  show();
  return { label: el("span", { class: "caption" }, caption(block)), control: el("div", {}, input, list), focus: input };
}

// What is sent for a field.
export function value(block, drafts) {
  const now = drafts[block.block_id];
  if (block.element?.type === "file_input") return now.length ? now.map((file) => file.id) : null;
  if (Array.isArray(now)) return now.length ? now : null;
  return now === "" || now === undefined ? null : now;
}
