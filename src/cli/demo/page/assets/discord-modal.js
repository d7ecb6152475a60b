// A form on Discord: a title, up to five fields with their labels, and nothing that changes while it is filled in.
import { el } from "./dom.js";
import { inline, markdown } from "./discord-text.js";
import { people, ui } from "./state.js";

// What a field holds at first.
function held(kind, value) {
  switch (kind) {
    case "static_select":
    case "radio_buttons":
      return value?.selected_option?.value ?? "";
    case "multi_static_select":
    case "checkboxes":
      return (value?.selected_options ?? []).map((option) => option.value);
    case "file_input":
      return [];
    case "checkbox":
      return Boolean(value?.value);
    default:
      return typeof value?.value === "string" ? value.value : "";
  }
}

// `acts` has submit(view, values), close(view) and upload(file).
export class Modal {
  constructor(acts) {
    this.acts = acts;
    this.node = el("div", { class: "veil", hidden: true });
    this.shows = "";
  }

  show(view, errors = {}) {
    if (!view || view.kind !== "modal") {
      if (!this.node.hidden) this.node.replaceChildren();
      this.node.hidden = true;
      this.shows = "";
      return;
    }
    // What was typed is the form's from here on; only another form or another error draws it anew.
    const shows = JSON.stringify([view.id, errors]);
    if (shows === this.shows) return;
    if (!ui.drafts.has(`form ${view.id}`)) ui.drafts.set(`form ${view.id}`, {});
    this.drafts = ui.drafts.get(`form ${view.id}`);
    this.shows = shows;
    this.node.replaceChildren(this.dialog(view, errors));
    this.node.hidden = false;
    const wrong = this.node.querySelector("[aria-invalid=true]");
    (wrong ?? this.node.querySelector(":is(input,textarea,select):not([type=file])") ?? this.node.querySelector("[type=submit]"))?.focus({ preventScroll: true });
    this.node.querySelector(".error")?.scrollIntoView({ block: "center" });
  }

