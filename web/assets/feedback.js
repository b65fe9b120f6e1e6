// Turns two small buttons under each answer into verdicts of the library, and shows those that this browser gave.
// Gradio runs it once, as the js_on_load of the page's bar. The server draws turns without them: they are put in
// before anything of that is painted.

const VERDICTS = takenOver("quotewise-verdicts");
const MOST_VERDICTS = 500;
const LONGEST_WORD = 500; // characters, as in qa/feedback.py
const THUMB = "M5 14V7l3-5.2c.9 0 1.7.7 1.7 1.7v3h3.2c.9 0 1.6.8 1.4 1.7l-1 4.5c-.2.8-.8 1.3-1.6 1.3H5ZM5 7H2v7h3";
const NAMES = { up: "This is right", down: "This is not right" };
const ASKED = { up: "Anything to add?", down: "What would be right?" };
const talks = document.getElementById("qw-conversation");
const open = new Map(); // what is being written, by the turn that it is about: a redraw must not lose it
const sending = new Set(); // what is judged just now: a second verdict on it would have a key of its own

// --- what this browser said ---

const given = () => stored(BROWSER, VERDICTS);

function note(about, verdict) {
  const all = given();
  delete all[about];
  if (verdict) all[about] = verdict;
  BROWSER.setItem(VERDICTS, JSON.stringify(Object.fromEntries(Object.entries(all).slice(-MOST_VERDICTS))));
}

function subject(turn) { // the same question with the same answer is one and the same thing to judge
  const { question, asked_as, citations, span } = JSON.parse(turn.dataset.record);
  return JSON.stringify([question, asked_as, citations, span]);
}

// --- what is shown ---

function thumb(verdict) {
  const made = button("qw-thumb");
  made.title = NAMES[verdict];
  made.dataset.verdict = verdict;
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", THUMB);
  picture.append(path);
  made.append(picture, make("span", "qw-hidden", NAMES[verdict]));
  return made;
}

function field(about, verdict) {
  const place = make("span", "qw-word");
  const input = make("input", "qw-word-field");
  Object.assign(input, { type: "text", maxLength: LONGEST_WORD, placeholder: ASKED[verdict], value: open.get(about), dir: "auto" });
  input.setAttribute("aria-label", `${ASKED[verdict]} (optional)`);
  input.addEventListener("input", () => open.set(about, input.value));
  place.append(input, button("qw-word-keep", "Keep"));
  return place;
}

function showVerdict(turn, about) {
  const place = turn.querySelector(".qw-verdict");
  const { verdict = "", word = "" } = given()[about] ?? {};
  for (const button of place.querySelectorAll(".qw-thumb")) {
    button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
  }
  place.classList.toggle("qw-given", verdict !== "");
  place.querySelectorAll(".qw-word, .qw-said").forEach((old) => old.remove());
  if (verdict && open.has(about)) place.append(field(about, verdict));
  else if (verdict && word) {
    const said = make("span", "qw-said", word);
    said.dir = "auto";
    place.append(said);
  }
}

function showAll() {
  for (const turn of talks.querySelectorAll('.qw-turn[data-record][aria-busy="false"]')) {
    if (turn.querySelector(".qw-verdict, .qw-failure")) continue;
    let line = turn.querySelector(":scope > .qw-sure");
    if (!line) {
      line = make("p", "qw-sure");
      (turn.querySelector(".qw-advice") ?? turn.querySelector(".qw-none"))?.after(line);
    }
    const place = make("span", "qw-verdict");
    const told = make("span", "qw-verdict-told");
    told.setAttribute("role", "status");
    place.append(thumb("up"), thumb("down"), told);
    line.append(place);
    showVerdict(turn, subject(turn));
  }
}

// --- what is said ---

async function send(turn, about, verdict, word, next) { // `next`: what the field holds once this is kept; null shuts it
  sending.add(about);
  const { key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}` } = given()[about] ?? {};
  const record = JSON.parse(turn.dataset.record);
  const line = await outcomeOf("feedback", { key, record, verdict, word }, "The server does not answer; this is not kept.");
  sending.delete(about);
  const kept = line.status !== "failed";
  if (kept) {
    note(about, verdict ? { key, verdict, word } : null);
    if (next === null) open.delete(about);
    else open.set(about, next);
  }
  for (const shown of talks.querySelectorAll(".qw-turn[data-record]")) {
    if (!shown.querySelector(".qw-verdict") || subject(shown) !== about) continue;
    shown.querySelector(".qw-verdict-told").textContent = line.why ?? "";
    showVerdict(shown, about);
  }
  return kept;
}

async function judge(button) {
  const turn = button.closest(".qw-turn");
  const about = subject(turn);
  if (sending.has(about)) return;
  const { verdict: before = "" } = given()[about] ?? {};
  const verdict = before === button.dataset.verdict ? "" : button.dataset.verdict; // a second click takes it back
  if ((await send(turn, about, verdict, "", verdict ? "" : null)) && verdict === "down") {
    turn.querySelector(".qw-word-field")?.focus({ preventScroll: true });
  }
}

async function keepWord(inside) {
  const turn = inside.closest(".qw-turn");
  const about = subject(turn);
  if (sending.has(about)) return;
  const word = (open.get(about) ?? "").trim();
  const { verdict } = given()[about] ?? {};
  let kept = true;
  if (verdict && word) kept = await send(turn, about, verdict, word, null);
  else {
    open.delete(about);
    showVerdict(turn, about);
  }
  turn.querySelector(kept ? '.qw-thumb[aria-pressed="true"]' : ".qw-word-field")?.focus({ preventScroll: true });
}

talks.addEventListener("click", (event) => {
  const button = event.target.closest?.(".qw-thumb, .qw-word-keep");
  if (button) (button.classList.contains("qw-thumb") ? judge : keepWord)(button);
});
talks.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".qw-word") || event.isComposing) return;
  if (event.key === "Escape") open.delete(subject(event.target.closest(".qw-turn")));
  if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    keepWord(event.target);
  }
});
new MutationObserver(showAll).observe(talks, { childList: true, subtree: true });
showAll();
