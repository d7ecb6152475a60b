// Keeps the record's page fresh, counts what is due, and ties rows to the messages of whoever frames the page.

const EVERY = 1500;
let offset = 0;
let shown = "";
let looking = false;

function dress() {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

const two = (n) => String(n).padStart(2, "0");

function count() {
  const now = Date.now() + offset;
  for (const node of document.querySelectorAll("[data-due]")) {
    const left = Number(node.dataset.due) - now;
    const seconds = Math.floor(Math.abs(left) / 1000);
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const text = `${left < 0 ? "-" : ""}${h ? `${h}:${two(m)}` : m}:${two(s)}`;
    if (node.textContent !== text) node.textContent = text;
    const row = node.closest("li");
    row.classList.toggle("late", left < 0);
    row.classList.toggle("soon", left >= 0 && left < 5 * 60 * 1000);
  }
}

// Instants in the zone that the reader's browser knows.
function local() {
  for (const node of document.querySelectorAll("time[datetime]")) {
    const at = new Date(node.dateTime);
    node.title = node.dateTime;
    node.textContent = at.toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", hourCycle: "h23", minute: "2-digit", second: "2-digit" });
  }
}

function mark() {
  const ref = decodeURIComponent(location.hash.slice(1));
  let first = null;
  for (const row of document.querySelectorAll("[data-ref]")) {
    const found = ref !== "" && row.dataset.ref === ref;
    row.classList.toggle("found", found);
    if (found) first ??= row;
  }
  return first;
}

async function look() {
  if (looking) return;
  looking = true;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    const date = Number(answer.headers.get("x-now"));
    if (date) offset = date - Date.now();
    const text = await answer.text();
    const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    // What only counts down is no news.
    const news = main?.innerHTML.replace(/(data-due="\d+">)[^<]*/g, "$1").replace(/<li class="late">/g, "<li>");
    if (main && news !== shown) {
      const top = document.scrollingElement.scrollTop;
      document.querySelector("main").replaceWith(main);
      shown = news;
      local();
      mark();
      document.scrollingElement.scrollTop = top;
    }
    count();
  } catch {
    // The next look may find it.
  }
  looking = false;
}

document.addEventListener("click", (event) => {
  const ref = event.target.closest?.("[data-show]")?.dataset.show;
  if (ref) parent.postMessage({ secevent: "show", ref }, location.origin);
});
addEventListener("message", (event) => {
  if (event.origin === location.origin && event.data?.secevent === "look") look();
});
addEventListener("storage", dress);
addEventListener("hashchange", () => mark()?.scrollIntoView({ block: "center" }));

dress();
if (parent === window) document.body.classList.add("alone");
look().then(() => mark()?.scrollIntoView({ block: "center" }));
local();
setInterval(count, 500);
setInterval(look, EVERY);
