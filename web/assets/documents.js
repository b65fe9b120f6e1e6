// Turns ticks in the list of documents into what the next question goes to, words above it into a shorter list, and a
// title into a field that changes it. Runs before library.js, in its scope; the list itself is drawn by the server.

const CHOICE = `quotewise-choice${OF_LIBRARY}`;
const LONG_LIST = 8; // documents from which on words can narrow the list
const list = document.getElementById("qw-library");
const choosing = make("div", "qw-choosing");
const words = make("input", "qw-narrow");
const chosenHere = make("p", "qw-chosen");
const chosen = keptChoice(); // the chosen documents' titles by their ids, in this tab
let lastPicked = null; // where a choice with Shift begins
let retitling = null; // the title that is being changed: { id, before, title, selected }
let returning = null; // the document whose button gets the focus once the list is drawn again
let turning = null; // where the focus goes once another page of the list is there: the class of a button, and at which end
let typed = null; // the timer after which typed words narrow the list
let failures = 0; // turns that failed, when the list was last asked for

const shownList = () => list.querySelector(".qw-documents");
const total = () => Number(shownList()?.dataset.total ?? 0);
const counted = (count) => count.toLocaleString("en");

// --- choosing ---

function keptChoice() {
  try {
    const pairs = JSON.parse(TAB.getItem(CHOICE) ?? "[]");
    return new Map(pairs.filter(([id, title]) => typeof id === "string" && typeof title === "string"));
  } catch { // garbled by others
    return new Map();
  }
}

function choose(row, picked) {
  if (!picked) chosen.delete(row.dataset.document);
  else if (chosen.size < Number(shownList().dataset.most)) chosen.set(row.dataset.document, titleOf(row));
  else return false;
  return true;
}

function pick(box, range) {
  const rows = [...list.querySelectorAll("li")];
  const here = rows.indexOf(box.closest("li"));
  const from = range ? rows.findIndex((row) => row.dataset.document === lastPicked) : -1;
  const among = from < 0 ? [rows[here]] : rows.slice(Math.min(from, here), Math.max(from, here) + 1);
  const room = among.every((row) => choose(row, box.checked));
  lastPicked = rows[here].dataset.document;
  showChoice(room ? "" : tooMany());
}

const tooMany = () => `At most ${counted(Number(shownList().dataset.most))} can be chosen.`;
const titleOf = (row) => row.querySelector(".qw-title").textContent;

function chooseShown() {
  const room = [...list.querySelectorAll("li")].every((row) => choose(row, true));
  showChoice(room ? "" : tooMany());
}

function chooseAll() {
  const inside = choosing.contains(document.activeElement);
  chosen.clear();
  showChoice();
  (inside ? list.querySelector(".qw-pick") : document.getElementById("qw-question"))?.focus();
}

function showChoice(said = "") {
  const count = `${counted(chosen.size)} of ${counted(total())}`;
  TAB.setItem(CHOICE, JSON.stringify([...chosen]));
  for (const row of list.querySelectorAll("li")) row.querySelector(".qw-pick").checked = chosen.has(row.dataset.document);
  if (chosen.size) document.documentElement.dataset.qwDocuments = [...chosen.keys()].join(" ");
  else delete document.documentElement.dataset.qwDocuments;
  const lines = chosen.size ? [`${count} chosen. ${said}`, button("qw-ask-all", "Ask all")] : [];
  if (words.value && list.querySelector("li")) lines.push(button("qw-pick-shown", `Choose these ${counted(list.querySelectorAll("li").length)}`));
  chosenHere.replaceChildren(...lines);
  const asking = document.querySelector(".qw-asking");
  if (!asking) return requestAnimationFrame(() => showChoice(said)); // the composer is not there yet
  asking.hidden = !chosen.size;
  asking.title = [...chosen.values()].slice(0, 20).join("\n");
  asking.replaceChildren(...(chosen.size ? [`Asking ${count} documents`, button("qw-ask-all", "Ask all")] : []));
}

// --- the list ---

function renew(first = Number(shownList().dataset.first)) { // asks for the list as it is now
  want("documents", { words: words.value, chosen: [...chosen.keys()], first }, (html) => {
    const held = document.activeElement;
    const row = held?.closest("#qw-library li")?.dataset.document;
    if (html === null) turning = null;
    else shownList().outerHTML = html;
    if (!held?.isConnected && row) rowOf(row)?.querySelector(`.${held.classList[0]}`)?.focus({ preventScroll: true });
  });
}

function listChanged(changes) {
  if (!shownList() || changes.every((change) => choosing.contains(change.target))) return;
  for (const gone of shownList().dataset.gone.split(" ")) chosen.delete(gone);
  for (const row of list.querySelectorAll("li")) if (chosen.has(row.dataset.document)) choose(row, true);
  words.hidden = total() < LONG_LIST && !words.value;
  showChoice();
  showRetitling();
  if (returning) rowOf(returning)?.querySelector(".qw-open").focus();
  returning = null;
  if (turning && turning.from !== shownList().dataset.first) turned();
}

function narrow() {
  clearTimeout(typed);
  typed = setTimeout(() => renew(0), 150);
}

// --- a page of a long list ---

function turn(first, name, end) { // `end`: whether the focus goes to the last of that name
  turning = { name, end, from: shownList().dataset.first };
  renew(first);
}

