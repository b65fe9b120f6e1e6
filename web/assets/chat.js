// Turns clicks and keys into Gradio events (ask, open), and answers of the server into what is in view.
// Gradio runs it once, as the js_on_load of the composer, with `element` and `trigger` in scope.

const page = document.documentElement;
const textarea = element.querySelector("textarea");
const conversation = document.getElementById("qw-conversation");
const source = document.getElementById("qw-source");
const toggle = document.querySelector(".qw-library-toggle");
let opener = null; // the button that opened the source: focus goes back to it
let wanted = null; // what the server was asked to show, until it is shown
let turns = 0;
let askedAt = -Infinity; // when a question was sent of which the server has not shown anything yet
let below = 0; // pixels of the source under the top edge, before more is put in above
const unfolded = new Set();

const shownSource = () => source.querySelector(".qw-source");
const narrow = () => window.matchMedia("(max-width: 60rem)").matches;
const show = (place, visible) => {
  page.dataset[place] = visible ? "open" : "closed";
  toggle.setAttribute("aria-expanded", String(isOpen("qwLibrary")));
};
const isOpen = (place) => page.dataset[place] === "open";

// --- asking ---

function busy() {
  return conversation.querySelector('[aria-busy="true"]') !== null || performance.now() - askedAt < 5000;
}

function ask(question) {
  if (!question.trim() || busy() || waitsForTalk()) return false;
  askedAt = performance.now();
  show("qwLibrary", false);
  if (narrow()) closeSource();
  shutMenu();
  const documents = (page.dataset.qwDocuments ?? "").split(" ").filter(Boolean); // none: all of them
  trigger("ask", { question, documents, shown: shownTurns().length, records: shownRecords() });
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
  if (articles.length > turns) last.scrollIntoView({ block: "start" });
  turns = articles.length;
  keepShown();
}

// --- the source ---

const placeOf = (button) => ({
  document: button.dataset.document,
  kind: button.dataset.kind,
  start: button.dataset.start ?? "",
  end: button.dataset.end ?? "",
});

function isShown(place) {
  const shown = shownSource();
  if (!shown || shown.dataset.document !== place.document) return false;
  if (place.kind === "document") return shown.dataset.start === "";
  return ["kind", "start", "end"].every((name) => shown.dataset[name] === place[name]);
}

function open(button) {
  opener = button;
  wanted = placeOf(button);
  if (isShown(wanted)) reveal();
  else {
    if (source.querySelector(".qw-failure")) show("qwSource", true);
    trigger("open", wanted);
  }
}

function steady(change) { // the conversation changes its width: the button that was clicked stays where it is
  const inside = opener?.isConnected && conversation.contains(opener);
  const top = inside ? opener.getBoundingClientRect().top : 0;
  change();
  if (inside && !narrow()) conversation.scrollTop += opener.getBoundingClientRect().top - top;
}

function reveal() {
  wanted = null;
  show("qwLibrary", false);
  steady(() => show("qwSource", true));
  const target = document.getElementById("qw-target");
  if (target) target.scrollIntoView({ block: target.offsetHeight > source.clientHeight ? "start" : "center" });
  else source.querySelector(".qw-text")?.scrollTo(0, 0);
  source.querySelector("h2")?.focus({ preventScroll: true });
}

function closeSource() {
  if (!isOpen("qwSource")) return;
  steady(() => show("qwSource", false));
  if (opener?.isConnected) opener.focus();
  else textarea.focus();
}

function more(button) {
  const shown = shownSource();
  const text = source.querySelector(".qw-text");
  below = text.scrollHeight - text.scrollTop;
  wanted = { ...placeOf(shown), first: shown.dataset.first, last: shown.dataset.last, side: button.dataset.side };
  trigger("open", wanted);
}

function sourceChanged() { // also called when Gradio only changes its own marks of progress
  const shown = shownSource();
  if (!wanted || !shown) return;
  if (wanted.side) {
    if (shown.dataset.first !== wanted.first || shown.dataset.last !== wanted.last) keepPlace();
  } else if (isShown(wanted) || source.querySelector(".qw-failure")) reveal();
}

function keepPlace() { // text was put in above what is read: stay at the same words
  const text = source.querySelector(".qw-text");
  if (wanted.side === "before") text.scrollTop = text.scrollHeight - below;
  wanted = null;
  text.focus({ preventScroll: true });
}

// --- wiring ---

const ACTIONS = {
  "qw-open": open,
  "qw-close": closeSource,
  "qw-more": more,
  "qw-edit": edit,
  "qw-new": () => { shutMenu(); if (!busy()) showTalk(newTalk()); textarea.focus(); },
  "qw-menu-opens": openMenu,
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
    else closeSource();
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
new MutationObserver(sourceChanged).observe(source, { childList: true, subtree: true, attributes: true });
show("qwLibrary", false);
show("qwSource", false);
if (!narrow()) textarea.focus();
if (kept()[talk]?.records?.length) showTalk(talk);
