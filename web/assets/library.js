// Turns files that are chosen or dropped into documents of the library, one after the other, and takes documents out.
// Gradio runs it once, behind documents.js, as the js_on_load of the place for adding, with `element`.

const adding = element.querySelector(".qw-adding");
const told = element.querySelector(".qw-told");
const LOST = "The server does not answer any more; start it again, then try once more.";
const UNDO_SECONDS = 30;
const BRIEFLY = 6; // seconds that it is told that something went well
const DOUBLE_CLICK = 500; // milliseconds within which a second click belongs to the first
const MOST_GROUPS = 20; // different things that a report says of files
const MOST_LINES = 200; // files that a report names
const SMALL = 20_000; // bytes of a file that is sent together with others
const MOST_TOGETHER = 50; // such files, as in web/several.py
const LARGEST_TOGETHER = 100_000; // bytes that they have together
let waiting = []; // files that were chosen: [file, name]
let run = null; // what became of the files since the queue was last empty
let brief = null; // the timer after which something is told no longer
let progress = null; // what shows how far adding is: it stays while other things are said
let report = []; // what the last report consists of
const changing = new Set(); // documents that are being removed or brought back
const changed = { remove: -Infinity, restore: -Infinity }; // when that was done last: what is under the mouse has moved since

// --- what is said ---

function tell(...lines) { // in place of all but the progress and what can be undone
  clearTimeout(brief);
  without([...told.children].filter((line) => line !== progress && !line.matches(".qw-removed")));
  if (progress) progress.after(...lines);
  else told.prepend(...lines);
}

function tellBriefly(...lines) {
  tell(...lines);
  brief = setTimeout(without, BRIEFLY * 1000, lines);
}

function without(lines) {
  if (lines.some((line) => line.contains(document.activeElement))) adding.querySelector(".qw-add-files").focus({ preventScroll: true });
  for (const line of lines) line.remove();
}

const many = (count, thing) => `${counted(count)} ${thing}${count === 1 ? "" : "s"}`;

function tellProgress(name, share) { // in place: a button that is drawn again with every file cannot be clicked
  if (!progress) {
    progress = make("div", "");
    progress.setAttribute("aria-live", "off"); // it changes with each file, and what became of them is told in the end
    progress.append(make("p", "qw-telling"), make("progress", "qw-progress"), button("qw-stop", "Stop"));
    without(report);
    told.prepend(progress);
  }
  const bar = progress.querySelector(".qw-progress");
  const place = run.total > 1 ? ` (${counted(run.done + 1)} of ${counted(run.total)})` : "";
  progress.querySelector(".qw-telling").textContent = run.stopped ? `Stopping after ${name} …` : `Adding ${name}${place}`;
  bar.setAttribute("aria-label", run.total > 1 ? `Adding ${many(run.total, "file")}` : `Adding ${name}`);
  if (share === null && run.total === 1) bar.removeAttribute("value");
  else bar.value = (run.done + (share ?? 0)) / run.total;
}

function tellReport() {
  const { added, unchanged, failed, passages, pages, notes } = run;
  const parts = [];
  const size = pages ? `${many(passages, "passage")}, ${many(pages, "page")}` : many(passages, "passage");
  if (added) parts.push(`${many(added, "document")} added, ${size}, ${seconds(performance.now() - run.began)}`);
  if (unchanged) parts.push(`${many(unchanged, "document")} ${unchanged === 1 ? "was" : "were"} there already`);
  if (failed) parts.push(`${many(failed, "file")} could not be added`);
  if (run.stopped) parts.push("stopped; what was added stays");
  else if (run.total > run.done) parts.push(`${many(run.total - run.done, "file")} not sent`);
  const lines = [make("p", "qw-telling", `${parts.join("; ") || "No file that can be read was there"}.`)];
  if (notes.length) {
    const list = make("ul", "qw-notes");
    list.append(...grouped(notes));
    lines.push(list);
  }
  if (run.lines.length) lines.push(eachFile(run.lines));
  report = [...lines, button("qw-dismiss", "Dismiss")];
  progress?.replaceWith(...report);
  progress = null;
}

