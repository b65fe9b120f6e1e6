// Turns what the conversation shows into records in the browser's storage, and those into conversations again.
// Runs before chat.js, in its scope. A record holds places in documents, no quotes: the server reads those again.

const STORE = takenOver("quotewise-conversations");
const MOST_TALKS = 50;
const MOST_SHOWN = 100; // turns of a kept conversation that are shown at first
const REMEMBERED = 12; // turns that a follow-up can mean, as in qa/follow_up.py
const NOT_SAVED = { why: "The server does not answer; nothing is saved." };
const FULL = "This browser's storage is full: the oldest conversations give way to new ones. Export saves the one that is shown.";
const talks = document.getElementById("qw-conversation");
const welcome = talks.querySelector(".qw-welcome");
const menu = element.querySelector(".qw-menu");
let talk = TAB.getItem(STORE) ?? newTalk(); // the id of the conversation that this tab shows
let restoring = false; // until the server has shown what was asked back: nothing is kept meanwhile
let older = []; // records of the turns before those that are shown
let saidFull = false;

function newTalk() {
  const id = `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
  TAB.setItem(STORE, id);
  return id;
}

const kept = () => stored(BROWSER, STORE); // every conversation by its id

function keep(all) { // as many of the latest as the browser has room for; where that is none, this page remembers them
  const latest = Object.entries(all).sort(([, a], [, b]) => b.when - a.when).slice(0, MOST_TALKS);
  const write = (most) => BROWSER.setItem(STORE, JSON.stringify(Object.fromEntries(latest.slice(0, most))));
  let most = latest.length;
  while (!write(most)) {
    if (most < 2) return void write(latest.length);
    most -= 1;
  }
  if (most === latest.length || saidFull || !menu.hidden) return;
  saidFull = true;
  sayInMenu(FULL);
}

const turnsPlace = () => talks.querySelector(".qw-turns");
const shownRecords = (most = Infinity) =>
  [...talks.querySelectorAll('.qw-turn[aria-busy="false"][data-record]')].slice(-most).map((turn) => JSON.parse(turn.dataset.record));

const allRecords = () => [...older, ...shownRecords()];

function keepIn(id, record) { // behind what is kept: another tab may show the same conversation and have added to it
  const all = kept();
  keep({ ...all, [id]: { when: Date.now(), records: [...(all[id]?.records ?? []), record] } });
}

function drawn(html) { // what the server has written, every text of it escaped
  const made = make("template", "");
  made.innerHTML = html;
  return made.content.firstElementChild;
}

function showTalk(id, most = MOST_SHOWN, from = 0) { // `from`: as `lookingBack`
  const records = kept()[id]?.records ?? [];
  const left = unanswered()[id];
  talk = id;
  lookingBack = from;
  older = records.slice(0, -most);
  TAB.setItem(STORE, id);
  restoring = true;
  delete awaited.conversation; // nobody looks at that one any more
  delete awaited.source;
  if (!records.length && !left) return draw([]);
  const look = { records: records.slice(-most), older: older.length, unanswered: left?.question, unanswered_in: left?.documents };
  want("conversation", look, (html) => {
    if (html === null) return lookAfterServer(); // it asks again
    draw([...drawn(html).childNodes]);
    if (left) talks.querySelector(".qw-turn:has(.qw-again)").asked = left;
  });
}

function draw(them) {
  restoring = false;
  const place = turnsPlace();
  place.setAttribute("aria-live", "off"); // what was said before is no news
  setTimeout(() => place.setAttribute("aria-live", "polite"), 1000);
  place.replaceChildren(...them);
  if (asking?.turn && asking.talk === talk) turnsPlace().append(asking.turn);
  if (!turnsPlace().childElementCount) turnsPlace().append(welcome);
  if (!lookingBack) turns = 0;
  conversationChanged();
}

function forget(id) {
  const all = kept();
  delete all[id];
  keep(all);
  if (asking?.talk === id) asking.forgotten = true;
  keepAsked(id, null);
  if (id === talk) showTalk(newTalk());
}

// --- the menu ---

function choice(className, text, act, label = text) {
  const made = button(className, text);
  if (label !== text) made.setAttribute("aria-label", label);
  made.dir = "auto";
  made.addEventListener("click", act);
  return made;
}

function shutMenu() {
  menu.hidden = true;
  for (const opener of element.querySelectorAll(".qw-menu-opens")) opener.setAttribute("aria-expanded", "false");
}

function sayInMenu(why) {
  const line = make("p", "qw-empty", why);
  line.setAttribute("role", "alert");
  menu.replaceChildren(line);
  menu.hidden = false;
}

function openMenu(opener) {
  const wasOpen = opener.getAttribute("aria-expanded") === "true";
  shutMenu();
  if (wasOpen) return;
  menu.replaceChildren(...(opener.dataset.menu === "export" ? exports() : earlier()));
  menu.hidden = false;
  opener.setAttribute("aria-expanded", "true");
  menu.querySelector("button")?.focus();
}

function earlier() {
  const asked = Object.entries(unanswered()).map(([id, one]) => [id, { when: parseInt(id, 10), records: [one] }]); // named by its time
  const others = Object.entries({ ...Object.fromEntries(asked), ...kept() }).filter(([id]) => id !== talk).sort(([, a], [, b]) => b.when - a.when);
  if (!others.length) return [make("p", "qw-empty", "There is no earlier conversation in this browser.")];
  return others.map(([id, { when, records }]) => {
    const line = make("div", "qw-earlier");
    const first = String(records?.[0]?.question ?? "").slice(0, 120);
    const day = make("span", "qw-where", new Date(when).toLocaleDateString());
    const pick = choice("qw-choice", `${first} `, () => { shutMenu(); showTalk(id); toComposer(); });
    pick.append(day);
    line.append(pick, choice("qw-forget", "×", () => forgetLine(id, line), `Delete: ${first}`));
    return line;
  });
}

function forgetLine(id, line) { // a keyboard goes on at the next one
  const next = line.nextElementSibling ?? line.previousElementSibling;
  forget(id);
  line.remove();
  (next?.querySelector(".qw-forget") ?? textarea).focus();
}

function exports() {
  if (!shownRecords().length) return [make("p", "qw-empty", "There is nothing to export yet.")];
  return [["md", "Markdown"], ["html", "Web page"], ["json", "JSON"]].map(([format, name]) =>
    choice("qw-choice", name, () => {
      shutMenu();
      element.querySelector("[data-menu=export]").focus();
      want("export", { format, records: allRecords() }, (said) => save(said ? JSON.parse(said) : NOT_SAVED, `conversation.${format}`));
    }));
}

function save({ text, why }, name) {
  if (why) return sayInMenu(why);
  const link = make("a", "");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
