// A message: who, when, what, the reactions below it, and what can be done with it.
import { el } from "./dom.js";
import { blocks } from "./blocks.js";
import { clockOf, emoji, mrkdwn } from "./text.js";
import { hue, initials, nameOf, ui } from "./state.js";

const QUICK = ["rotating_light", "eyes", "white_check_mark"];

export function avatar(handle, name, small) {
  const bot = handle === ui.app?.bot_handle;
  return el("span", { class: `avatar ${small ? "small" : ""} ${bot ? "bot" : hue(handle)}`, "aria-hidden": "true" }, bot ? "se" : initials(name));
}

// `acts` has press, react, reply, shortcut, record, edit and remove.
export function message(one, pane, acts, inThread) {
  const bot = one.author === ui.app?.bot_user;
  const name = nameOf(one.author);
  const own = one.author_name === pane.user;
  const head = el("p", { class: "who" },
    el("b", {}, name),
    bot ? el("span", { class: "badge" }, "app") : null,
    ui.names.get(one.author)?.external ? el("span", { class: "badge out" }, "Partner Ltd") : null,
    el("time", { title: new Date(Number(one.ts) * 1000).toLocaleString() }, clockOf(one.ts)),
    one.edited ? el("span", { class: "edited" }, "edited") : null);
  const said = one.blocks?.length
    ? el("div", { class: "said" }, blocks(one.blocks, (action, value) => acts.press(one, action, value)))
    : el("div", { class: "said" }, el("div", { class: "b-rich" }, el("p", {}, mrkdwn(one.text))));
  const files = one.files.length ? el("ul", { class: "files" }, one.files.map((file) => el("li", {}, `📎 ${file}`))) : null;
  const node = el("article", {
    class: `message ${one.ephemeral ? "alone" : ""} ${bot && one.blocks?.length ? "card" : ""}`,
    data: { ts: one.ts, channel: one.channel, ref: `${one.channel}/${one.ts}` },
    "aria-label": `${name}, ${clockOf(one.ts)}`,
  },
  avatar(one.author_name, name),
  el("div", { class: "body" },
    one.ephemeral ? el("p", { class: "only" }, "Only visible to you") : null,
    head, said, files, reactions(one, pane, acts), inThread ? null : replies(one, acts)),
  one.ephemeral ? null : tools(one, acts, own, inThread));
  return node;
}

function reactions(one, pane, acts) {
  const all = Object.entries(one.reactions ?? {});
  if (!all.length) return null;
  const me = [...ui.names.values()].find((known) => known.handle === pane.user)?.id;
  return el("div", { class: "reactions" }, all.map(([name, users]) =>
    el("button", {
      type: "button", class: users.includes(me) ? "mine" : "", title: `:${name}: by ${users.map(nameOf).join(", ")}`,
      on: { click: () => acts.react(one, name, !users.includes(me)) },
    }, `${emoji(name)} ${users.length}`)));
}

function replies(one, acts) {
  if (!one.reply_count) return null;
  const label = one.reply_count === 1 ? "1 reply" : `${one.reply_count} replies`;
  return el("button", { type: "button", class: "replies", on: { click: () => acts.reply(one) } }, label);
}

function tools(one, acts, own, inThread) {
  const menu = el("div", { class: "menu", role: "menu", hidden: true });
  const item = (label, run) =>
    el("button", { type: "button", role: "menuitem", on: { click: () => { shut(); run(); } } }, label);
  const more = el("button", {
    type: "button", class: "more", "aria-haspopup": "menu", "aria-expanded": "false", title: "More",
    on: { click: () => (menu.hidden ? open() : shut()) },
  }, "⋯");
  function open() {
    for (const other of document.querySelectorAll(".menu:not([hidden])")) other.hidden = true;
    const shortcuts = (ui.app?.shortcuts ?? []).filter((shortcut) => shortcut.on_message);
    menu.replaceChildren(
      ...shortcuts.map((shortcut) => item(shortcut.name, () => acts.shortcut(one, shortcut.callback_id))),
      item(`React with ${emoji(QUICK[0])}`, () => acts.react(one, QUICK[0], true)),
      ...(inThread ? [] : [item("Reply in thread", () => acts.reply(one))]),
      item("Show in the record", () => acts.record(one)),
      ...(own ? [item("Edit", () => acts.edit(one)), item("Delete", () => acts.remove(one))] : []));
    menu.hidden = false;
    more.setAttribute("aria-expanded", "true");
    menu.querySelector("button")?.focus();
  }
  function shut() {
    menu.hidden = true;
    more.setAttribute("aria-expanded", "false");
  }
  menu.addEventListener("keydown", (event) => {
    const all = [...menu.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") { shut(); more.focus(); }
    else if (event.key === "ArrowDown") all[(at + 1) % all.length].focus();
    else if (event.key === "ArrowUp") all[(at + all.length - 1) % all.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget) && event.relatedTarget !== more) shut();
  });
  return el("div", { class: "tools" }, el("div", { class: "tray" },
    QUICK.map((name) => el("button", {
      type: "button", title: `React with :${name}:`, data: { react: name }, on: { click: () => acts.react(one, name, true) },
    }, emoji(name))),
    inThread ? null : el("button", { type: "button", title: "Reply in thread", class: "reply", on: { click: () => acts.reply(one) } }, "↩"),
    more, menu));
}
