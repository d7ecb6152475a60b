// Where somebody types on Discord: messages, and commands, which are picked from a list and then have a place for each option.
import { el } from "./dom.js";
import { app, ui } from "./state.js";

const TEXT = 3;
const FILE = 11;

const commands = () => app("discord")?.commands ?? [];

// `acts` has say(text), command(text, files), suggest(text), attach(file) and upload(file).
export class Composer {
  constructor(acts) {
    this.acts = acts;
    this.key = "";
    this.command = null;
    this.input = el("textarea", { rows: "1", "aria-label": "Message" });
    this.slot = el("div", { class: "command-line", hidden: true });
    this.hint = el("ul", { class: "hint", hidden: true });
    this.file = el("input", { type: "file", class: "hidden-file", tabindex: "-1", "aria-hidden": "true" });
    this.send = el("button", { type: "button", class: "send", title: "Send (Enter)", "aria-label": "Send" }, "➤");
    const attach = el("button", { type: "button", class: "plus", title: "Attach a file", on: { click: () => this.file.click() } }, "+");
    this.node = el("div", { class: "composer" }, this.hint,
      el("div", { class: "line" }, attach, this.input, this.slot, this.send), this.file);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.hint.addEventListener("keydown", (event) => this.walk(event));
    this.send.addEventListener("click", () => this.go());
    this.file.addEventListener("change", async () => {
      for (const file of this.file.files) await this.take(file);
      this.file.value = "";
    });
  }

  // Goes to a place, with what was typed there before.
  show(key, placeholder, closed) {
    if (this.key !== key) {
      this.key = key;
      this.leave();
      this.input.value = "";
      this.fill(ui.drafts.get(key) ?? "", true);
    }
    this.input.placeholder = closed || placeholder;
    this.input.disabled = Boolean(closed);
    this.send.disabled = Boolean(closed);
  }

  // A command with its words becomes one: its options have their places.
  fill(text, quietly) {
    const found = commands().find((one) => text === one.command || text.startsWith(`${one.command} `));
    if (found) this.enter(found, text.slice(found.command.length).trim(), quietly);
    else {
      this.leave();
      this.input.value = text;
      this.fit(this.input);
      if (!quietly) {
        this.typed();
        this.input.focus();
      }
    }
  }

  typed() {
    const text = this.input.value;
    const found = commands().find((one) => text.startsWith(`${one.command} `));
    if (found) return this.enter(found, text.slice(found.command.length).trim());
    ui.drafts.set(this.key, text);
    this.fit(this.input);
    this.offer();
  }

  fit(area) {
    area.rows = Math.min(6, area.value.split("\n").length);
  }

  // The commands that begin as what was typed.
  offer() {
    const typed = this.input.value;
    const fits = (one) => one.command.startsWith(typed) || one.command.split(" ")[1]?.startsWith(typed.slice(1));
    const all = typed.startsWith("/") && !typed.includes("\n") ? commands().filter(fits) : [];
    this.list(all.map((one) => [
      [el("b", {}, one.command), ...(one.options ?? []).map((option) => el("span", { class: "usage" }, option.name)), el("small", {}, one.description)],
      () => this.enter(one, ""),
    ]), "secevent");
  }

  list(items, title) {
    this.hint.hidden = !items.length;
    this.hint.replaceChildren(...(items.length ? [el("li", { class: "of" }, title)] : []),
      ...items.map(([shown, run]) => el("li", {}, el("button", { type: "button", on: { click: run } }, shown))));
  }

