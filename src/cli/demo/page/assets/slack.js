// How Slack's client draws and says things.
import { Composer } from "./composer.js";
import { home, waiting } from "./home.js";
import { message } from "./message.js";
import { Modal } from "./modal.js";
import { isBot } from "./state.js";

export function title(channel) {
  if (!channel) return "…";
  return channel.direct || channel.home ? channel.name : `#${channel.name}`;
}

export const slack = {
  host: "slack",
  Composer,
  Modal,
  message,
  home,
  waiting,
  title,
  about(channel) {
    if (channel?.home) return "the app";
    if (!channel || channel.direct) return "direct messages";
    if (channel.shared) return "shared with Partner Ltd";
    return channel.private ? "private" : "";
  },
  placeholder(channel, thread) {
    if (!channel) return "";
    if (thread) return "Reply in the thread";
    if (isBot("slack", channel)) return "What you say here is a report";
    return `Message ${title(channel)}`;
  },
};
