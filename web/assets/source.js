// Turns places in documents into the source beside the conversation: it is opened, read on and walked here.
// Runs behind places.js and search.js and before chat.js, which it uses when something happens, and gives it `theSource`.

const theSource = (() => {
const LONGEST_SHOWN = 120_000; // characters of a document that are on the page at a time
const NEAR = 1500; // pixels before an end of what is shown at which more is asked for
const FAR = 4000; // pixels from what is read beyond which text may be dropped
let opener = null; // the button that opened the source, or to which it was walked: focus goes back to it
let openedAt = null; // its turn and its place there, for the turn may be drawn again
let heldThen = null; // what had the keyboard when it was opened
let nearEnds = null; // tells when an end of what is shown comes near

// --- opening and closing ---

const placeOf = (button) => ({
  document: button.dataset.document,
  kind: button.dataset.kind,
  start: button.dataset.start ?? "",
  end: button.dataset.end ?? "",
  from: button.dataset.from ?? "",
  to: button.dataset.to ?? "",
});

const isSame = (one, other) => ["document", "kind", "start", "end"].every((name) => one?.[name] === other[name]);

// what is being drawn counts already, so that a quick second step goes on from there
const isOpenAt = (place) => isSame(awaited.source?.look ?? shownSource()?.dataset, place);

function isShown(place) { // it may have been dropped from the page since
  if (!isSame(shownSource()?.dataset, place)) return false;
  return place.kind === "document" ? bounds()[0] === 0 : document.getElementById("qw-target") !== null;
}

function open(button) {
  opener = button;
  heldThen = document.activeElement;
  const turn = button.closest(".qw-turn");
  openedAt = turn && { turn: turn.getAttribute("aria-labelledby"), index: openersOf(turn).indexOf(button) };
  const place = placeOf(button);
  delete awaited.source;
  if (isShown(place)) reveal();
  else want("source", place, (html) => {
    if (html === null) return lookAfterServer();
    const held = source.contains(document.activeElement) ? document.activeElement.classList[0] : "";
    draw(html);
    reveal();
    if (held) source.querySelector(`.${held}`)?.focus({ preventScroll: true });
  });
}

function draw(html) { // every character of documents in it was escaped by the server
  theSearch.forget();
  source.querySelector(".qw-place").innerHTML = html;
  watchEnds();
}

function steady(change) { // the conversation changes its width: the button that was clicked stays where it is
  const clicked = opener?.isConnected && conversation.contains(opener) ? visible(opener) : null;
  const top = clicked ? clicked.getBoundingClientRect().top : 0;
  change();
  if (!clicked || narrow()) return;
  const moved = () => clicked.getBoundingClientRect().top - top;
  conversation.scrollTop += moved();
  if (moved() > 1) { // there is not enough below it
    conversation.querySelector(".qw-turn:last-child").style.minHeight = `calc(100cqh + ${Math.ceil(moved())}px)`;
    conversation.scrollTop += moved();
  }
}

const visible = (button) => (button.checkVisibility() ? button : button.closest("details")?.querySelector("summary") ?? button);

function reveal() {
  show("qwLibrary", false);
  steady(() => show("qwSource", true));
  showSteps();
  const target = document.getElementById("qw-target");
  if (target) target.scrollIntoView({ block: target.offsetHeight > textPlace().clientHeight ? "start" : "center" });
  else textPlace()?.scrollTo(0, 0);
  const elsewhere = ![opener, heldThen, document.body].includes(document.activeElement); // whoever went on is left there
  if (!elsewhere && !source.contains(document.activeElement)) source.querySelector("h2")?.focus({ preventScroll: true });
}

function closeSource() { // and what is on its way does not open it again
  const next = openersNow()[openedAt?.index];
  delete awaited.source;
  if (!isOpen("qwSource")) return;
  theSearch.shut();
  opener = next ?? opener;
  steady(() => show("qwSource", false));
  if (narrow() && opener?.closest("#qw-library")) show("qwLibrary", true); // it was opened from there
  if (opener?.isConnected) visible(opener).focus();
  else textarea.focus();
}

// --- from citation to citation ---

const openersOf = (turn) => [...turn.querySelectorAll(".qw-open")];

function openersNow() { // of the turn that the source was opened from, if it is still the one
  const turn = openedAt && document.getElementById(openedAt.turn)?.closest(".qw-turn");
  const openers = turn ? openersOf(turn) : [];
  return openers[openedAt?.index] && isOpenAt(placeOf(openers[openedAt.index])) ? openers : [];
}

function showSteps() {
  const openers = openersNow();
  const steps = source.querySelector(".qw-steps");
  if (!steps) return;
  steps.hidden = openers.length < 2;
  steps.querySelector(".qw-step").textContent = openers.length < 2 ? "" : `${openedAt.index + 1} of ${openers.length}`;
}

function step(by) {
  const openers = openersNow();
  if (openers.length > 1) open(openers[(openedAt.index + by + openers.length) % openers.length]);
}

// --- reading on ---

function more(side) {
  const shown = shownSource();
  const [first, last] = bounds();
  if (awaited["piece/before"] || awaited["piece/after"]) return;
  if (!shown || (side === "before" ? first <= 0 : last >= Number(shown.dataset.length))) return;
  want(`piece/${side}`, { ...placeOf(shown), first, last }, (html) => {
    if (shown === shownSource() && html && bounds()[0] === first && bounds()[1] === last) grow(side, html);
  });
}

function goTo(start, end, then) { // the text round a range takes the place of what is shown
  const shown = shownSource();
  want("piece/around", { ...placeOf(shown), first: start, last: end }, (html) => {
    if (shown !== shownSource() || !html) return;
    source.querySelector(".qw-words").innerHTML = html;
    watchEnds();
    then();
  });
}

const stayHere = () => delete awaited["piece/around"];

function grow(side, html) {
  steadily(() => {
    const before = side === "before";
    source.querySelector(".qw-words").insertAdjacentHTML(before ? "afterbegin" : "beforeend", html);
    while (bounds()[1] - bounds()[0] > LONGEST_SHOWN && drop(before ? pieces().at(-1) : pieces()[0]));
  });
  watchEnds();
  theSearch.paint();
}

function drop(piece) { // takes a piece away that is far from what is read, unless words in it are selected
  const view = textPlace().getBoundingClientRect();
  const box = piece.getBoundingClientRect();
  const far = box.bottom < view.top - FAR || box.top > view.bottom + FAR;
  const selection = document.getSelection();
  if (!far || (!selection.isCollapsed && selection.containsNode(piece, true))) return false;
  piece.remove();
  return true;
}

function steadily(change) { // what is read stays where it is
  const view = textPlace();
  const top = view.getBoundingClientRect().top;
  const read = pieces().find((piece) => piece.getBoundingClientRect().bottom > top);
  const before = read?.getBoundingClientRect().top;
  change();
  if (read?.isConnected) view.scrollTop += read.getBoundingClientRect().top - before;
}

function watchEnds() {
  nearEnds?.disconnect();
  const shown = shownSource();
  if (!shown?.dataset.length) return;
  const [first, last] = bounds();
  Object.assign(shown.dataset, { first, last });
  const options = { root: textPlace(), rootMargin: `${NEAR}px 0px` };
  nearEnds = new IntersectionObserver((ends) => {
    for (const end of ends) if (end.isIntersecting) more(end.target.dataset.side);
  }, options);
  for (const button of source.querySelectorAll(".qw-more")) {
    const characters = button.dataset.side === "before" ? first : Number(shown.dataset.length) - last;
    button.hidden = characters <= 0;
    button.textContent = `Show more ${button.dataset.side} (${characters.toLocaleString("en")} characters)`;
    nearEnds.observe(button);
  }
}

// --- copying ---

async function copy(button) {
  const words = button.dataset.words;
  let done = false;
  try { // not allowed on a page that came over plain http from another machine
    await navigator.clipboard.writeText(words);
    done = true;
  } catch {
    done = copyOnce(words);
    button.focus({ preventScroll: true });
  }
  button.querySelector(".qw-copied").textContent = done ? "Copied" : "Cannot copy";
  source.querySelector(".qw-said").textContent = done ? "Copied" : "Cannot copy";
  button.dataset.copied = "now";
  setTimeout(() => {
    delete button.dataset.copied;
    if (button.isConnected) source.querySelector(".qw-said").textContent = "";
  }, 2000);
}

function copyOnce(words) {
  const area = document.createElement("textarea");
  area.className = "qw-hidden";
  area.value = words;
  source.querySelector("header").append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// --- keys ---

const SOURCE_ACTIONS = {
  "qw-close": closeSource,
  "qw-more": (button) => more(button.dataset.side),
  "qw-previous": () => step(-1),
  "qw-next": () => step(1),
  "qw-copy": copy,
  "qw-search": theSearch.open,
  "qw-find-previous": () => theSearch.walk(-1),
  "qw-find-next": () => theSearch.walk(1),
  "qw-find-close": theSearch.shut,
};
const SOURCE_KEYS = { n: () => step(1), p: () => step(-1), f: theSearch.open };

source.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === theSearch.field()) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    theSearch.walk(event.shiftKey ? -1 : 1);
  } else if (SOURCE_KEYS[event.key]) {
    event.preventDefault();
    SOURCE_KEYS[event.key]();
  }
});
source.addEventListener("input", (event) => {
  if (event.target === theSearch.field()) theSearch.typed();
});

return { open, close: closeSource, goTo, stayHere, actions: SOURCE_ACTIONS };
})();