function turned() {
  const { name, end } = turning;
  turning = null;
  const found = [...list.querySelectorAll(`.${name}`)].filter((one) => !one.disabled);
  if (!end) list.scrollTop = 0;
  (end ? found.at(-1) : found[0])?.focus({ preventScroll: name === "qw-page" });
}

function turnPage(clicked) {
  const after = clicked.nextElementSibling === null;
  turn(Number(clicked.dataset.first), "qw-page", after);
  list.scrollTop = 0;
}

function step(event, way) { // the arrow keys go to the same place of the next or the last document
  const row = event.target.closest?.("#qw-library li");
  if (!row || event.target.matches(".qw-retitle")) return;
  const name = event.target.classList[0];
  const down = way === "nextElementSibling";
  const page = row[way] ? null : [...list.querySelectorAll(".qw-page:not([disabled])")].find((one) => !one.nextElementSibling === down);
  if (!row[way] && !page) return;
  event.preventDefault();
  if (page) turn(Number(page.dataset.first), name, !down);
  else row[way].querySelector(`.${name}`)?.focus();
}

function conversationFailed() { // perhaps because a chosen document is gone: the list says which
  const failed = document.querySelectorAll("#qw-conversation .qw-failure").length;
  if (failed > failures && chosen.size) renew();
  failures = failed;
}

// --- a title ---

const rowOf = (id) => [...list.querySelectorAll("li")].find((row) => row.dataset.document === id);

function retitle(row) {
  if (!row?.querySelector(".qw-rename") || retitling?.id === row.dataset.document) return;
  const left = retitling;
  if (left) stopRetitling(left);
  retitling = { id: row.dataset.document, before: titleOf(row), title: titleOf(row), selected: [0, titleOf(row).length] };
  showRetitling();
  if (left && !unchanged(left)) saveTitle(left);
}

function showRetitling() { // also after the list was drawn again meanwhile
  const mine = retitling;
  const row = mine && rowOf(mine.id);
  if (!row || row.querySelector(".qw-retitle")) return;
  const field = make("input", "qw-retitle");
  Object.assign(field, { value: mine.title, maxLength: Number(shownList().dataset.longest), dir: "auto" });
  field.setAttribute("aria-label", `Title of ${mine.before}`);
  for (const kind of ["input", "keyup", "pointerup"]) {
    field.addEventListener(kind, () => Object.assign(mine, { title: field.value, selected: [field.selectionStart, field.selectionEnd] }));
  }
  field.addEventListener("keydown", (event) => onRetitlingKey(event, mine));
  field.addEventListener("blur", () => setTimeout(() => { if (field.isConnected && retitling === mine) leave(mine); }));
  row.classList.add("qw-retitling");
  row.append(field);
  field.focus();
  field.setSelectionRange(...mine.selected);
}

function onRetitlingKey(event, mine) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    stopRetitling(mine);
  } else if (event.key === "Enter") {
    event.preventDefault();
    saveTitle(mine);
  }
}

const unchanged = ({ before, title }) => [before, ""].includes(title.trim());
const leave = (mine) => (unchanged(mine) ? stopRetitling(mine) : saveTitle(mine));

function stopRetitling(mine) {
  const row = rowOf(mine.id);
  const inside = document.activeElement?.matches(".qw-retitle");
  if (retitling === mine) retitling = null;
  row?.querySelector(".qw-retitle")?.remove();
  row?.classList.remove("qw-retitling");
  if (inside) row?.querySelector(".qw-open").focus();
}

async function saveTitle(mine) {
  const { id, before, title } = mine;
  if (title.trim() === before) return stopRetitling(mine);
  tell(make("p", "qw-telling", `Renaming ${before} …`));
  const line = await outcomeOf("rename", { document: id, title }, LOST);
  if (line.status === "failed") return tell(make("p", "qw-telling", line.why));
  if (retitling === mine) {
    returning = document.activeElement?.matches(".qw-retitle") ? id : null;
    stopRetitling(mine);
  }
  tellBriefly(make("p", "qw-telling", `It is called ${line.title} now.`));
  renew();
}

// --- wiring ---

const CHOOSING = {
  "qw-ask-all": chooseAll,
  "qw-pick-shown": chooseShown,
  "qw-page": turnPage,
  "qw-rename": (clicked) => retitle(clicked.closest("li")),
};

words.type = "search";
words.maxLength = 200; // as in web/reading.py
words.placeholder = "Find a document";
words.setAttribute("aria-label", "Find a document by its title or source");
words.addEventListener("input", narrow);
words.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !words.value) return;
  event.stopPropagation();
  words.value = "";
  narrow();
});
chosenHere.setAttribute("aria-live", "polite");
choosing.append(words, chosenHere);
list.prepend(choosing);
list.addEventListener("click", (event) => {
  if (event.target.matches(".qw-pick")) pick(event.target, event.shiftKey);
});
list.addEventListener("keydown", (event) => {
  if (event.key === "F2") retitle(event.target.closest("li"));
  else if (event.key === "ArrowDown") step(event, "nextElementSibling");
  else if (event.key === "ArrowUp") step(event, "previousElementSibling");
});
document.addEventListener("click", (event) => {
  const clicked = event.target.closest?.("#qw button");
  for (const [name, act] of Object.entries(CHOOSING)) if (clicked?.classList.contains(name)) act(clicked);
});
new MutationObserver(listChanged).observe(list, { childList: true, subtree: true });
const talk = document.getElementById("qw-conversation");
new MutationObserver(conversationFailed).observe(talk, { childList: true, subtree: true });
