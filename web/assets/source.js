// Turns places in documents into the source beside the conversation: it is opened, read on, walked and searched here.
// Runs before chat.js, which it uses when something happens, and gives it `theSource`. What the server says comes as
// text into hidden places; nothing but this draws the source.

const theSource = (() => {
const source = document.getElementById("qw-source");
const LONGEST_SHOWN = 120_000; // characters of a document that are on the page at a time
const LONGEST_SOUGHT = 10_000; // characters of words that are looked for
const NEAR = 1500; // pixels before an end of what is shown at which more is asked for
const FAR = 4000; // pixels from what is read beyond which text may be dropped
const PATIENCE = 10_000; // milliseconds after which an answer of the server is waited for no longer
let opener = null; // the button that opened the source, or to which it was walked: focus goes back to it
let openedAt = null; // its turn and its place there, for Gradio may draw the turn again
let asked = {}; // what the server was asked, by the event: number, since when, where, and what to do with the reply
let number = 0;
let nearEnds = null; // tells when an end of what is shown comes near
let found = null; // the places of the words that are looked for, whether there are others, and at which the reader is
let ahead = 0; // steps to take once the places are there
let hurried = false; // whether Enter was pressed since something was typed
let drawing = 0; // the frame in which the reader is taken to the next of them
let painted = {}; // which of them are marked, and in which part of the document
let pause = null; // after typing, before it is searched

const shownSource = () => source.querySelector(".qw-source");
const textPlace = () => source.querySelector(".qw-text");
const pieces = () => [...source.querySelectorAll(".qw-piece")];
const bounds = () => {
  const all = pieces();
  return all.length ? [Number(all[0].dataset.low), Number(all.at(-1).dataset.high)] : [0, 0];
};

// --- the server ---

function request(event, look, then) {
  number += 1;
  asked[event] = { number: String(number), since: performance.now(), look, then };
  trigger(event, { ...look, number });
}

const waits = (event) => asked[event] !== undefined && performance.now() - asked[event].since < PATIENCE;

function listen(event, id) {
  const place = document.getElementById(id);
  new MutationObserver(() => {
    const reply = place.querySelector(".qw-reply");
    const then = reply?.dataset.number === asked[event]?.number ? asked[event]?.then : null;
    if (!then) return;
    delete asked[event];
    then(reply.textContent);
  }).observe(place, { childList: true, subtree: true, attributes: true, characterData: true });
}

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
const isOpenAt = (place) => isSame(asked.open?.look ?? shownSource()?.dataset, place);

function isShown(place) { // it may have been dropped from the page since
  if (!isSame(shownSource()?.dataset, place)) return false;
  return place.kind === "document" ? bounds()[0] === 0 : document.getElementById("qw-target") !== null;
}

function open(button) {
  opener = button;
  const turn = button.closest(".qw-turn");
  openedAt = turn && { turn: turn.getAttribute("aria-labelledby"), index: openersOf(turn).indexOf(button) };
  const place = placeOf(button);
  delete asked.open;
  if (isShown(place)) reveal();
  else request("open", place, (html) => {
    const held = source.contains(document.activeElement) ? document.activeElement.classList[0] : "";
    draw(html);
    reveal();
    if (held) source.querySelector(`.${held}`)?.focus({ preventScroll: true });
  });
}

function draw(html) { // every character of documents in it was escaped by the server
  forgetFound();
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
  if (!source.contains(document.activeElement)) source.querySelector("h2")?.focus({ preventScroll: true });
}

function closeSource() {
  if (!isOpen("qwSource")) return;
  shutFind();
  opener = openersNow()[openedAt?.index] ?? opener;
  delete asked.open;
  steady(() => show("qwSource", false));
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
  if (waits("more") || !shown || (side === "before" ? first <= 0 : last >= Number(shown.dataset.length))) return;
  const look = { ...placeOf(shown), side, first, last };
  request("more", look, (html) => {
    if (shown === shownSource() && html && bounds()[0] === first && bounds()[1] === last) grow(side, html);
  });
}

function grow(side, html) {
  steadily(() => {
    const before = side === "before";
    source.querySelector(".qw-words").insertAdjacentHTML(before ? "afterbegin" : "beforeend", html);
    while (bounds()[1] - bounds()[0] > LONGEST_SHOWN && drop(before ? pieces().at(-1) : pieces()[0]));
  });
  watchEnds();
  paintFound();
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

// --- searching ---

const field = () => source.querySelector(".qw-sought");
const isFinding = () => source.querySelector(".qw-find")?.hidden === false;

function openFind() {
  if (!field()) return;
  source.querySelector(".qw-find").hidden = false;
  source.querySelector(".qw-tools").hidden = true;
  field().focus({ preventScroll: true });
  field().select();
}

function shutFind() { // says whether there was a search to shut
  if (!isFinding()) return false;
  source.querySelector(".qw-find").hidden = true;
  source.querySelector(".qw-tools").hidden = false;
  field().value = "";
  forgetFound();
  source.querySelector(".qw-search").focus({ preventScroll: true });
  return true;
}

function forgetFound() {
  clearTimeout(pause);
  found = null;
  delete asked.find;
  say("");
  paintFound();
}

function say(words) {
  const count = source.querySelector(".qw-count");
  if (count && count.textContent !== words) count.textContent = words;
}

function seek() {
  const query = field()?.value ?? "";
  clearTimeout(pause);
  if (!query.trim()) return forgetFound();
  if (query.length > LONGEST_SOUGHT) return (forgetFound(), say("too long"));
  seekAt(query, offsetInView(), 0);
}

function seekAt(query, here, steps) { // and go so many steps on from the first place that is there or behind it
  ahead = steps;
  request("find", { document: shownSource().dataset.document, query, here }, (json) => {
    const { ranges = [], before = false, after = false } = JSON.parse(json) ?? {};
    const next = ranges.findIndex(([start]) => start >= here);
    found = { query, ranges, before, after, at: next < 0 ? ranges.length : next };
    if (json === "null") say("cannot be searched now");
    else if (!ranges.length) say("not found");
    if (ranges.length) goFound(ahead);
    else paintFound();
  });
}

function walkFound(by) {
  const query = field().value;
  if (waits("find") && asked.find.look.query === query) { // a first Enter only says that nothing more is typed
    if (hurried || found?.query === query) ahead += by;
    hurried = true;
  } else if (found?.query !== query) {
    hurried = true;
    seek();
  } else goFound(by);
}

function goFound(by) { // round the document; where it has more places than are here, those are asked for
  const { query, ranges, before, after, at } = found;
  const count = ranges.length;
  const next = at + by;
  if (!count) return;
  if (!before && !after) found.at = (next % count + count) % count;
  else if (next < 0) return seekAt(query, before ? ranges[0][0] : Number(shownSource().dataset.length), next);
  else if (next >= count && after) return seekAt(query, ranges.at(-1)[0], next - count + 1);
  else if (next >= count) return seekAt(query, 0, next - count);
  else found.at = next;
  showFound();
}

function showFound() { // drawn once for all the steps that come before the page is
  const count = found.ranges.length.toLocaleString("en");
  say(found.before || found.after ? `more than ${count}` : `${(found.at + 1).toLocaleString("en")} of ${count}`);
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(drawFound);
}

function drawFound() {
  const [start, end] = found?.ranges[found.at] ?? [];
  const [first, last] = bounds();
  if (start === undefined) return;
  if (start >= first && end <= last) return (paintFound(), center(rangeOf(start, end)));
  const { ranges, at } = found;
  const shown = shownSource();
  request("more", { ...placeOf(shown), side: "around", first: start, last: end }, (html) => {
    if (shown !== shownSource() || !html || found?.ranges !== ranges || found.at !== at) return;
    source.querySelector(".qw-words").innerHTML = html;
    painted = {};
    watchEnds();
    paintFound();
    center(rangeOf(start, end));
  });
}

function center(range) {
  if (!range) return;
  const view = textPlace();
  const [box, frame] = [range.getBoundingClientRect(), view.getBoundingClientRect()];
  view.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}

function paintFound() { // marks the places without touching the text; a browser that cannot still goes to them
  if (!globalThis.Highlight) return;
  const [first, last] = bounds();
  const [ranges, here] = [found?.ranges ?? [], found?.ranges[found.at]];
  if (painted.ranges !== ranges || painted.first !== first || painted.last !== last) {
    const all = pieces();
    const near = ranges.filter(([start, end]) => start >= first && end <= last);
    CSS.highlights.set("qw-found", new Highlight(...near.map(([start, end]) => rangeOf(start, end, all))));
    painted = { ranges, first, last };
  }
  const range = here && rangeOf(...here);
  CSS.highlights.set("qw-found-here", Object.assign(new Highlight(...(range ? [range] : [])), { priority: 1 }));
}

// --- places in the text: the server counts characters, the page counts UTF-16 units ---

const units = new WeakMap(); // for a text node with characters of two units: where each character begins

function unitsOf(node) {
  if (units.has(node)) return units.get(node);
  let starts = null;
  if (/[\ud800-\udfff]/.test(node.data)) {
    starts = [0];
    for (const char of node.data) starts.push(starts.at(-1) + char.length);
  }
  units.set(node, starts);
  return starts;
}

const charactersIn = (node) => (unitsOf(node)?.length ?? node.length + 1) - 1;

function rangeOf(start, end, all = pieces()) { // null where it is not on the page
  const range = document.createRange();
  const piece = all.filter(({ dataset }) => start < Number(dataset.high) && end > Number(dataset.low));
  const [from, to] = [spotIn(piece[0], start, false), spotIn(piece.at(-1), end, true)];
  if (!from || !to) return null;
  range.setStart(...from);
  range.setEnd(...to);
  return range;
}

function spotIn(piece, offset, ending) { // the text node and the place in it; `ending`: what is before it counts
  if (!piece) return null;
  let place = Number(piece.dataset.low);
  const nodes = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    const after = place + charactersIn(node);
    if (ending ? offset <= after : offset < after) return [node, unitsOf(node)?.[offset - place] ?? offset - place];
    place = after;
  }
  return null;
}

function offsetInView() { // of about the first character that is in view
  const view = textPlace().getBoundingClientRect();
  const piece = pieces().find((some) => some.getBoundingClientRect().bottom > view.top);
  if (!piece) return 0;
  const box = piece.getBoundingClientRect();
  const { low, high } = piece.dataset;
  const share = Math.max(0, (view.top - box.top) / box.height);
  return Number(low) + Math.floor(share * (high - low));
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
  "qw-search": openFind,
  "qw-find-previous": () => walkFound(-1),
  "qw-find-next": () => walkFound(1),
  "qw-find-close": shutFind,
};
const SOURCE_KEYS = { n: () => step(1), p: () => step(-1), f: openFind };

source.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === field()) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    walkFound(event.shiftKey ? -1 : 1);
  } else if (SOURCE_KEYS[event.key]) {
    event.preventDefault();
    SOURCE_KEYS[event.key]();
  }
});
source.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  hurried = false;
  clearTimeout(pause);
  pause = setTimeout(seek, 200);
});
listen("open", "qw-opened");
listen("more", "qw-further");
listen("find", "qw-found");

return { open, close: closeSource, shutFind, actions: SOURCE_ACTIONS };
})();
