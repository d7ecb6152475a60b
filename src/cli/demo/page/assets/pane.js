// One person's screen: where they are, what is written there, what they type, and the form in front of them, as the client of their platform
// draws it.
import { arrange, el, Kept } from "./dom.js";
import { act, Refused } from "./door.js";
import { avatar } from "./avatar.js";
import { discord } from "./discord.js";
import { slack } from "./slack.js";
import { reportLine } from "./steps.js";
import { app, channelOf, channelsOf, hasHome, HOME, HOSTS, isBot, people, person, placesOf, setPane, several, ui } from "./state.js";

const CLIENTS = { slack, discord };

const base64 = async (file) => {
  let text = "";
  for (const byte of new Uint8Array(await file.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
};

export class Pane {
  // `changed` asks for another look, `record` shows a message's rows.
  constructor(node, index, { changed, record, activate }) {
    Object.assign(this, { node, index, changed, record });
    node.addEventListener("focusin", () => activate(index));
    node.addEventListener("pointerdown", () => activate(index));
  }

  // Sits down at a client of the person's platform.
  dress() {
    const { host } = this.look;
    if (this.client?.host === host) return;
    this.client = CLIENTS[host];
    this.kept = new Kept();
    this.place = "";
    this.editing = this.answering = null;
    this.head = el("header", { class: "head" });
    this.list = el("div", { class: "list", tabindex: "0", role: "log", "aria-label": "Messages" });
    this.notes = el("div", { class: "notes", role: "status", "aria-live": "polite" });
    this.composer = new this.client.Composer({
      say: (text) => this.say(text),
      command: (text, files) => this.does("slash", { ...this.where(), text, files }),
      suggest: (text) => act(host, "autocomplete", { user: this.look.user, ...this.where(), text }).catch(() => []),
      leave: () => {
        this.editing = this.answering = null;
      },
      global: (shortcut) => this.does("global_shortcut", { shortcut }),
      attach: async (file) => this.does("upload", { ...this.where(), name: file.name, mimetype: file.type, content: await base64(file) }),
      upload: (file) => this.upload(file),
    });
    this.modal = new this.client.Modal({
      submit: (view, values) => this.submit(view, values),
      close: () => this.does("close", {}),
      pressInView: (view, action, value) => this.does("press_in_view", { action, value }),
      upload: (file) => this.upload(file),
    });
    this.frame = this.client.Frame && new this.client.Frame((change) => this.goes(change));
    const chat = [this.head, this.list, this.notes, this.composer.node];
    this.node.dataset.host = host;
    this.node.replaceChildren(...(this.frame ? [this.frame.node, el("div", { class: "chat" }, chat)] : chat), this.modal.node);
  }

  async upload(file) {
    const what = { name: file.name, mimetype: file.type || undefined, content: await base64(file) };
    return (await this.does("upload", what))?.file;
  }

  get look() {
    return ui.panes[this.index];
  }

  where() {
    const { channel, thread } = this.look;
    return thread ? { channel, thread_ts: thread } : { channel };
  }

  note(text, tone) {
    if (!text) return;
    ui.notes[this.index] = [{ text, tone }, ...ui.notes[this.index]].slice(0, 2);
    this.showNotes();
  }

  // Does something as this person; what the client shows of it comes up at once.
  async does(name, what) {
    ui.notes[this.index] = [];
    this.showNotes();
    try {
      const seen = await act(this.look.host, name, { user: this.look.user, ...what });
      if (seen.toast) this.note(seen.toast, "bad");
      else if (seen.acknowledged === false) this.note("The app did not confirm this in time.", "bad");
      if ("view" in seen) this.front(seen.view);
      this.changed();
      return seen.acknowledged === false || seen.toast ? null : seen;
    } catch (error) {
      this.note(error instanceof Refused ? capital(error.message) : "The demo does not answer.", "refused");
      this.changed();
      return null;
    }
  }

  // The form that is in front now, also for whoever looks at what was seen last.
  front(view) {
    const seen = ui.sight?.panes[this.index];
    if (seen) seen.view = view;
    this.modal.show(view, ui.errors.get(view?.id));
  }

  async say(text) {
    const editing = this.editing;
    this.editing = null;
    if (editing) return this.does("edit", { ...editing, text });
    const answering = this.answering;
    this.answering = null;
    if (answering) return this.does("post", { channel: answering.channel, thread_ts: answering.ts, text });
    if (!text.startsWith("/")) return this.does("post", { ...this.where(), text });
    return this.does("slash", { ...this.where(), text });
  }

  async submit(view, values) {
    ui.errors.delete(view.id);
    try {
      const seen = await act(this.look.host, "submit", { user: this.look.user, view: view.id, values });
      if (Object.keys(seen.errors ?? {}).length) ui.errors.set(view.id, seen.errors);
      if (seen.toast) this.note(seen.toast, "bad");
      this.front(seen.view);
    } catch (error) {
      this.note(capital(error.message), "refused");
    }
    this.changed();
  }

  acts() {
    const on = (one) => ({ channel: one.channel, ts: one.ts });
    return {
      press: (one, action, value) => this.does("press", { ...on(one), action, value }),
      react: (one, emoji, add) => this.does(add ? "react" : "unreact", { ...on(one), emoji }),
      reply: (one) => {
        setPane(this.index, { thread: one.thread_ts ?? one.ts });
        this.changed(true);
        this.composer.input.focus();
      },
      // An answer that stays in the conversation.
      answer: (one) => {
        this.answering = on(one);
        this.note("You answer a message: what you send now belongs to it.", "refused");
        this.composer.input.focus();
      },
      shortcut: (one, shortcut) => this.does("message_shortcut", { ...on(one), shortcut }),
      record: (one) => this.record(ref(one)),
      hide: (one) => {
        hide(one);
        this.changed(true);
      },
      edit: (one) => {
        this.editing = on(one);
        this.composer.fill(one.shown);
        this.note("You change your message. Send keeps the change; an empty line leaves it as it is.", "refused");
      },
      remove: (one) => this.does("delete", on(one)),
    };
  }

  goes(change) {
    setPane(this.index, change);
    this.changed(true);
  }

  render(sight) {
    this.dress();
    const { host, user, channel, thread } = this.look;
    this.node.classList.toggle("active", ui.active === this.index);
    const here = channelOf(host, user, channel);
    this.header(person(host, user), here, thread);
    this.frame?.show(this.look, here);
    const place = `${host} ${user} ${channel} ${thread ?? ""}`;
    const shown = ((thread ? sight?.thread : sight?.messages) ?? []).filter((one) => !hidden(one));
    const moved = place !== this.place;
    if (moved) {
      this.kept = new Kept();
      this.editing = this.answering = null;
    }
    const last = this.list.lastElementChild;
    // At the end: its last message is in sight, if not all of it.
    const end = !last || this.list.scrollTop + this.list.clientHeight > last.offsetTop - this.list.offsetTop;
    const acts = this.acts();
    const nodes = here?.home ? this.home(sight, place) : shown.map((one, at) =>
      this.kept.get(one.ts, JSON.stringify([one, shown[at - 1]?.author]), () =>
        this.client.message(one, this.look, acts, Boolean(thread), { before: shown[at - 1], all: shown })));
    if (!here?.home) {
      this.kept.only(shown.map((one) => one.ts));
      this.opened = "";
    }
    // What stands where it stood is left there: a screen that jumps under a pressed mouse takes the press away.
    const news = nodes.length !== this.list.childNodes.length || nodes.some((node, at) => this.list.childNodes[at] !== node);
    arrange(this.list, nodes.length ? nodes : [this.empty(sight, here)]);
    if (here?.home && moved) this.list.scrollTop = 0;
    else if (!here?.home && sight && (moved || (end && news))) this.toEnd();
    if (sight) this.place = place;
    const closed = sight?.refused ? capital(sight.refused) : "";
    this.composer.node.hidden = Boolean(here?.home);
    this.composer.show(place, this.client.placeholder(here, thread), closed);
    this.modal.show(sight?.view, ui.errors.get(sight?.view?.id));
    this.showNotes();
  }

  // The app's Home tab. To come to it opens it, and then the app shows what is true now.
  home(sight, place) {
    if (this.opened !== place) {
      this.opened = place;
      this.does("open_home", {});
    }
    const view = sight?.home;
    if (!view) return [this.kept.get("waiting", "", this.client.waiting)];
    const press = (of, action, value) => this.does("press_in_view", { view: of.id, action, value });
    return [this.kept.get("home", JSON.stringify(view), () => this.client.home(view, press))];
  }

  // To the newest message; to its beginning, if it is longer than the screen.
  toEnd() {
    const last = this.list.lastElementChild;
    this.list.scrollTop = this.list.scrollHeight;
    if (last && last.offsetHeight > this.list.clientHeight) this.list.scrollTop = last.offsetTop - this.list.offsetTop;
  }

  header(who, here, thread) {
    const { host } = this.look;
    const { title } = this.client;
    const channelsHere = [...(hasHome(host) ? [HOME] : []), ...channelsOf(host, who?.handle)];
    const name = thread && placesOf(host, who?.handle).threads.find((one) => one.id === thread)?.name;
    const shows = JSON.stringify([who?.handle, here, thread, name, channelsHere.map((one) => one.id)]);
    if (this.head.dataset.shows === shows) return;
    this.head.dataset.shows = shows;
    const options = (of) => people(of).map((one) => el("option", { value: `${of} ${one.handle}` }, `${one.name}, ${one.part.toLowerCase()}`));
    const as = el("select", { class: "as", "aria-label": "Act as", on: { change: () => this.become(...as.value.split(" ")) } },
      several() ? ui.hosts.map((of) => el("optgroup", { label: HOSTS[of] }, options(of))) : options(host));
    as.value = `${host} ${who?.handle ?? ""}`;
    const channels = el("select", { class: "in", "aria-label": "Channel", on: { change: () => this.goes({ channel: channels.value }) } },
      channelsHere.map((one) => el("option", { value: one.id }, title(one))));
    channels.value = here?.id ?? "";
    this.head.replaceChildren(
      avatar(who?.handle, who?.name ?? "", false),
      el("div", { class: "names" }, as, el("p", {}, el("span", { class: "place" }, title(here)), channels,
        name ? el("span", { class: "of-thread" }, name) : null)),
      ...(several() ? [this.switch(who)] : []),
      thread
        ? el("button", { type: "button", class: "back", on: { click: () => this.goes({}) } }, "← Back", el("span", { class: "from" }, " from the thread"))
        : el("span", { class: "about" }, this.client.about(here)));
  }

  // To the same person's client of the other platform.
  switch(who) {
    return el("span", { class: "hosts", role: "group", "aria-label": "Platform" }, ui.hosts.map((host) =>
      el("button", {
        type: "button", data: { host }, "aria-pressed": String(host === this.look.host), title: `${who?.name ?? ""} in ${HOSTS[host]}`,
        on: { click: () => this.become(host, who?.handle) },
      }, HOSTS[host])));
  }

  // Becomes somebody else, in the same channel if they are in it, or in one of that name.
  become(host, user) {
    const now = channelOf(this.look.host, this.look.user, this.look.channel);
    const all = channelsOf(host, user);
    const stays = now && (channelOf(host, user, now.id) ?? all.find((one) => one.name === now.name && one.direct === now.direct));
    this.goes({ host, user, channel: (stays ?? all[0])?.id ?? `@${app(host).bot_handle}` });
  }

  empty(sight, here) {
    if (sight?.refused) return el("div", { class: "empty" }, el("p", {}, capital(sight.refused)));
    if (here && isBot(this.look.host, here))
      return el("div", { class: "empty" }, el("p", {}, "Nothing here yet. Receipts, pages and outcomes arrive here."),
        el("p", {}, "A direct message to the bot is a report too."));
    return el("div", { class: "empty" }, el("p", {}, "Nothing here yet."),
      el("button", { type: "button", class: "tool", on: { click: () => this.composer.fill(reportLine(this.look.host)) } }, "Type a report for me"));
  }

  showNotes() {
    const all = ui.notes[this.index];
    const shows = JSON.stringify(all);
    if (this.notes.dataset.shows === shows) return;
    this.notes.dataset.shows = shows;
    this.notes.replaceChildren(...all.map((one, at) => el("p", { class: `note ${one.tone}` }, el("span", {}, one.text),
      el("button", {
        type: "button", title: "Dismiss",
        on: { click: () => { ui.notes[this.index].splice(at, 1); this.showNotes(); } },
      }, "×"))));
  }

  // Brings a message into sight and marks it; whether it is here.
  flash(ts) {
    const node = this.list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!node) return false;
    node.scrollIntoView({ block: "center" });
    node.classList.remove("flash");
    void node.offsetWidth;
    node.classList.add("flash");
    return true;
  }
}

// Where a message is on record: what is said in a thread of Discord is in a channel of its own.
const ref = (one) => `${one.blocks?.embeds && one.thread_ts ? one.thread_ts : one.channel}/${one.ts}`;

// What somebody dismissed, as only a client knows; it is back after a reload.
const dismissed = new Set();
const hidden = (one) => dismissed.has(`${one.channel}/${one.ts}`);
const hide = (one) => dismissed.add(`${one.channel}/${one.ts}`);

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
