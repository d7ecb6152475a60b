// Discord's markdown: marks, quotes, lists, small print, mentions, instants, links and spoilers. Everything ends as nodes of text.
// What a backslash escapes is text; nothing inside code is a mention or a link, as the stand-in reads it.
import { el } from "./dom.js";
import { channelsOf, nameOf, placesOf, ui } from "./state.js";
import { emoji as short, when } from "./text.js";

const EMOJI = { thumbsup: "👍", x: "❌", fire: "🔥", mag: "🔍", bell: "🔔", question: "❓", hourglass: "⌛", shield: "🛡️" };

export const emoji = (name) => EMOJI[name] ?? short(name);

// The instant that is part of every key.
export const instant = (id) => Number((BigInt(id) >> 22n) + 1420070400000n);

export function timeOf(id) {
  return new Date(instant(id)).toLocaleTimeString(undefined, { hour: "2-digit", hourCycle: "h23", minute: "2-digit" });
}

const channelName = (id) => {
  for (const one of ui.sight?.people.filter((one) => one.host === "discord") ?? []) {
    const all = [...channelsOf("discord", one.handle), ...placesOf("discord", one.handle).threads];
    const found = all.find((channel) => channel.id === id);
    if (found) return found.name;
  }
  return "unknown";
};

const link = (url, label) => el("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label ?? url);

function distance(seconds) {
  const left = seconds - (ui.sight?.now ?? Date.now() * 1000) / 1e6;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]])
    if (Math.abs(left) >= size) return words.format(Math.round(left / size), unit);
  return words.format(Math.round(left), "second");
}

function time(seconds, style) {
  if (!Number.isFinite(seconds)) return null;
  const at = new Date(seconds * 1000);
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const shown = { t: () => at.toLocaleTimeString(undefined, clock), d: () => at.toLocaleDateString(), R: () => distance(seconds) }[style];
  return el("time", { class: "d-time", title: at.toLocaleString() }, shown ? shown() : when(seconds));
}

function angle(inner) {
  let found;
  if ((found = /^@!?(\d+)$/.exec(inner))) return el("span", { class: "mention" }, `@${nameOf("discord", found[1])}`);
  if (/^@&\d+$/.test(inner)) return el("span", { class: "mention" }, "@role");
  if ((found = /^#(\d+)$/.exec(inner))) return el("span", { class: "mention" }, `#${channelName(found[1])}`);
  if ((found = /^t:(-?\d+)(?::(\w))?$/.exec(inner))) return time(Number(found[1]), found[2]);
  if ((found = /^\/([^:]+):\d+$/.exec(inner))) return el("span", { class: "mention" }, `/${found[1]}`);
  if ((found = /^a?:(\w+):\d+$/.exec(inner))) return `:${found[1]}:`;
  if (/^https?:\/\/\S+$/.test(inner)) return link(inner);
  return null;
}

const PAIRS = [["**", "strong"], ["__", "u"], ["~~", "s"], ["||", "spoiler"], ["*", "em"], ["_", "em"]];

// Where a mark closes that is not escaped.
function closing(text, mark, from) {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    const slashes = /\\*$/.exec(text.slice(0, at))[0].length;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

function spoiler(children) {
  const node = el("button", { type: "button", class: "spoiler", "aria-label": "Spoiler; press to read" }, children);
  node.addEventListener("click", () => node.classList.add("open"));
  return node;
}

// One rule after the other at each place; `[node, length]` of what one of them took.
function taken(text, at, links) {
  const rest = text.slice(at);
  let found;
  if ((found = /^\\([!-/:-@[-`{-~])/.exec(rest))) return [found[1], 2];
  if ((found = /^(`+)([\s\S]*?[^`])\1(?!`)/.exec(rest))) return [el("code", {}, found[2].trim()), found[0].length];
  if ((found = /^<([^<>\n]+)>/.exec(rest))) {
    const node = angle(found[1]);
    return node && [node, found[0].length];
  }
  if (links && rest[0] === "[") {
    const middle = closing(rest, "](", 1);
    const end = middle > 0 ? rest.indexOf(")", middle) : -1;
    const url = end > 0 ? rest.slice(middle + 2, end).split(/\s/)[0].replace(/^<|>$/g, "") : "";
    if (/^https?:\/\//.test(url)) return [link(url, inline(rest.slice(1, middle), false)), end + 1];
  }
  if (links && (found = /^https?:\/\/[^\s<>]+/.exec(rest))) {
    const url = found[0].replace(/[.,:;"')\]*_]+$/, "");
    return [link(url), url.length];
  }
  if ((found = /^@(everyone|here)/.exec(rest))) return [el("span", { class: "mention" }, found[0]), found[0].length];
  if ((found = /^:(\w+|\+1):/.exec(rest)) && emoji(found[1]) !== found[0]) return [emoji(found[1]), found[0].length];
  for (const [mark, tag] of PAIRS) {
    if (!rest.startsWith(mark)) continue;
    const end = closing(rest, mark, mark.length);
    const words = rest.slice(mark.length, end);
    const inWord = mark === "_" && (/\w/.test(text[at - 1] ?? "") || /\w/.test(rest[end + 1] ?? ""));
    if (end < 0 || !words || inWord || (mark.length === 1 && words.trim() !== words)) continue;
    const inner = inline(words, links);
    return [tag === "spoiler" ? spoiler(inner) : el(tag, {}, inner), end + mark.length];
  }
  return null;
}

export function inline(text, links = true) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const took = taken(text, at, links);
    if (took) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(took[0]);
      at += took[1];
    } else plain += text[at++];
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const KINDS = [["### ", "h5"], ["## ", "h4"], ["# ", "h3"], ["-# ", "small"]];

function lines(text, out) {
  let open = null;
  const into = (tag, child) => {
    if (open?.tag !== tag) out.push((open = { tag, node: el(tag, {}) }).node);
    open.node.append(child);
  };
  for (const line of text.split("\n")) {
    const kind = KINDS.find(([mark]) => line.startsWith(mark));
    if (line.startsWith("> ")) into("blockquote", el("p", {}, inline(line.slice(2))));
    else if (/^[-*] /.test(line)) into("ul", el("li", {}, inline(line.slice(2))));
    else {
      open = null;
      if (kind) out.push(el(kind[1], { class: "d-line" }, inline(line.slice(kind[0].length))));
      else out.push(line ? el("p", {}, inline(line)) : el("p", { class: "gap" }));
    }
  }
}

// A whole text, as blocks.
export function markdown(text) {
  const out = [];
  (text ?? "").split(/```(?:\w+\n)?([\s\S]*?)```/).forEach((part, index) => {
    if (index % 2) out.push(el("pre", {}, part.replace(/^\n|\n$/g, "")));
    else if (part) lines(part, out);
  });
  return out;
}
