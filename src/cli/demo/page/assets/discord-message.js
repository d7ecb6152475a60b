// A message of Discord: who, when, what, embeds and buttons, the thread that hangs on it, and what can be done with it.
import { el } from "./dom.js";
import { avatar } from "./avatar.js";
import { components, embed } from "./discord-parts.js";
import { emoji, instant, markdown, timeOf } from "./discord-text.js";
import { menu, QUICK } from "./menu.js";
import { app, known, nameOf, person, ui } from "./state.js";

// Messages of one person that follow each other so closely stand below one name.
const TOGETHER = 7 * 60 * 1000;
const ONLY_FOR_ONE = 64;
const LOADING = 128;

const day = (ms) => new Date(ms).toDateString();

function at(id) {
  const days = (new Date(day((ui.sight?.now ?? Date.now() * 1000) / 1000)) - new Date(day(instant(id)))) / 86400000;
  if (days === 0) return timeOf(id);
  if (days === 1) return `Yesterday at ${timeOf(id)}`;
  return `${new Date(instant(id)).toLocaleDateString()} ${timeOf(id)}`;
}

// What a person sees of the words alone, in one line.
const gist = (one) => (one.shown || one.files[0] || "…").split("\n")[0];

// `acts` has press, react, reply, answer, shortcut, record, edit, remove and hide. `around` has the message before and all that is there.
export function message(one, pane, acts, inThread, around) {
  const bot = one.author === app("discord")?.bot_user;
  const name = nameOf("discord", one.author);
  const { before } = around;
  const { answers, used, thread, flags = 0 } = one.blocks ?? {};
  const follows = before && before.author === one.author && !answers && !used && before.ephemeral === one.ephemeral &&
    day(instant(before.ts)) === day(instant(one.ts)) && instant(one.ts) - instant(before.ts) < TOGETHER;
  const head = el("p", { class: "who" },
    el("b", {}, name),
    bot ? el("span", { class: "badge" }, "app") : null,
    el("time", { title: new Date(instant(one.ts)).toLocaleString() }, at(one.ts)));
  const words = one.text ? el("div", { class: "said" }, markdown(one.text)) : null;
  if (one.edited) (words?.lastElementChild ?? head).append(el("span", { class: "edited" }, "(edited)"));
  const embeds = (flags & 4 ? [] : (one.blocks?.embeds ?? [])).map(embed);
  const parts = components(one.blocks?.components, (action, value) => acts.press(one, action, value));
  return el("article", {
    class: `message ${follows ? "follows" : ""} ${one.ephemeral || flags & ONLY_FOR_ONE ? "alone" : ""} ${bot && embeds.length ? "card" : ""}`,
    data: { ts: one.ts, channel: one.channel, ref: `${one.channel}/${one.ts}` },
    "aria-label": `${name}, ${timeOf(one.ts)}`,
  },
  above(one, around, answers, used),
  follows ? el("time", { class: "beside-time", "aria-hidden": "true" }, timeOf(one.ts)) : avatar(one.author_name, name),
  el("div", { class: "body" },
    follows ? null : head,
    flags & LOADING ? el("p", { class: "thinking" }, `${name} is thinking…`) : null,
    words, one.files.length ? el("ul", { class: "files" }, one.files.map((file) => el("li", {}, file))) : null,
    embeds, parts, reactions(one, pane, acts),
    one.ephemeral ? el("p", { class: "only" }, "Only you can see this • ",
      el("button", { type: "button", on: { click: () => acts.hide(one) } }, "Dismiss message")) : null,
    inThread ? null : hanging(one, thread, acts)),
  one.ephemeral ? null : tools(one, acts, one.author_name === pane.user, inThread));
}

// What a message answers, or the command that it came of.
function above(one, { all }, answers, used) {
  if (used?.command) {
    const handle = known("discord", used.user)?.handle;
    const name = nameOf("discord", used.user);
    return el("p", { class: "above" }, avatar(handle, name, true), el("b", {}, name), " used ", el("span", { class: "command" }, `/${used.command}`));
  }
  if (!answers) return null;
  const target = all.find((other) => other.ts === answers);
  const name = target ? nameOf("discord", target.author) : "";
  return el("p", { class: "above" }, target ? [avatar(target.author_name, name, true), el("b", {}, name), " ", el("span", {}, gist(target))] : "An earlier message");
}

function reactions(one, pane, acts) {
  const all = Object.entries(one.reactions ?? {});
  if (!all.length) return null;
  const me = person("discord", pane.user)?.id;
  return el("div", { class: "reactions" }, all.map(([name, users]) =>
    el("button", {
      type: "button", class: users.includes(me) ? "mine" : "", title: `:${name}: by ${users.map((id) => nameOf("discord", id)).join(", ")}`,
      on: { click: () => acts.react(one, name, !users.includes(me)) },
    }, `${emoji(name)} ${users.length}`)));
}

// The thread that was made from a message.
function hanging(one, name, acts) {
  if (!name && !one.reply_count) return null;
  const count = one.reply_count === 1 ? "1 Message" : `${one.reply_count} Messages`;
  return el("button", { type: "button", class: "replies", on: { click: () => acts.reply(one) } },
    el("b", {}, name ?? "Thread"), el("span", {}, `${count} ›`));
}

function tools(one, acts, own, inThread) {
  const direct = one.channel && !one.thread_ts && (ui.sight?.people ?? []).some((who) =>
    who.host === "discord" && who.channels.some((channel) => channel.id === one.channel && channel.direct));
  const next = direct ? ["Reply", () => acts.answer(one)] : inThread ? null : [one.blocks?.thread ? "Open thread" : "Create thread", () => acts.reply(one)];
  const items = () => [
    ...(direct ? [] : (app("discord")?.shortcuts ?? []).filter((shortcut) => shortcut.on_message)
      .map((shortcut) => [shortcut.name, () => acts.shortcut(one, shortcut.callback_id), "Apps › secevent"])),
    [`React with ${emoji(QUICK[0])}`, () => acts.react(one, QUICK[0], true)],
    ...(next ? [next] : []),
    ["Show in the record", () => acts.record(one)],
    ...(own ? [["Edit message", () => acts.edit(one)], ["Delete message", () => acts.remove(one)]] : []),
  ];
  return el("div", { class: "tools" }, el("div", { class: "tray" },
    QUICK.map((name) => el("button", {
      type: "button", title: `React with :${name}:`, data: { react: name }, on: { click: () => acts.react(one, name, true) },
    }, emoji(name))),
    next ? el("button", { type: "button", title: next[0], class: "reply", on: { click: next[1] } }, direct ? "↩" : "🧵") : null,
    menu(items)));
}
