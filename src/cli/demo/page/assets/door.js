// The way to the demo: looking, acting as somebody, steering. Acts go through the stand-in's client door.

async function call(path, body, signal) {
  const answer = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  const told = await answer.json().catch(() => ({}));
  if (told?.error) throw new Refused(told.error);
  if (!answer.ok) throw new Error(`the demo answered ${answer.status}`);
  return told;
}

// The demo said no, with a sentence.
export class Refused extends Error {}

export const world = () => call("world");
export const look = (wish, signal) => call("look", wish, signal);
export const act = (host, name, what) => call(`client/${host}/${name}`, what);
export const advance = (minutes) => call("control/advance", { minutes });
export const breakSomething = (what) => call(`control/break/${what}`, {});
export const check = () => call("control/check", {});
