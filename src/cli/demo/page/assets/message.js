// A message: who, when, what, the reactions below it, and what can be done with it.
import { el } from "./dom.js";
import { blocks } from "./blocks.js";
import { clockOf, emoji, mrkdwn } from "./text.js";
import { avatar } from "./avatar.js";
import { menu, QUICK } from "./menu.js";
import { app, known, nameOf, person } from "./state.js";

// `acts` has press, react, reply, shortcut, record, edit and remove.
export function message(one, pane, acts, inThread) {
  const bot = one.author === app("slack")?.bot_user;
  const name = nameOf("slack", one.author);
  const own = one.author_name === pane.user;
  const head = el("p", { class: "who" },
    el("b", {}, name),
    bot ? el("span", { class: "badge" }, "app") : null,
    known("slack", one.author)?.external ? el("span", { class: "badge out" }, "Partner Ltd") : null,
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
  const me = person("slack", pane.user)?.id;
  return el("div", { class: "reactions" }, all.map(([name, users]) =>
    el("button", {
      type: "button", class: users.includes(me) ? "mine" : "", title: `:${name}: by ${users.map((id) => nameOf("slack", id)).join(", ")}`,
      on: { click: () => acts.react(one, name, !users.includes(me)) },
    }, `${emoji(name)} ${users.length}`)));
}

function replies(one, acts) {
  if (!one.reply_count) return null;
  const label = one.reply_count === 1 ? "1 reply" : `${one.reply_count} replies`;
  return el("button", { type: "button", class: "replies", on: { click: () => acts.reply(one) } }, label);
}

function tools(one, acts, own, inThread) {
  const items = () => [
    ...(app("slack")?.shortcuts ?? []).filter((shortcut) => shortcut.on_message)
      .map((shortcut) => [shortcut.name, () => acts.shortcut(one, shortcut.callback_id)]),
    [`React with ${emoji(QUICK[0])}`, () => acts.react(one, QUICK[0], true)],
    ...(inThread ? [] : [["Reply in thread", () => acts.reply(one)]]),
    ["Show in the record", () => acts.record(one)],
    ...(own ? [["Edit", () => acts.edit(one)], ["Delete", () => acts.remove(one)]] : []),
  ];
  return el("div", { class: "tools" }, el("div", { class: "tray" },
    QUICK.map((name) => el("button", {
      type: "button", title: `React with :${name}:`, data: { react: name }, on: { click: () => acts.react(one, name, true) },
    }, emoji(name))),
    inThread ? null : el("button", { type: "button", title: "Reply in thread", class: "reply", on: { click: () => acts.reply(one) } }, "↩"),
    menu(items)));
}