function grouped(notes) { // one line for each thing that was said; the files of which it was said too are folded away
  const groups = new Map();
  for (const note of notes) {
    const what = note.why.replaceAll(note.name, "");
    if (groups.has(what)) groups.get(what).push(note);
    else groups.set(what, [note]);
  }
  const shown = [...groups.values()].slice(0, MOST_GROUPS).map(([{ why }, ...others]) => {
    const line = make("li", "qw-note", why);
    if (others.length) line.append(folded(`and so ${many(others.length, "other")}`, others.map(({ name }) => name)));
    return line;
  });
  if (groups.size > MOST_GROUPS) shown.push(make("li", "qw-note", `and ${counted(groups.size - MOST_GROUPS)} more`));
  return shown;
}

function folded(summary, texts) {
  const details = make("details", "qw-each");
  const list = make("ul", "qw-notes");
  list.append(...texts.slice(0, MOST_LINES).map((text) => make("li", "qw-note", text)));
  if (texts.length > MOST_LINES) list.append(make("li", "qw-note", `and ${counted(texts.length - MOST_LINES)} more`));
  details.append(make("summary", "", summary), list);
  return details;
}

function eachFile(lines) { // folded away: what became of each file that was added
  return folded("Each file", lines.map((line) => {
    const pages = line.pages ? `, ${many(line.pages, "page")}` : "";
    return `${line.name}: ${many(line.passages, "passage")}${pages}, ${seconds(1000 * line.seconds)}`;
  }));
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

// --- adding ---

function take(files) { // [file, name] pairs, without a file where it cannot be read
  if (!files.length) return;
  const idle = run === null;
  run ??= { total: 0, done: 0, sent: 0, added: 0, unchanged: 0, failed: 0, passages: 0, pages: 0, notes: [], lines: [], began: performance.now() };
  if (run.stopped) goOnAdding();
  run.total += files.length;
  waiting.push(...files);
  if (!idle) return;
  comeIntoView();
  addAll();
}

function goOnAdding() { // more came after Stop was pressed, while the last file was on its way
  run.stopped = false;
  run.total = run.sent;
  progress.querySelector(".qw-stop").disabled = false;
}

function comeIntoView() { // where one place is shown at a time, this one
  const page = document.documentElement.dataset;
  if (!told.checkVisibility() && page.qwSource === "open") document.querySelector(".qw-close").click();
  if (!told.checkVisibility() && page.qwLibrary !== "open") document.querySelector(".qw-library-toggle").click();
}

function takeAny(files) {
  if (files.length) take(files);
  else tell(make("p", "qw-telling", "That folder holds no file that can be read."));
}

async function addAll() {
  while (waiting.length) {
    const files = together();
    run.sent += files.length;
    tellProgress(files[0][1], 0);
    for (const line of files.length > 1 ? await addSeveral(files) : [await add(...files[0])]) {
      count(line);
      run.done += 1;
    }
  }
  tellReport();
  if (run.added) renew();
  run = null;
}

function together() { // takes what is sent next: one file, or several small ones
  let [count, size] = [0, 0];
  while (count < Math.min(waiting.length, MOST_TOGETHER) && waiting[count][0]?.size <= SMALL) {
    size += waiting[count][0].size;
    if (size > LARGEST_TOGETHER) break;
    count += 1;
  }
  return waiting.splice(0, Math.max(1, count));
}

function count(line) {
  if (line.status === "failed") {
    run.failed += 1;
    run.notes.push(line);
    if (line.lost) waiting = [];
  } else if (line.status === "unchanged") run.unchanged += 1;
  else {
    run.added += 1;
    run.passages += line.passages;
    run.pages += line.pages ?? 0;
    run.lines.push(line);
    if (line.why) run.notes.push(line);
  }
}

async function add(file, name) {
  const most = Number(adding.dataset.most);
  const unread = { status: "failed", name, why: `${name} cannot be read; is it still there?` };
  const gone = { status: "failed", name, why: LOST, lost: true };
  if (!file) return unread;
  if (file.size > most) {
    const megabytes = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
    return { status: "failed", name, why: `${name} is too large (${megabytes(file.size)}); cut it into files of ${megabytes(most)}.` };
  }
  try {
    const answer = await request(`add?${new URLSearchParams({ name })}`, { method: "POST", body: file });
    if (proxyAlone(answer)) return gone;
    if (!answer.ok) return { status: "failed", name, why: `${name}: ${await answer.text()}` };
    for await (const line of lines(answer)) {
      if (line.status) return line;
      tellProgress(name, line.of ? line.passages / line.of : null);
    }
    throw new Error("it ended before");
  } catch { // the connection broke, or the file went away meanwhile
    return (await isThere("library/add")) ? unread : gone;
  }
}

async function addSeveral(files) {
  const head = JSON.stringify(files.map(([file, name]) => [name, file.size]));
  try {
    const body = new Blob([head, "\n", ...files.map(([file]) => file)]);
    const answer = await request("add-several", { method: "POST", body });
    if (answer.ok) return await answer.json();
  } catch { /* one of them went away meanwhile, or the server: each says so for itself */ }
  const lines = [];
  for (const [file, name] of files) {
    lines.push(await add(file, name));
    if (lines.at(-1).lost) break;
  }
  return lines;
}

function stopAdding(clicked) {
  waiting = [];
  run.stopped = true;
  progress.querySelector(".qw-telling").textContent = "Stopping after this file …";
  clicked.disabled = true;
}

// --- removing ---

const isPressedTwice = (action, id) => changing.has(id) || performance.now() - changed[action] < DOUBLE_CLICK;

async function change(action, id) {
  changing.add(id);
  const line = await outcomeOf(action, { document: id }, LOST);
  changing.delete(id);
  changed[action] = performance.now();
  return line;
}

async function remove(id) {
  if (isPressedTwice("remove", id)) return;
  const line = await change("remove", id);
  if (line.status !== "failed") chosen.delete(id);
  renew(); // also where it failed: somebody else may have removed it
  if (line.status === "failed") return tell(make("p", "qw-telling", line.why));
  const undo = make("div", "qw-removed");
  const back = button("qw-undo", "Undo");
  back.dataset.document = id;
  undo.append(make("p", "qw-telling", `Removed ${line.title}.`), back);
  tell();
  told.append(undo);
  setTimeout(without, UNDO_SECONDS * 1000, [undo]);
  back.focus();
}

async function restore(id, undo) {
  if (isPressedTwice("restore", id)) return;
  tell(make("p", "qw-telling", "Bringing it back …"));
  const line = await change("restore", id);
  tell(make("p", "qw-telling", line.status === "failed" ? line.why : `${line.title} is back.`));
  if (line.status !== "failed") {
    if (undo.contains(document.activeElement)) returning = id;
    without([undo]);
  }
  renew();
}

// --- wiring ---

const known = (name) => adding.dataset.known.split(",").some((suffix) => name.toLowerCase().endsWith(suffix));
const hidden = (name) => name.split("/").some((part) => part.startsWith("."));
const inFolder = ([, name]) => known(name) && !hidden(name); // what of a folder is no document is passed over

async function dropped(items, inside = false) {
  const found = [];
  for (const item of items) {
    const name = item.fullPath.slice(1);
    if (inside && (hidden(name) || (item.isFile && !known(name)))) continue;
    try {
      if (item.isFile) found.push([await new Promise((done, failed) => item.file(done, failed)), name]);
      else found.push(...(await dropped(await entries(item.createReader()), true)));
    } catch { // it is told with the others
      found.push([null, name]);
    }
  }
  return found;
}

async function entries(reader) { // a browser gives them a hundred at a time
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    found.push(...some);
  }
}

