// What somebody is shown at first, and the three things to try, by the platforms that are played.
import { ui } from "./state.js";

const WORDS = "I clicked a link in a strange mail and typed my password";

// Where the channels of the demo are, on each platform.
const PLACES = {
  slack: { general: "C0GENERAL", queue: "C0QUEUE" },
  discord: { general: "1100000000000000101", queue: "1100000000000000102" },
};

const pane = (host, user, place) => ({ host, user, channel: PLACES[host][place] ?? place, thread: null });

// Where people report, and where they work: two platforms if there are two.
const ends = (hosts) => [hosts.includes("discord") ? "discord" : "slack", hosts.includes("slack") ? "slack" : "discord"];

export const reportLine = (host) => (host === "discord" ? `/secevent report ${WORDS}` : `/secevent ${WORDS}`);

export function start(hosts) {
  const [door, desk] = ends(hosts);
  return [pane(door, "alice", "general"), pane(desk, "rita", "queue")];
}

// The case that was named last on a screen, or the first there will be.
function lastCase() {
  const shown = (ui.sight?.panes ?? []).flatMap((one) => one.messages.map((message) => message.shown)).join(" ");
  return shown.match(/\bSE-\d{4}-\d{4}\b/g)?.at(-1) ?? `SE-${new Date((ui.sight?.now ?? 0) / 1000).getUTCFullYear()}-0001`;
}

const report = (host) => ({
  done: "reported", title: "Report something", about: "As Alice, send the command that is typed for you.",
  panes: [pane(host, "alice", "general"), pane(host, "rita", "queue")],
  type: () => [0, reportLine(host)],
});

const one = (host) => [
  report(host),
  {
    done: "climbed", title: "Page somebody who does not answer", about: "As Ivy, press Take, then Escalate. Pia does not answer: press +5 min, and again, until Ben is paged.",
    panes: [pane(host, "pia", "@secevent"), pane(host, "ivy", "queue")],
  },
  {
    done: "told", title: "Close it, and read the outcome", about: "Acknowledge as Ben. As Ivy, triage the case and close it. Alice is told how it ended.",
    panes: [pane(host, "ben", "@secevent"), pane(host, "ivy", "queue")],
  },
];

// The case is reported in Discord and worked on in Slack, where its card is asked for; people are paged and told where their account is.
const across = () => [
  {
    ...report("discord"), title: "Report something in Discord", about: "As Alice, send the command that is typed for you. The case is on record at once.",
    panes: [pane("discord", "alice", "general"), pane("slack", "rita", "queue")],
  },
  {
    done: "climbed", title: "Work on it in Slack", about: "As Ivy, send the command, press Take, then Escalate. Pia does not answer: press +5 min, and again, until Ben is paged.",
    panes: [pane("discord", "pia", "@secevent"), pane("slack", "ivy", "queue")],
    type: () => [1, `/secevent status ${lastCase()}`],
  },
  {
    done: "told", title: "Close it, and read the outcome", about: "Acknowledge as Ben in Discord. As Ivy in Slack, triage the case and close it. Alice is told in Discord.",
    panes: [pane("discord", "ben", "@secevent"), pane("slack", "ivy", "queue")],
    type: () => [1, `/secevent status ${lastCase()}`],
  },
];

export const steps = () => (ui.hosts.length > 1 ? across() : one(ui.hosts[0]));
