// What stands left of a conversation on Discord: the rail of servers, and the channels of the one that is looked at.
import { el } from "./dom.js";
import { avatar } from "./avatar.js";
import { channelsOf, initials, person, placesOf, unread } from "./state.js";

const HOST = "discord";

export class Frame {
  // `goes({ channel, thread })` leads somewhere.
  constructor(goes) {
    this.goes = goes;
    this.rail = el("nav", { class: "rail", "aria-label": "Servers" });
    this.channels = el("nav", { class: "rooms", "aria-label": "Channels" });
    this.node = el("div", { class: "frame" }, this.rail, this.channels);
  }

  show({ user, thread }, here) {
    const all = channelsOf(HOST, user);
    const places = placesOf(HOST, user);
    const guild = here?.direct ? null : (places.guilds.find((one) => one.channels.includes(here?.id)) ?? places.guilds[0]);
    const shows = JSON.stringify([user, here?.id, thread, guild?.id, places, all.map((one) => [one.id, unread(HOST, user, one)])]);
    if (this.node.dataset.shows === shows) return;
    this.node.dataset.shows = shows;
    const fresh = (those) => those.some((one) => unread(HOST, user, one));
    const direct = all.filter((one) => one.direct);
    const of = (one) => all.filter((channel) => one.channels.includes(channel.id));
    this.rail.replaceChildren(
      this.server("✉", "Direct messages", !guild, fresh(direct), direct[0]),
      el("hr"),
      ...places.guilds.map((one) => this.server(initials(one.name), one.name, one === guild, fresh(of(one)), of(one)[0])));
    const who = person(HOST, user);
    this.channels.replaceChildren(
      el("h3", {}, guild ? guild.name : "Direct messages"),
      el("ul", {}, guild ? el("li", { class: "kind" }, "Text channels") : null,
        (guild ? of(guild) : direct).map((one) => [
          this.room(user, one, one.id === here?.id && !thread, one.direct ? avatar(one.name, one.name, true) : one.private ? "🔒︎" : "#"),
          places.threads.filter((inner) => inner.parent === one.id).slice(-4).map((inner) => this.room(user, inner, inner.id === thread, "└", one)),
        ])),
      el("p", { class: "self" }, avatar(who?.handle, who?.name ?? "", true), el("span", {}, el("b", {}, who?.name ?? ""), el("small", {}, who?.handle ?? ""))));
  }

  server(sign, name, here, fresh, first) {
    return el("button", {
      type: "button", class: `${here ? "here" : ""} ${fresh ? "news" : ""}`, title: name, "aria-label": fresh ? `${name}, unread` : name,
      "aria-current": here ? "true" : undefined, on: { click: () => first && this.goes({ channel: first.id }) },
    }, sign);
  }

  room(user, one, here, sign, parent) {
    const fresh = !parent && unread(HOST, user, one);
    return el("li", { class: `${here ? "here" : ""} ${fresh ? "news" : ""} ${parent ? "thread" : ""}` },
      el("button", {
        type: "button", "aria-current": here ? "true" : undefined,
        on: { click: () => this.goes(parent ? { channel: parent.id, thread: one.id } : { channel: one.id }) },
      }, el("span", { class: "mark-of", "aria-hidden": "true" }, sign), el("span", {}, one.name)));
  }
}
