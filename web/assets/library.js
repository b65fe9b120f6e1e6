// Turns files that are chosen or dropped into documents of the library, one after the other, and takes documents out.
// Gradio runs it once, as the js_on_load of the place for adding, with `element` and `trigger` in scope.

const adding = element.querySelector(".qw-adding");
const told = element.querySelector(".qw-told");
const HEADERS = { "x-quotewise": "1" };
const LOST = "The server does not answer any more; start it again, then try once more.";
const UNDO_SECONDS = 30;
let waiting = []; // files that were chosen: [file, name]
let run = null; // what became of the files since the queue was last empty
let undo = null; // the timer after which a removal can no longer be undone on the page

// --- what is said ---

function make(tag, className, text = "") { // text, never HTML: names come from anybody
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(className, text) {
  const made = make("button", className, text);
  made.type = "button";
  return made;
}

function tell(...lines) {
  clearTimeout(undo);
  told.replaceChildren(...lines);
}

const many = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;

function tellProgress(name, share) {
  const bar = document.createElement("progress");
  bar.className = "qw-progress";
  bar.setAttribute("aria-label", `Adding ${name}`);
  if (share !== null) bar.value = share;
  const place = run.total > 1 ? ` (${(run.done + 1).toLocaleString("en")} of ${run.total.toLocaleString("en")})` : "";
  tell(make("p", "qw-telling", `Adding ${name}${place}`), bar, button("qw-stop", "Stop"));
}

function tellReport() {
  const { added, unchanged, failed, passages, notes } = run;
  const parts = [];
  if (added) parts.push(`${many(added, "document")} added, ${many(passages, "passage")}, ${seconds(run.began)}`);
  if (unchanged) parts.push(`${many(unchanged, "document")} ${unchanged === 1 ? "was" : "were"} there already`);
  if (failed) parts.push(`${many(failed, "file")} could not be added`);
  if (run.stopped) parts.push("stopped; what was added stays");
  const lines = [make("p", "qw-telling", `${parts.join("; ") || "No file that can be read was there"}.`)];
  if (notes.length) {
    const list = make("ul", "qw-notes");
    list.append(...notes.slice(0, 50).map((note) => make("li", "qw-note", note)));
    if (notes.length > 50) list.append(make("li", "qw-note", `and ${notes.length - 50} more`));
    lines.push(list);
  }
  tell(...lines, button("qw-dismiss", "Dismiss"));
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

// --- adding ---

function take(files) { // [file, name] pairs
  if (!files.length) return;
  const idle = run === null;
  run ??= { total: 0, done: 0, added: 0, unchanged: 0, failed: 0, passages: 0, notes: [], began: performance.now() };
  run.total += files.length;
  waiting.push(...files);
  if (idle) addAll();
}

async function addAll() {
  while (waiting.length) {
    const [file, name] = waiting.shift();
    tellProgress(name, 0);
    count(await add(file, name));
    run.done += 1;
  }
  tellReport();
  if (run.added) trigger("changed", {});
  run = null;
}

function count(line) {
  if (line.status === "failed") {
    run.failed += 1;
    run.notes.push(line.why);
    if (line.lost) waiting = [];
  } else if (line.status === "unchanged") run.unchanged += 1;
  else {
    run.added += 1;
    run.passages += line.passages;
    if (line.why) run.notes.push(line.why);
  }
}

async function add(file, name) {
  const most = Number(adding.dataset.most);
  if (file.size > most) {
    const megabytes = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
    return { status: "failed", why: `${name} is too large (${megabytes(file.size)}); cut it into files of ${megabytes(most)}.` };
  }
  try {
    const answer = await fetch(`library/add?${new URLSearchParams({ name })}`, { method: "POST", headers: HEADERS, body: file });
    if (!answer.ok) return { status: "failed", why: `${name}: ${await answer.text()}` };
    return await lastLine(answer, (line) => tellProgress(name, line.of ? line.passages / line.of : null));
  } catch { // the connection broke, or the file went away meanwhile
    const here = await fetch("library/add", { method: "GET" }).then(() => true, () => false);
    return { status: "failed", why: here ? `${name} cannot be read; is it still there?` : LOST, lost: !here };
  }
}

async function lastLine(answer, progress) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? "";
    const lines = text.split("\n").filter((line) => line);
    if (done) return JSON.parse(lines[lines.length - 1]);
    if (text.endsWith("\n") && lines.length) {
      const line = JSON.parse(lines[lines.length - 1]);
      if (!line.status) progress(line);
      text = `${lines[lines.length - 1]}\n`;
    }
  }
}

// --- removing ---

async function post(action, body) {
  try {
    const answer = await fetch(`library/${action}`, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
    return answer.ok ? await answer.json() : { status: "failed", why: await answer.text() };
  } catch {
    return { status: "failed", why: LOST };
  }
}

async function remove(id) {
  const line = await post("remove", { document: id });
  if (line.status === "failed") return tell(make("p", "qw-telling", line.why));
  trigger("changed", {});
  const back = button("qw-undo", "Undo");
  back.dataset.document = id;
  tell(make("p", "qw-telling", `Removed ${line.title}.`), back);
  undo = setTimeout(() => tell(), UNDO_SECONDS * 1000);
  back.focus();
}

async function restore(id) {
  tell(make("p", "qw-telling", "Bringing it back …"));
  const line = await post("restore", { document: id });
  tell(make("p", "qw-telling", line.status === "failed" ? line.why : `${line.title} is back.`));
  trigger("changed", {});
}

// --- wiring ---

const known = (name) => adding.dataset.known.split(",").some((suffix) => name.toLowerCase().endsWith(suffix));
const hidden = (name) => name.split("/").some((part) => part.startsWith("."));
const inFolder = ([, name]) => known(name) && !hidden(name); // what of a folder is no document is passed over

async function dropped(items) {
  const found = [];
  for (const item of items) {
    if (item.isFile) found.push([await new Promise((done, failed) => item.file(done, failed)), item.fullPath.slice(1)]);
    else found.push(...(await dropped(await entries(item.createReader()))).filter(inFolder));
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
  "qw-stop": () => { waiting = []; run.stopped = true; },
  "qw-dismiss": () => tell(),
  "qw-remove": (clicked) => remove(clicked.dataset.document),
  "qw-undo": (clicked) => restore(clicked.dataset.document),
};

if (adding) {
  document.addEventListener("click", (event) => {
    const clicked = event.target.closest?.("#qw button");
    for (const [name, act] of Object.entries(ACTIONS)) if (clicked?.classList.contains(name)) act(clicked);
  });
  adding.querySelector(".qw-files").addEventListener("change", (event) => {
    take([...event.target.files].map((file) => [file, file.name]));
    event.target.value = "";
  });
  adding.querySelector(".qw-folder").addEventListener("change", (event) => {
    const files = [...event.target.files].map((file) => [file, file.webkitRelativePath]).filter(inFolder);
    if (files.length) take(files);
    else tell(make("p", "qw-telling", "That folder holds no file that can be read."));
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
    take(await dropped([...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean)));
  });
}
