// The left column: people to act as, and the channels of the one who acts, each with its unread mark.
import { el } from "./dom.js";
import { avatar } from "./message.js";
import { channelOf, channelsOf, HOME, ui, unread } from "./state.js";

// `go(index, change)` puts somebody or a channel on a screen.
export function sidebar(node, go) {
  const active = ui.panes[ui.active];
  const shows = JSON.stringify([
    ui.active, ui.panes, ui.people.map((one) => news(one.handle)),
    channelsOf(active.user).map((one) => [one.id, one.name, unread(active.user, one)]),
  ]);
  if (node.dataset.shows === shows) return;
  node.dataset.shows = shows;
  const focused = document.activeElement?.dataset?.key;
  const name = ui.people.find((one) => one.handle === active.user)?.name ?? "";
  node.replaceChildren(
    el("h2", {}, "Act as"),
    el("ul", { class: "people" }, ui.people.map((one) => row(one, go))),
    el("h2", {}, `Channels of ${name.split(" ")[0]}`),
    el("ul", { class: "channels" }, channelsOf(active.user).filter((one) => !one.direct).map((one) => channel(one, active, go))),
    el("h2", {}, "App"),
    el("ul", { class: "channels app" }, channel(HOME, active, go)),
    el("h2", {}, "Direct messages"),
    el("ul", { class: "channels" }, channelsOf(active.user).filter((one) => one.direct).map((one) => channel(one, active, go))));
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const news = (handle) => channelsOf(handle).some((one) => unread(handle, one));

// What somebody should see first: what is new to them, the bot before channels.
export function firstFor(handle) {
  const all = channelsOf(handle);
  const fresh = all.filter((one) => unread(handle, one));
  const direct = fresh.find((one) => one.direct);
  const here = ui.panes.find((pane) => pane.user === handle)?.channel;
  return (direct ?? fresh[0])?.id ?? here ?? all[0]?.id;
}

function row(one, go) {
  const here = ui.panes.map((pane) => pane.user === one.handle);
  const other = 1 - ui.active;
  return el("li", { class: `${here[ui.active] ? "here" : ""} ${news(one.handle) ? "news" : ""}` },
    el("button", {
      type: "button", class: "person", data: { key: `p ${one.handle}`, person: one.handle },
      on: { click: () => go(ui.active, { user: one.handle, channel: firstFor(one.handle) }) },
    }, avatar(one.handle, one.name, true), el("span", {}, el("b", {}, one.name), el("small", {}, one.part)),
    news(one.handle) ? el("i", { class: "dot", title: "something new" }) : null),
    here[other]
      ? el("span", { class: "where" }, other === 0 ? "left" : "right")
      : el("button", {
        type: "button", class: "beside", title: `Show ${one.name} on the ${other === 0 ? "left" : "right"}`,
        data: { key: `b ${one.handle}` },
        on: { click: () => go(other, { user: one.handle, channel: firstFor(one.handle) }) },
      }, other === 0 ? "◧" : "◨"));
}

function channel(one, active, go) {
  const here = channelOf(active.user, active.channel)?.id === one.id;
  const mark = one.home ? "⌂" : one.direct ? "●" : one.private ? "⊘" : one.shared ? "⇄" : "#";
  return el("li", { class: `${here ? "here" : ""} ${unread(active.user, one) ? "news" : ""}` },
    el("button", {
      type: "button", data: { key: `c ${one.id}`, channel: one.id }, "aria-current": here ? "true" : undefined,
      title: one.home ? `What ${ui.app?.name ?? "the app"} has for this person` : one.private ? "private" : one.shared ? "shared with another organisation" : "",
      on: { click: () => go(ui.active, { channel: one.id }) },
    }, el("span", { class: "sign", "aria-hidden": "true" }, mark), one.name,
    unread(active.user, one) ? el("i", { class: "dot", title: "unread" }) : null));
}
