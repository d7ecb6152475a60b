// How Discord's client draws and says things.
import { Composer } from "./discord-composer.js";
import { Frame } from "./discord-frame.js";
import { message } from "./discord-message.js";
import { Modal } from "./discord-modal.js";
import { isBot } from "./state.js";

export function title(channel) {
  if (!channel) return "…";
  return channel.direct ? `@${channel.name}` : `#${channel.name}`;
}

export const discord = {
  host: "discord",
  Composer,
  Frame,
  Modal,
  message,
  title,
  about(channel) {
    if (!channel || channel.direct) return "direct messages";
    return channel.private ? "private" : "";
  },
  placeholder(channel, thread) {
    if (!channel) return "";
    if (thread) return "Message the thread";
    if (isBot("discord", channel)) return "What you say here is a report";
    return `Message ${title(channel)}`;
  },
};
