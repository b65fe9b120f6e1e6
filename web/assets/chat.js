// Turns clicks and keys into Gradio events (ask, open), and answers of the server into what is in view.
// Gradio runs it once, as the js_on_load of the composer, with `element` and `trigger` in scope.

const page = document.documentElement;
const textarea = element.querySelector("textarea");
const conversation = document.getElementById("qw-conversation");
const toggle = document.querySelector(".qw-library-toggle");
let turns = 0;
let lookingBack = 0; // turns that were shown when earlier ones were asked for: the reader stays at the first of them
let askedAt = -Infinity; // when a question was sent of which the server has not shown anything yet
const unfolded = new Set();

const narrow = () => window.matchMedia("(max-width: 60rem)").matches;
const show = (place, visible) => {
  page.dataset[place] = visible ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(isOpen("qwLibrary")));
};
const isOpen = (place) => page.dataset[place] === "open";

// --- asking ---

function busy() {
  return asking !== null || conversation.querySelector('[aria-busy="true"]') !== null || performance.now() - askedAt < 5000;
}

// `again`: in the place of the last turn, which has no answer; `askedAs`: what is really searched for
function ask(question, { again = false, askedAs = "" } = {}) {
  if (!question.trim() || busy() || waitsForTalk()) return false;
  askedAt = performance.now();
  show("qwLibrary", false);
  if (narrow()) theSource.close();
  shutMenu();
  const documents = (page.dataset.qwDocuments ?? "").split(" ").filter(Boolean); // none: all of them
  const number = conversation.querySelectorAll(".qw-turn").length + (again ? 0 : 1);
  const sent = { talk, question, documents, number, asked_as: askedAs, asking: begin(question, documents) };
  trigger("ask", { ...sent, records: shownRecords(REMEMBERED) });
  return true;
}

function send() {
  if (ask(textarea.value)) {
    textarea.value = "";
    fit();
  }
  textarea.focus();
}

function edit(button) { // the question comes back into the field; asking it makes a new turn
  textarea.value = button.closest(".qw-turn").querySelector(".qw-question").textContent;
  fit();
  textarea.focus();
}

function lookBack() {
  if (busy()) return;
  lookingBack = conversation.querySelectorAll(".qw-turn").length;
  showTalk(talk, Infinity);
}

function fit() {
  textarea.style.height = "auto";
  textarea.style.height = `${Math.min(textarea.scrollHeight, 200)}px`;
}

function conversationChanged() {
  askedAt = -Infinity;
  const articles = conversation.querySelectorAll(".qw-turn");
  for (const id of unfolded) {
    const details = document.getElementById(id);
    if (details && !details.open) details.open = true;
  }
  const last = articles[articles.length - 1];
  if (articles.length > turns) {
    (articles[articles.length - lookingBack] ?? last).scrollIntoView({ block: "start" });
    lookingBack = 0;
  }
  turns = articles.length;
  keepShown();
}

// --- wiring ---

const ACTIONS = {
  ...theSource.actions,
  "qw-open": theSource.open,
  "qw-edit": edit,
  "qw-reword": reword,
  "qw-new": () => { shutMenu(); if (!busy()) showTalk(newTalk()); textarea.focus(); },
  "qw-menu-opens": openMenu,
  "qw-older": lookBack,
  "qw-example": (button) => ask(button.textContent),
  "qw-library-toggle": () => show("qwLibrary", !isOpen("qwLibrary")),
};

function onClick(event) {
  const button = event.target.closest?.("button");
  if (!button?.closest("#qw")) return;
  for (const [name, act] of Object.entries(ACTIONS)) if (button.classList.contains(name)) act(button);
}

function onKey(event) {
  if (event.key === "Escape") {
    if (!menu.hidden) {
      shutMenu();
      textarea.focus();
    } else if (isOpen("qwLibrary")) show("qwLibrary", false);
    else if (!theSearch.shut()) theSource.close();
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    show("qwLibrary", false);
    if (narrow()) show("qwSource", false);
    textarea.focus();
  }
}

function onFold(event) { // Gradio redraws the conversation, or closes what it finds open: what was unfolded stays so
  const details = event.target.closest?.("summary")?.parentElement;
  if (details?.id) unfolded[details.open ? "delete" : "add"](details.id); // it opens or closes after this
}

element.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
textarea.addEventListener("input", fit);
textarea.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
conversation.addEventListener("click", onFold, true);
const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["open"] };
new MutationObserver(conversationChanged).observe(conversation, changes);
show("qwLibrary", false);
show("qwSource", false);
if (!narrow()) textarea.focus();
if (kept()[talk]?.records?.length || unansweredIn(talk).unanswered) showTalk(talk);