  dialog(view, errors) {
    const parts = (view.blocks ?? []).map((part) => {
      if (part.type === 10) return el("div", { class: "e-text" }, markdown(part.content));
      const component = part.component ?? part.components?.[0] ?? {};
      const known = view.fields.find((one) => one.block_id === component.custom_id);
      return known ? this.row(view, known, component, errors[known.block_id]) : null;
    });
    const title = `t-${view.id}`;
    const submit = el("button", { type: "submit", class: "d-button primary" }, view.submit || "Submit");
    const form = el("form", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": title, novalidate: true },
      el("header", {}, el("h2", { id: title }, view.title),
        el("button", { type: "button", class: "x", title: "Close", on: { click: () => this.acts.close(view) } }, "×")),
      el("p", { class: "goes-to" }, "What you enter goes to the app secevent. Never enter a password."),
      el("div", { class: "content" }, parts),
      el("footer", {}, el("button", { type: "button", class: "d-button secondary", on: { click: () => this.acts.close(view) } }, view.close || "Cancel"), submit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(view, submit);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        this.acts.close(view);
      } else if (event.key === "Tab") this.round(event, form);
    });
    return form;
  }

  // The focus stays in the form.
  round(event, form) {
    const all = [...form.querySelectorAll("button,input,textarea,select,a[href]")].filter((one) => !one.disabled && one.offsetParent);
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to.focus();
  }

  row(view, known, component, error) {
    const key = known.block_id;
    if (!(key in this.drafts)) this.drafts[key] = held(known.kind, known.value);
    const id = `f-${view.id}-${key}`;
    const control = this.control(known, component, id);
    const focus = control.matches("input,textarea,select") ? control : control.querySelector("input,select");
    if (error && focus) {
      focus.setAttribute("aria-invalid", "true");
      focus.setAttribute("aria-describedby", `e-${id}`);
    }
    const caption = [inline(known.label, false), known.optional ? null : el("span", { class: "must", "aria-hidden": "true" }, " *"),
      error ? el("span", { class: "error", id: `e-${id}`, role: "alert" }, error) : null];
    return el("div", { class: `row ${error ? "wrong" : ""}`, data: { block: key, label: known.label } },
      focus?.id === id ? el("label", { for: id }, caption) : el("span", { class: "caption" }, caption),
      known.hint ? el("p", { class: "hint-text" }, inline(known.hint)) : null, control);
  }

  control(known, component, id) {
    const key = known.block_id;
    const set = (now) => (this.drafts[key] = now);
    const common = { id, "aria-required": known.optional ? undefined : "true" };
    const options = component.options ?? [];
    switch (known.kind) {
      case "static_select":
      case "users_select": {
        const all = known.kind === "users_select" ? people("discord").map((one) => ({ value: one.handle, label: one.name })) : options;
        const select = el("select", common, el("option", { value: "" }, component.placeholder ?? "Make a selection"),
          all.map((option) => el("option", { value: option.value }, option.label)));
        select.value = this.drafts[key];
        select.addEventListener("change", () => set(select.value));
        return select;
      }
      case "radio_buttons":
        return choices(known, "radio", options, this.drafts[key] ? [this.drafts[key]] : [], (all) => set(all[0] ?? ""));
      case "checkboxes":
      case "multi_static_select":
        return choices(known, "checkbox", options, this.drafts[key], set);
      case "checkbox":
        return choices(known, "checkbox", [{ value: "yes", label: known.label }], this.drafts[key] ? ["yes"] : [], (all) => set(all.length > 0));
      case "file_input":
        return this.files(known, component, id);
      default: {
        const tag = component.style === 2 ? "textarea" : "input";
        const input = el(tag, { ...common, ...(tag === "input" ? { type: "text" } : { rows: "3" }), maxlength: String(component.max_length ?? 4000) });
        input.value = this.drafts[key];
        input.placeholder = component.placeholder ?? "";
        input.addEventListener("input", () => set(input.value));
        return input;
      }
    }
  }

  files(known, component, id) {
    const key = known.block_id;
    const list = el("ul", { class: "files" });
    const show = () => list.replaceChildren(...this.drafts[key].map((file) => el("li", {}, file.name)));
    const input = el("input", { id, type: "file", multiple: (component.max_values ?? 1) > 1, "aria-label": known.label });
    input.addEventListener("change", async () => {
      for (const file of input.files) {
        const made = await this.acts.upload(file);
        if (made) this.drafts[key] = [...this.drafts[key], { id: made, name: file.name }].slice(-(component.max_values ?? 1));
      }
      input.value = "";
      show();
    });
    show();
    return el("div", { class: "drop" }, input, list);
  }

  async submit(view, button) {
    if (button.disabled) return;
    button.disabled = true;
    button.classList.add("working");
    const values = {};
    for (const { block_id: key, kind } of view.fields) {
      const now = this.drafts[key];
      if (kind === "file_input") values[key] = now.map((file) => file.id);
      else if (Array.isArray(now) || typeof now === "boolean") values[key] = now;
      else if (/select|radio/.test(kind)) values[key] = now ? [now] : [];
      else values[key] = now;
    }
    await this.acts.submit(view, values);
    button.disabled = false;
    button.classList.remove("working");
  }
}

function choices(known, type, options, chosen, set) {
  const name = `g-${known.block_id}-${Math.random().toString(36).slice(2)}`;
  const rows = options.map((option) => {
    const input = el("input", { type, name, value: option.value });
    input.checked = chosen.includes(option.value);
    return el("label", { class: "choice" }, input, el("span", {}, option.label, option.description ? el("small", {}, option.description) : null));
  });
  const group = el("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group", "aria-label": known.label }, rows);
  group.addEventListener("change", () => set([...group.querySelectorAll("input:checked")].map((one) => one.value)));
  return group;
}
