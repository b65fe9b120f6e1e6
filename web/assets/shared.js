// Turns what the scripts of the page have in common into one place: which library this is, what the browser keeps of it,
// what the server is asked to show of it, and elements made of text. It stands before every script, in its scope.

const OF_LIBRARY = `-${LIBRARY}`; // each library has its own, whatever else is served at this address another day

function storageOf(kind) { // one of the browser's, full or forbidden as it may be: this page remembers what that does not keep
  const held = new Map();
  const tried = (act) => {
    try {
      return act(globalThis[kind]);
    } catch {
      return null;
    }
  };
  return {
    getItem: (name) => held.get(name) ?? tried((storage) => storage.getItem(name)),
    setItem(name, text) { // says whether the browser keeps it
      const kept = tried((storage) => (storage.setItem(name, text), true)) ?? false;
      if (kept) held.delete(name);
      else held.set(name, text);
      return kept;
    },
    removeItem(name) {
      held.delete(name);
      tried((storage) => storage.removeItem(name));
    },
  };
}

const BROWSER = storageOf("localStorage"); // what stays
const TAB = storageOf("sessionStorage"); // what stays until the tab is closed

function takenOver(kind) { // a name of the storage; what an earlier version kept by the library's path is moved to it
  const [name, earlier] = [kind + OF_LIBRARY, kind + (location.pathname.split("/libraries/")[1] ?? "")];
  try {
    const before = localStorage.getItem(earlier);
    if (before !== null && localStorage.getItem(name) === null) localStorage.setItem(name, before);
    localStorage.removeItem(earlier);
  } catch { /* it is full or forbidden */ }
  return name;
}

function stored(storage, name) { // an object of a storage, which may be garbled by others
  try {
    const read = JSON.parse(storage.getItem(name) ?? "{}");
    return typeof read === "object" && read !== null && !Array.isArray(read) ? read : {};
  } catch {
    return {};
  }
}

const HEADERS = { "x-quotewise": LIBRARY }; // without it the server's own routes are shut; with another one, refused
const LONGEST_WAIT = 30_000; // milliseconds
const awaited = {}; // what the server is asked to show, by its kind: a later one takes the place of an earlier one

const proxyAlone = ({ status }) => status >= 502 && status <= 504; // what answers is a proxy, whose server is gone

const isThere = (path = "gradio_api/app_id") =>
  fetch(path, { cache: "no-store", signal: AbortSignal.timeout(LONGEST_WAIT) }).then((answer) => !proxyAlone(answer), () => false);

async function request(path, options) { // of the server's own routes
  const answer = await fetch(`library/${path}`, { headers: HEADERS, ...options });
  if (answer.status === 409) sayAnother(await answer.clone().text());
  return answer;
}

async function post(action, sent, signal) {
  const answer = await request(action, { method: "POST", body: JSON.stringify(sent), signal });
  if (proxyAlone(answer)) throw new Error("there is no server");
  return answer;
}

function sayAnother(why) { // another library is served here now: it stays said until the page is loaded again
  const gone = document.querySelector(".qw-gone");
  gone.textContent = why;
  gone.dataset.another = "";
  gone.hidden = false;
}

async function outcomeOf(action, sent, lost) { // what became of it; `lost` says why nothing did where the server is gone
  try {
    const answer = await post(action, sent);
    return answer.ok ? await answer.json() : { status: "failed", why: await answer.text() };
  } catch {
    return { status: "failed", why: lost };
  }
}

async function want(kind, look, then) { // `then` gets what the server says, null where nothing comes
  const mine = { look };
  awaited[kind] = mine;
  let said = null;
  try {
    const answer = await post(kind, look, AbortSignal.timeout(LONGEST_WAIT));
    if (answer.ok) said = await answer.text();
  } catch { /* there is no server, or it is too busy */ }
  if (awaited[kind] !== mine) return;
  delete awaited[kind];
  then(said);
}

async function* lines(answer) { // what a server sends as lines of JSON, each as soon as it is there
  let text = "";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const whole = (text + value).split("\n");
    text = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}

function make(tag, className, text = "") { // text, never HTML: names come from anybody
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(className, text = "") {
  const made = make("button", className, text);
  made.type = "button";
  return made;
}
