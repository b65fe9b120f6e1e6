// Turns words that are looked for in the source into the places where they stand, which are marked and walked.
// Runs before source.js, which it uses when something happens, and gives it `theSearch`. What is found are offsets; the
// server looks for them in the whole document, of which the page holds a part.

const theSearch = (() => {
const LONGEST_SOUGHT = 10_000; // characters of words that are looked for
let found = null; // the places of the words that are looked for, whether there are others, and at which the reader is
let ahead = 0; // steps to take once the places are there
let hurried = false; // whether Enter was pressed since something was typed
let drawing = 0; // the frame in which the reader is taken to the next of them
let painted = {}; // which of them are marked, and in which part of the document
let pause = null; // after typing, before it is searched

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
  delete awaited.find;
  theSource.stayHere();
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
  want("find", { document: shownSource().dataset.document, query, here }, (json) => {
    const { ranges = [], before = false, after = false } = JSON.parse(json) ?? {};
    const next = ranges.findIndex(([start]) => start >= here);
    found = { query, ranges, before, after, at: next < 0 ? ranges.length : next };
    if ([null, "null"].includes(json)) say("cannot be searched now");
    else if (!ranges.length) say("not found");
    if (ranges.length) goFound(ahead);
    else paintFound();
  });
}

function walkFound(by) {
  const query = field().value;
  if (awaited.find?.look.query === query) { // a first Enter only says that nothing more is typed
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
  theSource.stayHere();
  if (start >= first && end <= last) return (paintFound(), center(rangeOf(start, end)));
  theSource.goTo(start, end, () => {
    painted = {};
    drawFound(); // the reader may have gone on meanwhile
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

function onTyped() {
  hurried = false;
  clearTimeout(pause);
  pause = setTimeout(seek, 200);
}

return { field, open: openFind, shut: shutFind, forget: forgetFound, paint: paintFound, walk: walkFound, typed: onTyped };
})();
