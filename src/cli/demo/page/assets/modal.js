// A form on somebody's screen: opened, changed, pushed and closed by the app; filled in and sent by the person.
import { el } from "./dom.js";
import { blocks } from "./blocks.js";
import { field, value } from "./fields.js";
import { ui } from "./state.js";

// A block that only shows gets another id with every update of the view, and looks the same.
const look = (block) => (block.type === "input" ? block : { ...block, block_id: "" });

// `acts` has submit(view, values), close(view), pressInView(view, action, value) and upload(file).
export class Modal {
  constructor(acts) {
    this.acts = acts;
    this.node = el("div", { class: "veil", hidden: true });
    this.shows = "";
    this.drafts = {};
    this.of = "";
  }

  show(view, errors = {}) {
    if (!view || view.kind !== "modal") {
      if (!this.node.hidden) this.node.replaceChildren();
      this.node.hidden = true;
      this.shows = "";
      return;
    }
    const shows = JSON.stringify([view.id, view.title, view.submit, errors, (view.blocks ?? []).map(look)]);
    if (shows === this.shows) return;
    const fresh = this.of !== view.id;
    if (fresh) {
      this.drafts = ui.drafts.get(`form ${view.id}`) ?? {};
      ui.drafts.set(`form ${view.id}`, this.drafts);
    }
    this.of = view.id;
    this.shows = shows;
    const active = document.activeElement?.closest?.("[data-block]")?.dataset.block;
    this.node.replaceChildren(this.dialog(view, errors));
    this.node.hidden = false;
    const wrong = this.node.querySelector("[aria-invalid=true]");
    const again = active && this.node.querySelector(`[data-block="${CSS.escape(active)}"] :is(input,textarea,select)`);
    const first = this.node.querySelector(":is(input,textarea,select):not([type=file])") ?? this.node.querySelector("button");
    (wrong ?? again ?? first)?.focus({ preventScroll: true });
    this.node.querySelector(".error")?.scrollIntoView({ block: "center" });
  }

  dialog(view, errors) {
    const known = Object.fromEntries(view.fields.map((one) => [one.block_id, one.value]));
    const parts = (view.blocks ?? []).flatMap((block) =>
      block.type === "input"
        ? [this.row(view, block, known[block.block_id], errors[block.block_id])]
        : blocks([block], (action, chosen) => this.acts.pressInView(view, action, chosen)));
    const title = `t-${view.id}`;
    const cancel = el("button", { type: "button", class: view.submit ? "quiet" : "b-button primary", on: { click: () => this.acts.close(view) } }, view.close || "Close");
    const submit = view.submit ? el("button", { type: "submit", class: "b-button primary" }, view.submit) : null;
    const form = el("form", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": title, novalidate: true },
      el("header", {}, el("h2", { id: title }, view.title),
        el("button", { type: "button", class: "x", title: "Close", on: { click: () => this.acts.close(view) } }, "×")),
      el("div", { class: "content" }, parts),
      el("footer", {}, cancel, submit));
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
    const [first, last] = [all[0], all.at(-1)];
    if (event.shiftKey && document.activeElement === first) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  }

  row(view, block, known, error) {
    const made = field(block, known, this.drafts, (file) => this.acts.upload(file));
    const hint = block.hint?.text;
    if (error && made.focus) {
      made.focus.setAttribute("aria-invalid", "true");
      made.focus.setAttribute("aria-describedby", `e-${view.id}-${block.block_id}`);
    }
    return el("div", { class: `row ${error ? "wrong" : ""}`, data: { block: block.block_id } },
      made.label, made.control,
      hint ? el("p", { class: "hint-text" }, hint) : null,
      error ? el("p", { class: "error", id: `e-${view.id}-${block.block_id}`, role: "alert" }, error) : null);
  }

  async submit(view, button) {
    if (!button || button.disabled) return;
    button.disabled = true;
    button.classList.add("working");
    const values = {};
    for (const block of view.blocks) if (block.type === "input") values[block.block_id] = value(block, this.drafts);
    await this.acts.submit(view, values);
    button.disabled = false;
    button.classList.remove("working");
  }
}