  // Up and down in what is offered; above the first one is the line again.
  walk(event) {
    const all = [...this.hint.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const back = () => (this.command ? this.slot.querySelector("textarea") : this.input).focus();
    if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus();
    else if (event.key === "ArrowUp") (at > 0 ? all[at - 1].focus() : back());
    else if (event.key === "Escape") {
      back();
      this.hint.hidden = true;
    } else return;
    event.preventDefault();
  }

  // Puts a command in place of the line, its words into its first option of text.
  enter(command, words, quietly) {
    this.leave();
    const options = command.options ?? [];
    const first = options.find((option) => option.type === TEXT);
    this.command = { ...command, fields: new Map(), files: [] };
    const places = options.map((option) => this.place(option, option === first ? words.replace(new RegExp(`^${option.name}:\\s*`), "") : ""));
    this.slot.replaceChildren(el("b", { class: "command" }, command.command), ...places);
    this.slot.tabIndex = options.length ? -1 : 0;
    this.slot.onkeydown = (event) => event.target === this.slot && this.inCommand(event, "");
    this.slot.hidden = false;
    this.input.hidden = true;
    this.hint.hidden = true;
    this.keep();
    if (!quietly) (this.slot.querySelector("textarea") ?? this.slot).focus();
  }

  place(option, words) {
    if (option.type === FILE) {
      const name = el("span", {}, "choose a file");
      const node = el("button", { type: "button", class: "option", data: { option: option.name }, title: option.description, on: { click: () => this.file.click() } },
        el("span", { class: "name" }, option.name), name);
      this.command.file = name;
      return node;
    }
    const area = el("textarea", { rows: "1", "aria-label": `${option.name}: ${option.description}`, "aria-required": option.required ? "true" : undefined });
    area.value = words;
    area.placeholder = option.description;
    this.command.fields.set(option.name, area);
    this.fit(area);
    area.addEventListener("input", () => {
      this.fit(area);
      this.keep();
      if (option.autocomplete) this.suggest(option, area);
    });
    area.addEventListener("focus", () => option.autocomplete && this.suggest(option, area));
    area.addEventListener("keydown", (event) => this.inCommand(event, area.value));
    return el("label", { class: "option wide", data: { option: option.name } }, el("span", { class: "name" }, option.name), area);
  }

  // What the app proposes for an option.
  async suggest(option, area) {
    const asked = this.command;
    const all = await this.acts.suggest(`${asked.command} ${option.name}:${area.value}`);
    if (this.command !== asked || document.activeElement !== area) return;
    this.list((Array.isArray(all) ? all : []).map((choice) => [choice.name, () => {
      area.value = choice.value;
      this.hint.hidden = true;
      this.keep();
      area.focus();
      this.hint.hidden = true;
    }]), option.description);
  }

  // Back to a line of words.
  leave() {
    this.command = null;
    this.slot.hidden = true;
    this.slot.replaceChildren();
    this.input.hidden = false;
    this.hint.hidden = true;
  }

  // The command as the door takes it: each option by its name.
  words() {
    const filled = [...this.command.fields].filter(([, area]) => area.value.trim());
    return [this.command.command, ...filled.map(([name, area]) => `${name}: ${area.value.trim()}`)].join(" ");
  }

  keep() {
    ui.drafts.set(this.key, [this.command.command, ...[...this.command.fields.values()].slice(0, 1).map((area) => area.value)].join(" "));
  }

  async take(file) {
    if (!this.command?.file) return this.acts.attach(file);
    const asked = this.command;
    const id = await this.acts.upload(file);
    if (!id) return;
    asked.files = [id];
    asked.file.textContent = file.name;
  }

  inCommand(event, words) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.go();
    } else if (event.key === "Escape" || (event.key === "Backspace" && !words)) {
      event.preventDefault();
      this.leave();
      ui.drafts.delete(this.key);
      this.input.value = "";
      this.input.focus();
    } else if (event.key === "ArrowDown" && !this.hint.hidden) {
      event.preventDefault();
      this.hint.querySelector("button")?.focus();
    }
  }

  pressed(event) {
    const first = () => this.hint.querySelector("button");
    if ((event.key === "Tab" || event.key === "Enter") && !event.shiftKey && !this.hint.hidden && this.input.value.startsWith("/") && first()) {
      event.preventDefault();
      first().click();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.go();
    } else if (event.key === "Escape") {
      this.hint.hidden = true;
    } else if (event.key === "ArrowDown" && !this.hint.hidden) {
      event.preventDefault();
      first()?.focus();
    }
  }

  async go() {
    const asked = this.command;
    const text = asked ? this.words() : this.input.value.trim();
    if (!text) this.acts.leave();
    if (!text || this.send.disabled) return;
    const key = this.key;
    this.hint.hidden = true;
    this.node.classList.add("working");
    this.send.disabled = true;
    const well = await (asked ? this.acts.command(text, asked.files) : this.acts.say(text));
    this.node.classList.remove("working");
    this.send.disabled = false;
    if (!well) return;
    ui.drafts.delete(key);
    if (this.key !== key) return;
    const here = this.node.contains(document.activeElement);
    this.leave();
    this.input.value = "";
    this.fit(this.input);
    if (here) this.input.focus({ preventScroll: true });
  }
}
