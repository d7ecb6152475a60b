// The left column: people to act as, and the channels of the one who acts, each with its unread mark.
import { el } from "./dom.js";
import { avatar } from "./avatar.js";
import { app, channelOf, channelsOf, firstFor, hasHome, HOME, HOSTS, news, people, person, several, ui, unread } from "./state.js";

// `go(index, change)` puts somebody or a channel on a screen.
export function sidebar(node, go) {
  const active = ui.panes[ui.active];
  const { host, user } = active;
  const shows = JSON.stringify([
    ui.active, ui.panes, ui.hosts.map((of) => people(of).map((one) => news(of, one.handle))),
    channelsOf(host, user).map((one) => [one.id, one.name, unread(host, user, one)]),
  ]);
  if (node.dataset.shows === shows) return;
  node.dataset.shows = shows;
  const focused = document.activeElement?.dataset?.key;
  const name = person(host, user)?.name ?? "";
  const rows = (those) => those.map((one) => channel(one, active, go));
  const mine = channelsOf(host, user);
  node.replaceChildren(
    el("h2", {}, "Act as"),
    el("ul", { class: "people" }, people(host).map((one) => row(one, go))),
    el("h2", {}, `${several() ? `${HOSTS[host]} channels` : "Channels"} of ${name.split(" ")[0]}`),
    el("ul", { class: "channels" }, rows(mine.filter((one) => !one.direct))),
    ...(hasHome(host) ? [el("h2", {}, "App"), el("ul", { class: "channels app" }, channel(HOME, active, go))] : []),
    el("h2", {}, "Direct messages"),
    el("ul", { class: "channels" }, rows(mine.filter((one) => one.direct))));
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function row(one, go) {
  const here = ui.panes.map((pane) => pane.user === one.handle);
  const other = 1 - ui.active;
  const { host } = ui.panes[ui.active];
  const fresh = ui.hosts.filter((of) => news(of, one.handle));
  return el("li", { class: `${here[ui.active] ? "here" : ""} ${fresh.length ? "news" : ""}` },
    el("button", {
      type: "button", class: "person", data: { key: `p ${one.handle}`, person: one.handle },
      on: { click: () => go(ui.active, { user: one.handle, channel: firstFor(host, one.handle) }) },
    }, avatar(one.handle, one.name, true), el("span", {}, el("b", {}, one.name), el("small", {}, one.part)),
    !several() && fresh.length ? el("i", { class: "dot", title: "something new" }) : null),
    here[other]
      ? el("span", { class: "where" }, other === 0 ? "left" : "right")
      : el("button", {
        type: "button", class: "beside", title: `Show ${one.name} on the ${other === 0 ? "left" : "right"}`,
        data: { key: `b ${one.handle}` },
        on: { click: () => go(other, { user: one.handle, channel: firstFor(ui.panes[other].host, one.handle) }) },
      }, other === 0 ? "◧" : "◨"),
    several() ? ui.hosts.map((of) => at(of, one, fresh.includes(of), go)) : null);
}

// Somebody at their client of one platform.
function at(host, one, fresh, go) {
  const here = ui.panes[ui.active];
  const is = here.host === host && here.user === one.handle;
  return el("button", {
    type: "button", class: `at ${host}`, data: { key: `h ${host} ${one.handle}`, host, handle: one.handle }, "aria-pressed": String(is),
    title: `${one.name} in ${HOSTS[host]}${fresh ? ", something new" : ""}`,
    on: { click: () => go(ui.active, { host, user: one.handle, channel: firstFor(host, one.handle) }) },
  }, HOSTS[host][0], fresh ? el("i", { class: "dot" }) : null);
}

function channel(one, active, go) {
  const { host, user } = active;
  const here = channelOf(host, user, active.channel)?.id === one.id;
  const mark = one.home ? "⌂" : one.direct ? "●" : one.private ? "⊘" : one.shared ? "⇄" : "#";
  return el("li", { class: `${here ? "here" : ""} ${unread(host, user, one) ? "news" : ""}` },
    el("button", {
      type: "button", data: { key: `c ${one.id}`, channel: one.id }, "aria-current": here ? "true" : undefined,
      title: one.home ? `What ${app(host)?.name ?? "the app"} has for this person` : one.private ? "private" : one.shared ? "shared with another organisation" : "",
      on: { click: () => go(ui.active, { channel: one.id }) },
    }, el("span", { class: "sign", "aria-hidden": "true" }, mark), one.name,
    unread(host, user, one) ? el("i", { class: "dot", title: "unread" }) : null));
}
