// Turns what the conversation shows into records in the browser's storage, and those into conversations again.
// Runs before chat.js, in its scope. A record holds places in documents, no quotes: the server reads those again.

const STORE = `quotewise-conversations${OF_LIBRARY}`;
const MOST_TALKS = 50;
const MOST_SHOWN = 100; // turns of a kept conversation that are shown at first
const REMEMBERED = 12; // turns that a follow-up can mean, as in qa/follow_up.py
const talks = document.getElementById("qw-conversation");
const file = document.getElementById("qw-file");
const menu = element.querySelector(".qw-menu");
let talk = sessionStorage.getItem(STORE) ?? newTalk(); // the id of the conversation that this tab shows
let restoring = false; // until the server has shown what was asked back: nothing is kept meanwhile
let restoredAt = -Infinity; // when that was asked for
let older = []; // records of the turns before those that are shown
let lookedAt = ""; // the conversation that was last compared with the storage, and how many turns it had

function newTalk() {
  const id = `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
  sessionStorage.setItem(STORE, id);
  return id;
}

const kept = () => stored(localStorage, STORE); // every conversation by its id

function keep(all) {
  const latest = Object.entries(all).sort(([, a], [, b]) => b.when - a.when);
  for (let most = MOST_TALKS; most > 0; most = Math.floor(most / 2)) {
    try {
      return localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(latest.slice(0, most))));
    } catch { /* too large: keep fewer */ }
  }
}

const shownTurns = () => [...talks.querySelectorAll('.qw-turn[aria-busy="false"]')];
const keptTurns = () => shownTurns().filter((turn) => turn.dataset.record);
const shownRecords = (most = Infinity) => keptTurns().slice(-most).map((turn) => JSON.parse(turn.dataset.record));

const allRecords = () => [...older, ...shownRecords()];

const waitsForTalk = () => restoring && performance.now() - restoredAt < 5000;

function keepShown() {
  if (talks.querySelector(".qw-turns")?.dataset.talk === talk) restoring = false;
  const count = older.length + keptTurns().length;
  if (restoring || !count || lookedAt === `${talk} ${count}`) return; // Gradio redraws often: nothing is read for that
  lookedAt = `${talk} ${count}`;
  const all = kept();
  if (all[talk]?.records?.length !== count) keep({ ...all, [talk]: { when: Date.now(), records: allRecords() } });
}

function keepIn(id, record) {
  const all = kept();
  keep({ ...all, [id]: { when: Date.now(), records: [...(all[id]?.records ?? []), record] } });
}

function showTalk(id, most = MOST_SHOWN) {
  const records = kept()[id]?.records ?? [];
  talk = id;
  older = records.slice(0, -most);
  sessionStorage.setItem(STORE, id);
  restoring = true;
  restoredAt = performance.now();
  trigger("restore", { talk, records: records.slice(-most), older: older.length, ...unansweredIn(id) });
}

function forget(id) {
  const all = kept();
  delete all[id];
  keep(all);
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
  const others = Object.entries(kept()).filter(([id]) => id !== talk).sort(([, a], [, b]) => b.when - a.when);
  if (!others.length) return [make("p", "qw-empty", "There is no earlier conversation in this browser.")];
  return others.map(([id, { when, records }]) => {
    const line = make("div", "qw-earlier");
    const first = String(records?.[0]?.question ?? "").slice(0, 120);
    const day = make("span", "qw-where", new Date(when).toLocaleDateString());
    const pick = choice("qw-choice", `${first} `, () => { shutMenu(); showTalk(id); });
    pick.append(day);
    line.append(pick, choice("qw-forget", "×", () => { forget(id); line.remove(); }, `Delete: ${first}`));
    return line;
  });
}

function exports() {
  if (!shownRecords().length) return [make("p", "qw-empty", "There is nothing to export yet.")];
  return [["md", "Markdown"], ["html", "Web page"], ["json", "JSON"]].map(([format, name]) =>
    choice("qw-choice", name, () => {
      shutMenu();
      trigger("export", { format, records: allRecords() });
    }));
}

function save() { // the server has written the file that was asked for
  const made = file.querySelector(".qw-saved");
  if (!made) return;
  const link = make("a", "");
  link.href = URL.createObjectURL(new Blob([made.textContent], { type: "text/plain;charset=utf-8" }));
  link.download = made.dataset.name;
  made.remove();
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

new MutationObserver(save).observe(file, { childList: true, subtree: true });
