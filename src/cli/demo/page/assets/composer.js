// Where somebody types: messages, commands with their hints, files, and the app's shortcuts.
import { el } from "./dom.js";
import { app, ui } from "./state.js";

// `acts` has say(text), global(callback_id) and attach(file).
export class Composer {
  constructor(acts) {
    this.acts = acts;
    this.key = "";
    this.input = el("textarea", { rows: "1", "aria-label": "Message" });
    this.hint = el("ul", { class: "hint", hidden: true });
    this.file = el("input", { type: "file", class: "hidden-file", tabindex: "-1", "aria-hidden": "true" });
    this.send = el("button", { type: "button", class: "send", title: "Send (Enter)" }, "Send");
    const attach = el("button", { type: "button", title: "Attach a file", on: { click: () => this.file.click() } }, "+");
    const shortcut = el("button", {
      type: "button", title: "Shortcuts", class: "shortcut",
      on: { click: () => this.shortcuts() },
    }, "⚡");
    this.node = el("div", { class: "composer" }, this.hint,
      el("div", { class: "line" }, attach, shortcut, this.input, this.send), this.file);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.send.addEventListener("click", () => this.go());
    this.file.addEventListener("change", async () => {
      for (const file of this.file.files) await this.acts.attach(file);
      this.file.value = "";
    });
  }

  // Goes to a place, with what was typed there before.
  show(key, placeholder, closed) {
    if (this.key !== key) {
      this.key = key;
      this.input.value = ui.drafts.get(key) ?? "";
      this.fit();
    }
    this.input.placeholder = closed || placeholder;
    this.input.disabled = Boolean(closed);
    this.send.disabled = Boolean(closed);
  }

  fill(text) {
    this.input.value = text;
    this.typed();
    this.input.focus();
  }

  typed() {
    ui.drafts.set(this.key, this.input.value);
    this.fit();
    this.hints();
  }

  fit() {
    this.input.rows = Math.min(6, this.input.value.split("\n").length);
  }

  hints() {
    const typed = this.input.value;
    const commands = typed.startsWith("/")
      ? (app("slack")?.commands ?? []).filter((one) => one.command.startsWith(typed.split(/\s/)[0]))
      : [];
    this.hint.hidden = !commands.length;
    this.hint.replaceChildren(...commands.map((one) => el("li", {},
      el("button", { type: "button", on: { click: () => this.fill(`${one.command} `) } },
        el("b", {}, one.command), " ", el("span", { class: "usage" }, one.usage_hint), el("small", {}, one.description)))));
  }

  shortcuts() {
    const all = (app("slack")?.shortcuts ?? []).filter((one) => !one.on_message);
    const open = !this.hint.hidden && this.hint.dataset.of === "shortcuts";
    this.hint.dataset.of = open ? "" : "shortcuts";
    this.hint.hidden = open || !all.length;
    this.hint.replaceChildren(...all.map((one) => el("li", {}, el("button", {
      type: "button", on: { click: () => { this.hint.hidden = true; this.acts.global(one.callback_id); } },
    }, el("b", {}, `⚡ ${one.name}`), el("small", {}, "A form, from anywhere")))));
    this.hint.querySelector("button")?.focus();
  }

  pressed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.go();
    } else if (event.key === "Escape") {
      this.hint.hidden = true;
    } else if (event.key === "Tab" && !event.shiftKey && !this.hint.hidden && !this.input.value.includes(" ")) {
      event.preventDefault();
      this.hint.querySelector("button")?.click();
    }
  }

  async go() {
    const text = this.input.value.trim();
    if (!text) this.acts.leave();
    if (!text || this.send.disabled) return;
    const key = this.key;
    this.hint.hidden = true;
    this.node.classList.add("working");
    this.send.disabled = true;
    const well = await this.acts.say(text);
    this.node.classList.remove("working");
    this.send.disabled = false;
    if (!well) return;
    ui.drafts.delete(key);
    if (this.key === key) {
      this.input.value = "";
      this.fit();
    }
  }
}
