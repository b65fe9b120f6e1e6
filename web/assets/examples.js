// Turns what is opened or added into questions to try about it, which the server finds and has tried.
// Gradio runs it once, as the js_on_load of the place for them.

const ONCE_MORE = 60; // requests for one set of questions, each of which the server holds for a while
const talks = document.getElementById("qw-conversation");
const source = document.getElementById("qw-source");
const library = document.getElementById("qw-library");
const place = document.createElement("div");
let wanted = []; // the documents that questions are wanted about; none means all
let asked = null; // those that were asked for last
let listed = null; // how many documents the library has, and which of them were listed

const ids = (buttons) => [...new Set([...buttons].map((button) => button.dataset.document))];

async function refresh(anew = false) {
  if (talks.querySelector(".qw-turn")) { // nobody sees them now
    if (anew) asked = null;
    return;
  }
  const mine = wanted.join();
  if (mine === asked && !anew) return;
  asked = mine;
  const about = new URLSearchParams(wanted.map((id) => ["about", id]));
  for (let i = 0; i < ONCE_MORE && mine === asked; i++) {
    const { ready, html } = await offer(about);
    if (!ready || mine !== asked) continue;
    if (html || !about.size) place.innerHTML = html; // escaped by the server
    return;
  }
}

async function offer(about) {
  try {
    const answer = await request(`suggestions?${about}`);
    return answer.ok ? await answer.json() : { ready: true, html: proxyAlone(answer) ? place.innerHTML : "" };
  } catch { // gone: what is there stays
    return { ready: true, html: place.innerHTML };
  }
}

function wantAbout(documents) {
  wanted = documents;
  refresh();
}

function sourceChanged() {
  const id = source.querySelector(".qw-source")?.dataset.document;
  if (id && document.documentElement.dataset.qwSource === "open" && wanted.join() !== id) wantAbout([id]);
}

function libraryChanged() { // not where only other documents of it are listed
  const now = ids(library.querySelectorAll(".qw-open"));
  const total = Number(library.querySelector(".qw-documents")?.dataset.total ?? listed?.total ?? 0);
  const before = listed;
  listed = { total, ids: new Set([...(before?.ids ?? []), ...now]) };
  if (before?.total === total) return;
  const added = before && total > before.total ? now.filter((id) => !before.ids.has(id)) : [];
  wanted = added.length ? added.slice(-3) : wanted.filter((id) => now.includes(id));
  refresh(true);
}

element.append(place);
new MutationObserver(sourceChanged).observe(source, { childList: true, subtree: true });
new MutationObserver(sourceChanged).observe(document.documentElement, { attributeFilter: ["data-qw-source"] });
new MutationObserver(libraryChanged).observe(library, { childList: true, subtree: true });
new MutationObserver(() => refresh()).observe(talks, { childList: true, subtree: true });
libraryChanged();
