// Turns the Ask button into Stop while a question is answered, and a server that is gone into one sentence until it is back.
// Runs between talks.js and chat.js, in their scope. A question without an answer is kept: a reload brings it back.

const ASKED = `quotewise-asked${OF_LIBRARY}`; // the question that has no answer yet
const DRAFT = `quotewise-draft${OF_LIBRARY}`; // what stands in the field when the page is left
const GONE = "The server does not answer. Nothing is lost: this page goes on by itself when the server is back.";
const sender = element.querySelector(".qw-send");
const gone = element.querySelector(".qw-gone");
const latest = document.getElementById("qw-latest"); // where the server says how far the answer is
let asking = null; // the question that is being answered: its name, its conversation, and by which server
let lookout = null; // the timer that looks after the server meanwhile

function begin(question, documents) { // gives the question a name, by which it can be stopped
  const name = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  asking = { name, talk, server: null };
  sessionStorage.setItem(ASKED, JSON.stringify({ talk, question, documents }));
  sender.textContent = "Stop";
  lookAfterServer();
  return name;
}

function unansweredIn(id) { // the question of a conversation that has no answer, if there is one, and where it was asked
  const asked = stored(sessionStorage, ASKED);
  return asked.talk === id ? { unanswered: String(asked.question), unanswered_in: asked.documents ?? [] } : {};
}

function take() { // puts the turn at its place: the others stay as they are, whatever is selected or unfolded there
  const said = latest.querySelector(".qw-latest");
  const turn = said?.querySelector(".qw-turn");
  if (!turn || (asking && said.dataset.asking !== asking.name)) return;
  if (asking && asking.talk !== talk) return elsewhere(turn);
  const place = talks.querySelector(".qw-turns");
  const old = place.querySelectorAll(".qw-turn")[said.dataset.number - 1];
  place.querySelector(".qw-welcome")?.remove();
  if (old) old.replaceWith(turn);
  else place.append(turn);
  if (turn.getAttribute("aria-busy") === "false") finish();
}

function elsewhere(turn) { // another conversation is shown meanwhile: the answer will be there when its own is again
  if (turn.getAttribute("aria-busy") === "true") return;
  if (turn.dataset.record) keepIn(asking.talk, JSON.parse(turn.dataset.record));
  turn.remove();
  finish();
}

function finish() {
  asking = null;
  sessionStorage.removeItem(ASKED);
  sender.textContent = "Ask";
  sender.disabled = false;
  if (gone.hidden) lookout = clearInterval(lookout);
}

function stop() {
  sender.disabled = true;
  trigger("stop", { asking: asking.name });
  setTimeout((name) => { if (asking?.name === name) finish(); }, 10_000, asking.name); // the server is too busy to say so
}

// --- the server ---

async function identity() { // of the running server; null where none answers
  try {
    const answer = await fetch("gradio_api/app_id", { cache: "no-store" });
    return answer.ok ? String((await answer.json()).app_id) : "";
  } catch {
    return null;
  }
}

function lookAfterServer() {
  lookout ??= setInterval(look, 1000);
}

async function look() {
  const found = await identity();
  if (!lookout) return;
  if (found === null) return sayGone();
  if (asking) asking.server ??= found;
  if (asking && asking.server !== found) window.location.reload(); // started again meanwhile: it knows nothing of this
  if (!asking) lookout = clearInterval(lookout);
  if (gone.hidden) return;
  gone.hidden = true;
  sender.disabled = false;
}

function sayGone() {
  gone.textContent = GONE;
  gone.hidden = false;
  const stage = talks.querySelector('[aria-busy="true"] .qw-stage');
  if (stage) stage.textContent = "Interrupted.";
  sender.disabled = true;
}

sender.addEventListener("click", (event) => {
  if (!asking) return;
  event.preventDefault();
  stop();
});
talks.addEventListener("click", (event) => {
  const again = event.target.closest?.(".qw-again");
  const turn = again?.closest(".qw-turn");
  if (turn) ask(turn.querySelector(".qw-question").textContent, { again: turn === turn.parentElement.lastElementChild });
});
window.addEventListener("pagehide", () => sessionStorage.setItem(DRAFT, element.querySelector("textarea").value));
element.querySelector("textarea").value = sessionStorage.getItem(DRAFT) ?? "";
queueMicrotask(() => fit());
new MutationObserver(take).observe(latest, { childList: true, subtree: true });
