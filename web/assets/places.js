// Turns offsets in a document into places in the pieces of it that the source shows, and places into offsets.
// Runs before search.js and source.js, in their scope. The server counts characters, the page counts UTF-16 units.

const source = document.getElementById("qw-source");
const shownSource = () => source.querySelector(".qw-source");
const textPlace = () => source.querySelector(".qw-text");
const pieces = () => [...source.querySelectorAll(".qw-piece")];
const bounds = () => { // what of the document is on the page
  const all = pieces();
  return all.length ? [Number(all[0].dataset.low), Number(all.at(-1).dataset.high)] : [0, 0];
};
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
