// What the page knows: the world, what was seen last, and what the two people look at.

const START = [
  { user: "alice", channel: "C0GENERAL", thread: null },
  { user: "rita", channel: "C0QUEUE", thread: null },
];

function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Nothing is lost but a comfort.
  }
}

export const ui = {
  people: [],
  names: new Map(),
  app: null,
  sight: null,
  panes: kept("panes", START),
  active: 0,
  read: kept("read", null),
  // What somebody typed, by person and place, so that looking elsewhere loses nothing.
  drafts: new Map(),
  notes: [[], []],
  errors: new Map(),
};

export const person = (handle) => ui.people.find((one) => one.handle === handle);

export function nameOf(id) {
  return ui.names.get(id)?.name ?? id;
}

export const hue = (handle) => `hue-${Math.max(0, ui.people.findIndex((one) => one.handle === handle)) % 9}`;

export const initials = (name) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function know(world) {
  ui.people = world.people;
  ui.app = world.apps[0];
  for (const one of world.people) ui.names.set(one.id, one);
  ui.names.set(ui.app.bot_user, { id: ui.app.bot_user, handle: ui.app.bot_handle, name: ui.app.name, bot: true });
}

// The channels in somebody's list; the bot can always be written to.
export function channelsOf(handle) {
  const all = ui.sight?.people.find((one) => one.handle === handle)?.channels ?? [];
  const bot = `@${ui.app?.bot_handle}`;
  const mine = all.filter((one) => one.member);
  if (mine.some((one) => one.direct && `@${one.name}` === bot)) return mine;
  return [...mine, { id: bot, name: ui.app?.bot_handle, direct: true, member: true, newest: "" }];
}

// The app's Home tab: a place like a channel, without messages.
export const HOME = { id: "home", name: "Home", home: true, member: true, newest: "" };

export const isBot = (channel) => channel.direct && channel.name === ui.app?.bot_handle;

// A channel by its id or by the @handle of the other one.
export function channelOf(handle, id) {
  if (id === HOME.id) return HOME;
  const all = channelsOf(handle);
  return all.find((one) => one.id === id) ?? all.find((one) => one.direct && `@${one.name}` === id);
}

export function unread(handle, channel) {
  return Boolean(channel.newest) && channel.newest > (ui.read?.[`${handle} ${channel.id}`] ?? "");
}

// What is on the screen is read; what was there before anybody came is too.
export function markRead(visiblePanes) {
  const first = ui.read === null;
  const read = ui.read ?? {};
  for (const one of ui.sight.people) {
    for (const channel of one.channels) {
      const looking = visiblePanes.some(
        (pane) => pane.user === one.handle && channelOf(pane.user, pane.channel)?.id === channel.id,
      );
      const key = `${one.handle} ${channel.id}`;
      if ((first || looking) && (read[key] ?? "") < channel.newest) read[key] = channel.newest;
    }
  }
  ui.read = read;
  keep("read", read);
}

export function setPane(index, change) {
  ui.panes[index] = { ...ui.panes[index], thread: null, ...change };
  keep("panes", ui.panes);
}
