// The page: looks, shows, and looks again as soon as something may have changed.
import { $, el } from "./dom.js";
import { look, world } from "./door.js";
import { Pane } from "./pane.js";
import { sidebar } from "./sidebar.js";
import * as bar from "./bar.js";
import { channelsOf, HOSTS, know, markRead, people, person, placesOf, setPane, several, ui } from "./state.js";
import { start as first } from "./steps.js";

let since = null;
let turn = 0;
let asking = null;
let wanted = null;
const narrow = matchMedia("(max-width: 1099px)");

const panes = ["pane-a", "pane-b"].map((id, index) => new Pane($(id), index, { changed, record, activate }));

function changed(elsewhere) {
  // What was asked before somebody acted, or for another place, is not what is to be seen now.
  since = null;
  turn += 1;
  asking?.abort();
  if (elsewhere) render();
}

function activate(index) {
  if (ui.active === index) return;
  ui.active = index;
  render();
}

function go(index, change) {
  setPane(index, change);
  ui.active = index;
  ui.notes[index] = [];
  show(index === 0 ? "a" : "b");
  changed(true);
}

function step(one) {
  const [at, text] = one.type?.() ?? [0];
  one.panes.forEach((pane, index) => setPane(index, pane));
  ui.active = at;
  show(at === 0 ? "a" : "b");
  changed(true);
  if (text) panes[at].composer.fill(text);
}

function record(ref) {
  document.body.classList.remove("no-record");
  $("record-toggle").setAttribute("aria-pressed", "true");
  show("record");
  $("record").contentWindow.location.replace(new URL(`record/message/${ref}`, location.href));
}

// Where a message is: on which platform, in which channel, and in which thread of it, for somebody who sees it.
function whereabouts(user, host, channel) {
  if (channelsOf(host, user).some((one) => one.id === channel)) return { host, user, channel, thread: null };
  const thread = placesOf(host, user).threads.find((one) => one.id === channel);
  return thread && { host, user, channel: thread.parent, thread: thread.id };
}

// A row of the record wants its message shown: on a screen of somebody who sees it.
function find(ref) {
  const [channel, ts] = ref.split("/");
  const shown = ui.panes.findIndex((pane) => whereabouts(pane.user, pane.host, channel));
  const index = shown >= 0 ? shown : ui.active;
  const place = shown >= 0
    ? whereabouts(ui.panes[index].user, ui.panes[index].host, channel)
    : ui.hosts.flatMap((host) => people(host).map((one) => whereabouts(one.handle, host, channel))).find(Boolean);
  if (!place) return;
  wanted = { index, channel: place.channel, ts, tries: 3 };
  go(index, place);
}

function flash() {
  if (!wanted) return;
  const { index, channel, ts } = wanted;
  const sight = ui.sight.panes[index];
  if (ui.panes[index].channel !== channel) wanted = null;
  else if (panes[index].flash(ts)) wanted = null;
  else if (--wanted.tries <= 0) wanted = null;
  else if (!ui.panes[index].thread && sight) {
    // Not outside of threads: it is a reply of one of them, most likely of the newest with replies.
    const root = sight.messages.filter((one) => one.reply_count).map((one) => one.ts).filter((one) => one < ts).pop();
    if (root) {
      setPane(index, { thread: root });
      changed(true);
    }
  }
}

function render() {
  if (!ui.sight) return;
  const shown = narrow.matches ? { a: [0], b: [1] }[document.body.dataset.tab] ?? [] : [0, 1];
  markRead(shown.map((index) => ui.panes[index]));
  sidebar($("side"), go);
  panes.forEach((pane, index) => pane.render(fits(index) ? ui.sight.panes[index] : null));
  bar.bar(ui.sight.status);
  bar.steps($("try"), ui.sight.done, step);
  tabs();
}

// What was seen belongs to the place that is wanted now.
const fits = (index) => {
  const [asked, now] = [ui.sight.asked[index], ui.panes[index]];
  return asked.host === now.host && asked.user === now.user && asked.channel === now.channel && asked.thread === now.thread;
};

function show(tab) {
  document.body.dataset.tab = tab;
  tabs();
}

function tabs() {
  const label = (index) => {
    const { host, user } = ui.panes[index];
    const name = person(host, user)?.name.split(" ")[0] ?? "…";
    return several() ? `${name} · ${HOSTS[host]}` : name;
  };
  const all = [["a", label(0)], ["b", label(1)], ["people", "People"], ["record", "Record"]];
  const shows = JSON.stringify([all, document.body.dataset.tab]);
  if ($("tabs").dataset.shows === shows) return;
  $("tabs").dataset.shows = shows;
  $("tabs").replaceChildren(...all.map(([tab, text]) => el("button", {
    type: "button", data: { tab }, "aria-current": document.body.dataset.tab === tab ? "true" : undefined,
    on: { click: () => { ui.active = tab === "b" ? 1 : tab === "a" ? 0 : ui.active; show(tab); render(); } },
  }, text)));
}

async function looking() {
  for (;;) {
    const asked = ui.panes.map((pane) => ({ ...pane }));
    const mine = turn;
    asking = new AbortController();
    try {
      const sight = await look({ since, panes: asked }, asking.signal);
      if (mine !== turn) continue;
      const chat = JSON.stringify(sight.since.chat) !== JSON.stringify(since?.chat);
      since = sight.since;
      ui.sight = { ...sight, asked };
      $("lost").hidden = true;
      bar.clock(sight.now);
      render();
      flash();
      if (chat) $("record").contentWindow?.postMessage({ secevent: "look", now: sight.now / 1000 }, location.origin);
    } catch (error) {
      if (error.name === "AbortError") continue;
      $("lost").hidden = false;
      since = null;
      await new Promise((again) => setTimeout(again, 1000));
    }
  }
}

addEventListener("message", (event) => {
  if (event.origin === location.origin && event.data?.secevent === "show") find(String(event.data.ref));
});
addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll(".menu:not([hidden])")) if (!menu.parentNode.contains(event.target)) menu.hidden = true;
});
narrow.addEventListener("change", render);

async function start() {
  ui.stepsHidden = JSON.parse(localStorage.getItem("steps-hidden") ?? "false");
  bar.start(() => changed());
  const there = await world();
  know(there, first(there.platforms.map((one) => one.host)));
  document.body.dataset.hosts = ui.hosts.join(" ");
  await looking();
}

start().catch(() => ($("lost").hidden = false));
