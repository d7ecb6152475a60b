// The demo's own controls: time, the bot's life, breaking things, the three things to try, light and dark.
import { $, el } from "./dom.js";
import { advance, breakSomething, check } from "./door.js";
import { keep, ui } from "./state.js";
import { steps as all } from "./steps.js";

const BREAKS = [
  ["rate_limited", "The provider answers 429", "The next three posts are refused with Retry-After: 10. They stay in the outbox and go again."],
  ["socket", "The socket drops", "Every connection of the bot is reset. It connects again; what happened meanwhile is delivered again."],
  ["doubled", "Everything is delivered twice", "The next command, press and event each arrive twice. The record takes each once."],
  ["lost_answer", "An answer gets lost", "The next post arrives, but the bot is not told. The attempt is kept as unknown."],
  ["kill", "Kill the bot", "SIGKILL to its process, in the middle of whatever it does. Report something meanwhile, then start it again."],
];

export function steps(node, done, show) {
  const hidden = ui.stepsHidden;
  const shows = JSON.stringify([done, hidden]);
  if (node.dataset.shows === shows) return;
  node.dataset.shows = shows;
  const STEPS = all();
  const next = STEPS.findIndex((step) => !done?.[step.done]);
  node.classList.toggle("folded", Boolean(hidden));
  node.replaceChildren(
    el("ol", {}, STEPS.map((step, index) => {
      const is = done?.[step.done];
      return el("li", { class: `${is ? "done" : ""} ${index === next ? "next" : ""}` },
        el("span", { class: "tick", "aria-hidden": "true" }, is ? "✓" : String(index + 1)),
        el("div", {}, el("b", {}, step.title, is ? el("span", { class: "spoken" }, " (done)") : null), el("p", {}, step.about)),
        el("button", { type: "button", class: "tool", data: { step: String(index) }, on: { click: () => show(step) } }, is ? "Again" : "Show me"));
    })),
    el("button", {
      type: "button", class: "fold", title: hidden ? "Show what to try" : "Hide what to try", "aria-expanded": String(!hidden),
      on: { click: () => { ui.stepsHidden = !hidden; keep("steps-hidden", ui.stepsHidden); steps(node, done, show); } },
    }, hidden ? "What to try" : "Hide"));
}

// The clock goes on between two looks.
let base = null;
export function clock(now) {
  if (now) base = { now: now / 1000, at: performance.now() };
  if (!base) return;
  const at = new Date(base.now + performance.now() - base.at);
  $("clock").textContent = at.toLocaleString(undefined, { weekday: "short", hour: "2-digit", hourCycle: "h23", minute: "2-digit", second: "2-digit" });
}

export function bar(status) {
  const pill = $("bot");
  const left = status.minutes_left;
  const { state, pid, how } = status.bot;
  const words = { running: `bot runs · process ${pid}`, starting: "bot is starting", dead: `bot is dead · ${how ?? ""}` }[state];
  pill.textContent = left ? `${left} min to pass` : words;
  pill.className = `pill ${left ? "busy" : state}`;
  for (const button of document.querySelectorAll("[data-advance]")) button.disabled = left > 0;
  story(status);
}

function story(status) {
  const node = $("break");
  const shows = JSON.stringify([status.story, status.bot.state]);
  if (node.dataset.shows === shows) return;
  node.dataset.shows = shows;
  const run = async (button, work) => {
    button.disabled = true;
    button.classList.add("working");
    try {
      await work();
    } catch (error) {
      $("break-why").textContent = error.message;
    }
    button.disabled = false;
    button.classList.remove("working");
  };
  const dead = status.bot.state === "dead";
  const items = BREAKS.map(([what, title, about]) => {
    const restart = what === "kill" && dead;
    return el("li", {}, el("button", {
      type: "button", class: `b-button ${what === "kill" && !dead ? "danger" : ""} ${restart ? "primary" : ""}`, data: { break: restart ? "start" : what },
      on: { click: (event) => run(event.currentTarget, () => breakSomething(restart ? "start" : what)) },
    }, restart ? "Start the bot again" : title),
    el("p", {}, restart ? "A new process on the record as it was left. What fell due meanwhile is done now." : about));
  });
  node.replaceChildren(
    el("div", { class: "ways" }, el("h2", {}, "Break something"), el("ul", {}, items)),
    el("div", { class: "story" },
      el("h2", {}, "What happened"),
      el("p", { class: "why", id: "break-why", role: "alert" }),
      el("button", { type: "button", class: "b-button", id: "check", on: { click: (event) => run(event.currentTarget, check) } }, "Was anything lost?"),
      status.story.length
        ? el("ol", {}, status.story.map((line) => el("li", {},
          el("time", {}, new Date(line.at).toLocaleTimeString(undefined, { hour: "2-digit", hourCycle: "h23", minute: "2-digit", second: "2-digit" })), line.text)))
        : el("p", { class: "quiet" }, "Nothing was broken yet. The bot is a process of its own, the provider is a strict stand-in: what you break breaks for real.")));
}

const THEMES = ["auto", "light", "dark"];
const FACES = { auto: "◐", light: "☀", dark: "☾" };

function dress(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $("theme").textContent = FACES[theme];
  $("theme").setAttribute("aria-label", `Theme: ${theme}`);
}

export function start(changed) {
  let theme = THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto";
  dress(theme);
  $("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    dress(theme);
  });
  for (const button of document.querySelectorAll("[data-advance]"))
    button.addEventListener("click", () => advance(Number(button.dataset.advance)).catch(() => {}).then(changed));
  $("break-open").addEventListener("click", () => {
    const open = $("break").hidden;
    $("break").hidden = !open;
    $("break-open").setAttribute("aria-expanded", String(open));
  });
  $("record-toggle").addEventListener("click", () => {
    const shown = document.body.classList.toggle("no-record");
    $("record-toggle").setAttribute("aria-pressed", String(!shown));
  });
  $("zone").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  setInterval(() => clock(), 500);
}
