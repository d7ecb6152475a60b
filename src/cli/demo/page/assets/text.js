// Words with marks in them: mrkdwn, rich text, names, dates and emoji. Everything ends as text nodes.
import { el } from "./dom.js";
import { nameOf, ui } from "./state.js";

const EMOJI = {
  rotating_light: "🚨", eyes: "👀", white_check_mark: "✅", "+1": "👍", warning: "⚠️", sos: "🆘",
  slightly_smiling_face: "🙂", pray: "🙏", tada: "🎉", lock: "🔒", telephone_receiver: "📞",
};

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function mention(id) {
  return el("span", { class: "mention" }, `@${nameOf("slack", id)}`);
}

function channelName(id, otherwise) {
  for (const one of ui.sight?.people.filter((one) => one.host === "slack") ?? []) {
    const found = one.channels.find((channel) => channel.id === id);
    if (found) return found.name;
  }
  return otherwise || id;
}

function link(url, label) {
  if (!/^(https?|mailto):/i.test(url)) return document.createTextNode(label || url);
  return el("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label || url);
}

export function when(seconds) {
  return new Date(seconds * 1000).toLocaleString(undefined, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", hourCycle: "h23", minute: "2-digit",
  });
}

export function clockOf(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString(undefined, { hour: "2-digit", hourCycle: "h23", minute: "2-digit" });
}

function entity(inner) {
  const [target, label = ""] = inner.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${channelName(target.slice(1), label)}`);
  if (target.startsWith("!date^")) {
    const seconds = Number(target.split("^")[1]);
    return el("time", {}, Number.isFinite(seconds) ? when(seconds) : unescape(label));
  }
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, `@${target.slice(1)}`);
  return link(unescape(target), unescape(label));
}

const MARKS = /(```[\s\S]+?```|`[^`\n]+`|\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~|:[a-z0-9_+-]+:)/;

// Marks inside plain stretches.
function marked(text) {
  return text.split(MARKS).map((piece) => {
    if (piece.startsWith("```")) return el("pre", {}, unescape(piece.slice(3, -3)));
    const inner = unescape(piece.slice(1, -1));
    if (piece.length > 2 && piece.startsWith("`") && piece.endsWith("`")) return el("code", {}, inner);
    if (piece.length > 2 && piece.startsWith("*") && piece.endsWith("*")) return el("strong", {}, ...marked(piece.slice(1, -1)));
    if (piece.length > 2 && piece.startsWith("_") && piece.endsWith("_")) return el("em", {}, inner);
    if (piece.length > 2 && piece.startsWith("~") && piece.endsWith("~")) return el("s", {}, inner);
    if (/^:[a-z0-9_+-]+:$/.test(piece) && EMOJI[inner]) return emoji(inner);
    return unescape(piece);
  });
}

export function mrkdwn(text) {
  const parts = text.split(/<([^<>]+)>/);
  return parts.flatMap((part, index) => (index % 2 === 1 ? [entity(part)] : marked(part)));
}

// A text object of a block.
export function words(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text ?? "") : [object.text ?? ""];
}

function styled(node, style = {}) {
  let inner = node;
  if (style.code) inner = el("code", {}, inner);
  if (style.bold) inner = el("strong", {}, inner);
  if (style.italic) inner = el("em", {}, inner);
  if (style.strike) inner = el("s", {}, inner);
  return inner;
}

function piece(element) {
  switch (element.type) {
    case "text":
      return styled(document.createTextNode(element.text ?? ""), element.style);
    case "link":
      return styled(link(element.url ?? "", element.text), element.style);
    case "user":
      return mention(element.user_id);
    case "channel":
      return el("span", { class: "mention" }, `#${channelName(element.channel_id, "")}`);
    case "broadcast":
      return el("span", { class: "mention loud" }, `@${element.range}`);
    case "date":
      return el("time", { title: element.fallback ?? "" }, when(element.timestamp));
    case "emoji":
      return emoji(element.name);
    default:
      return element.text ?? "";
  }
}

export function rich(block) {
  return (block.elements ?? []).map((element) => {
    const inner = element.elements ?? [];
    switch (element.type) {
      case "rich_text_list":
        return el(element.style === "ordered" ? "ol" : "ul", {}, inner.map((item) => el("li", {}, (item.elements ?? []).map(piece))));
      case "rich_text_quote":
        return el("blockquote", {}, inner.map(piece));
      case "rich_text_preformatted":
        return el("pre", {}, inner.map(piece));
      default:
        return el("p", {}, inner.map(piece));
    }
  });
}
