// Turns clicks and keys into questions and places that open, and answers of the server into what is in view.
// Gradio runs it once, as the js_on_load of the composer, with `element` in scope.

const page = document.documentElement;
const textarea = element.querySelector("textarea");
const conversation = document.getElementById("qw-conversation");
const toggle = document.querySelector(".qw-library-toggle");
let turns = 0;
let lookingBack = 0; // turns that were shown when earlier ones were asked for: the reader stays at the first of them

const narrow = () => window.matchMedia("(max-width: 60rem)").matches;
const show = (place, visible) => {
  page.dataset[place] = visible ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(isOpen("qwLibrary")));
};
const isOpen = (place) => page.dataset[place] === "open";
// where the keyboard goes on when what was pressed goes away: a phone would show its own over what is to be read
const toComposer = () => (narrow() ? sender : textarea).focus({ preventScroll: true });

// --- asking ---

// `again`: the turn in whose place the answer comes; `askedAs`: what is really searched for; `documents`: none means all
function ask(question, { again = null, askedAs = "", documents = chosenDocuments() } = {}) {
  if (!question.trim() || asking || restoring) return false;
  show("qwLibrary", false);
  if (narrow()) theSource.close();
  delete awaited.source;
  shutMenu();
  put(question, documents, askedAs, conversation.querySelectorAll(".qw-turn").length + (again ? 0 : 1), again);
  if (!narrow()) textarea.focus({ preventScroll: true }); // what was pressed may go away with its turn
  return true;
}

const chosenDocuments = () => (page.dataset.qwDocuments ?? "").split(" ").filter(Boolean);

function send() {
  if (ask(textarea.value)) {
    textarea.value = "";
    fit();
  }
  textarea.focus();
}

function edit(button) { // the question comes back into the field, from which an undo takes it; asking it makes a new turn
  const question = button.closest(".qw-turn").querySelector(".qw-question").textContent;
  textarea.focus();
  textarea.select();
  if (!document.execCommand("insertText", false, question)) textarea.value = question;
  fit();
}

function lookBack() {
  showTalk(talk, Infinity, conversation.querySelectorAll(".qw-turn").length);
  toComposer();
}

function fit() {
  textarea.style.height = "auto";
  textarea.style.height = `${Math.min(textarea.scrollHeight, 200)}px`;
}

function conversationChanged() {
  const articles = conversation.querySelectorAll(".qw-turn");
  const last = articles[articles.length - 1];
  if (articles.length > turns) {
    (articles[articles.length - lookingBack] ?? last).scrollIntoView({ block: "start" });
    lookingBack = 0;
  }
  turns = articles.length;
}

// --- wiring ---

const ACTIONS = {
  ...theSource.actions,
  "qw-open": theSource.open,
  "qw-edit": edit,
  "qw-reword": reword,
  "qw-new": () => { shutMenu(); showTalk(newTalk()); textarea.focus(); },
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
show("qwLibrary", false);
show("qwSource", false);
if (!narrow()) textarea.focus();
if (kept()[talk]?.records?.length || unanswered()[talk]) showTalk(talk);
