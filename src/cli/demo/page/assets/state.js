// What the page knows: the worlds of the platforms, what was seen last, and what the two people look at.

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
  // The platforms that are played, in their order, and for each who is there and what the app offers.
  hosts: [],
  worlds: {},
  sight: null,
  panes: [],
  active: 0,
  read: kept("read", {}),
  // What somebody typed, by platform, person and place, so that looking elsewhere loses nothing.
  drafts: new Map(),
  notes: [[], []],
  errors: new Map(),
};

export const HOSTS = { slack: "Slack", discord: "Discord" };

export const several = () => ui.hosts.length > 1;

export const app = (host) => ui.worlds[host]?.app;

export const people = (host) => ui.worlds[host]?.people ?? [];

export const person = (host, handle) => people(host).find((one) => one.handle === handle);

export const known = (host, id) => ui.worlds[host]?.names.get(id);

export const nameOf = (host, id) => known(host, id)?.name ?? id;

// The same person has the same colour everywhere.
export const hue = (handle) => `hue-${Math.max(0, people(ui.hosts[0]).findIndex((one) => one.handle === handle)) % 9}`;

export const initials = (name) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function know(world, start) {
  ui.hosts = world.platforms.map((one) => one.host);
  for (const { host, people, apps } of world.platforms) {
    const [app] = apps;
    const names = new Map(people.map((one) => [one.id, one]));
    names.set(app.bot_user, { id: app.bot_user, handle: app.bot_handle, name: app.name, bot: true });
    ui.worlds[host] = { people, app, names };
  }
  const panes = kept("panes", start);
  ui.panes = panes.every((pane) => person(pane.host, pane.user)) ? panes : start;
}

// The channels in somebody's list; the bot can always be written to, by whoever shares a place with it.
export function channelsOf(host, handle) {
  const all = ui.sight?.people.find((one) => one.host === host && one.handle === handle)?.channels ?? [];
  const bot = `@${app(host)?.bot_handle}`;
  const mine = all.filter((one) => one.member);
  if (mine.some((one) => one.direct && `@${one.name}` === bot)) return mine;
  return [...mine, { id: bot, name: app(host)?.bot_handle, direct: true, member: true, newest: "" }];
}

// Servers and threads, where a platform has them.
export const placesOf = (host, handle) =>
  ui.sight?.people.find((one) => one.host === host && one.handle === handle)?.places ?? { guilds: [], threads: [] };

// The app's Home tab: a place like a channel, without messages.
export const HOME = { id: "home", name: "Home", home: true, member: true, newest: "" };

export const hasHome = (host) => Boolean(app(host)?.home_tab);

export const isBot = (host, channel) => channel.direct && channel.name === app(host)?.bot_handle;

// A channel by its id or by the @handle of the other one.
export function channelOf(host, handle, id) {
  if (id === HOME.id) return hasHome(host) ? HOME : undefined;
  const all = channelsOf(host, handle);
  return all.find((one) => one.id === id) ?? all.find((one) => one.direct && `@${one.name}` === id);
}

// Keys of messages grow: as texts of one length on Slack, as numbers on Discord.
const later = (one, other) => one.length > other.length || (one.length === other.length && one > other);

const mark = (handle, channel) => `${handle} ${channel.id}`;

export function unread(host, handle, channel) {
  return Boolean(channel.newest) && later(channel.newest, ui.read[host]?.[mark(handle, channel)] ?? "");
}

export const news = (host, handle) => channelsOf(host, handle).some((one) => unread(host, handle, one));

// What somebody should see first: what is new to them, the bot before channels.
export function firstFor(host, handle) {
  const all = channelsOf(host, handle);
  const fresh = all.filter((one) => unread(host, handle, one));
  const direct = fresh.find((one) => one.direct);
  const here = ui.panes.find((pane) => pane.host === host && pane.user === handle)?.channel;
  return (direct ?? fresh[0])?.id ?? here ?? all[0]?.id;
}

// What is on the screen is read; what was there before anybody came is too.
export function markRead(visiblePanes) {
  const first = ui.hosts.filter((host) => !ui.read[host]);
  for (const { host, handle, channels } of ui.sight.people) {
    const read = (ui.read[host] ??= {});
    for (const channel of channels) {
      const looking = visiblePanes.some(
        (pane) => pane.host === host && pane.user === handle && channelOf(host, pane.user, pane.channel)?.id === channel.id,
      );
      const key = mark(handle, channel);
      if ((first.includes(host) || looking) && later(channel.newest, read[key] ?? "")) read[key] = channel.newest;
    }
  }
  keep("read", ui.read);
}

export function setPane(index, change) {
  ui.panes[index] = { ...ui.panes[index], thread: null, ...change };
  keep("panes", ui.panes);
}