const ACTIONS = {
  "qw-add-files": () => adding.querySelector(".qw-files").click(),
  "qw-add-folder": () => adding.querySelector(".qw-folder").click(),
  "qw-stop": stopAdding,
  "qw-dismiss": () => without(report),
  "qw-remove": (clicked) => remove(clicked.dataset.document),
  "qw-undo": (clicked) => restore(clicked.dataset.document, clicked.parentElement),
};

if (adding) {
  window.addEventListener("beforeunload", (event) => { if (run) event.preventDefault(); }); // what waits would be dropped
  document.addEventListener("click", (event) => {
    const clicked = event.target.closest?.("#qw button");
    for (const [name, act] of Object.entries(ACTIONS)) if (clicked?.classList.contains(name)) act(clicked);
  });
  adding.querySelector(".qw-files").addEventListener("change", (event) => {
    take([...event.target.files].map((file) => [file, file.name]));
    event.target.value = "";
  });
  adding.querySelector(".qw-folder").addEventListener("change", (event) => {
    takeAny([...event.target.files].map((file) => [file, file.webkitRelativePath]).filter(inFolder));
    event.target.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.documentElement.dataset.qwDrop = "over";
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete document.documentElement.dataset.qwDrop;
  });
  document.addEventListener("drop", async (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    delete document.documentElement.dataset.qwDrop;
    takeAny(await dropped([...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean)));
  });
}

words.hidden = total() < LONG_LIST;
showChoice();
renew(); // others may have changed the library since the server wrote the page
