// Turns the Ask button into Stop while a question is answered, and a server that is gone into one sentence until it is back.
// Runs between talks.js and chat.js, in their scope. A question without an answer is kept: a reload brings it back.

const ASKED = `quotewise-asked${OF_LIBRARY}`; // of each conversation the question that has no answer
const DRAFT = `quotewise-draft${OF_LIBRARY}`; // what stands in the field when the page is left
const GONE = "The server does not answer. Nothing is lost: this page goes on by itself when the server is back.";
const sender = element.querySelector(".qw-send");
const gone = element.querySelector(".qw-gone");
const JUST = 300; // milliseconds after an answer within which a click was meant for Stop
let asking = null; // the question that is being answered: its name, its conversation, what was sent, the turn that shows it
let lookout = null; // the timer that looks after the server meanwhile
let looking = false;
let finished = -Infinity; // when a question was answered last

// `turn`: the one in whose place the answer comes; without it, it comes after the others
function put(question, documents, asked_as, number, turn) {
  const name = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const sent = { question, documents, asked_as, number, asking: name, records: shownRecords(REMEMBERED) };
  asking = { name, talk, sent, turn, lost: false, tried: false, stopped: false, abort: new AbortController() };
  keepAsked(talk, { question, documents, asked_as });
  sender.textContent = "Stop";
  lookAfterServer();
  follow(asking);
}

async function follow(mine) { // shows each turn that the server sends for a question: what it does, and the answer
  try {
    const answer = await post("ask", mine.sent, mine.abort.signal);
    sayBack();
    const why = answer.ok ? "" : await answer.text();
    if (why && asking === mine) take(refused(mine.sent.question, why));
    for await (const html of lines(answer)) if (asking === mine) take(drawn(html));
  } catch { /* the connection broke */ }
  if (asking !== mine) return;
  if (mine.stopped) return giveUp(mine);
  mine.lost = true;
  look();
}

function unanswered() { // what was asked and has no answer, by its conversation: the question, and how it was asked
  const all = Object.entries(stored(TAB, ASKED)).filter(([, asked]) => typeof asked?.question === "string");
  return Object.fromEntries(all.filter(([id]) => asking?.talk !== id));
}

function keepAsked(id, asked) { // null: it is answered, or seen not to be
  const { [id]: _, ...others } = stored(TAB, ASKED);
  TAB.setItem(ASKED, JSON.stringify(asked ? { ...others, [id]: asked } : others));
}

function take(turn) { // puts it at its place: the others stay as they are, whatever is selected or unfolded there
  const answered = turn.getAttribute("aria-busy") === "false";
  const { record } = turn.dataset;
  const here = asking.talk === talk;
  if (here && !restoring) {
    if (asking.turn?.isConnected) asking.turn.replaceWith(turn);
    else turnsPlace().append(turn);
    turnsPlace().querySelector(".qw-welcome")?.remove();
  }
  if (answered && record && !asking.forgotten) keepIn(asking.talk, JSON.parse(record)); // also where it is not in view
  if (answered && here && !record) giveBack(turn, asking.sent.question);
  if (answered && (record || asking.forgotten || (here && !restoring))) keepAsked(asking.talk, null);
  if (answered && !record) turn.asked = asking.sent; // an answered one would hold all turns before it
  asking.turn = turn;
  if (answered) finish();
  if (answered && here && restoring) showTalk(talk);
  conversationChanged();
}

function giveBack(turn, question) { // what the page does not show whole would be lost
  if (textarea.value || turn.querySelector(".qw-question")?.textContent.trim() === question.trim()) return;
  textarea.value = question;
  fit();
}

function refused(question, why) { // a turn that says why the server did not take the question
  const turn = make("article", "qw-turn");
  turn.setAttribute("aria-busy", "false");
  turn.append(make("h2", "qw-question", question), make("p", "qw-failure", why));
  return turn;
}

function finish() {
  const stopped = asking.stopped && document.activeElement === document.body; // the button that was pressed was shut
  asking = null;
  finished = performance.now();
  sender.textContent = "Ask";
  sender.disabled = false;
  if (gone.hidden && !restoring) lookout = clearInterval(lookout);
  if (stopped) toComposer();
}

function stop() {
  sender.disabled = true;
  asking.stopped = true;
  post("stop", { asking: asking.name }).catch(() => { /* it is gone, which will be said */ });
  setTimeout(giveUp, 10_000, asking);
}

function giveUp(mine) { // the server is too busy to say that it has stopped
  if (asking !== mine) return;
  mine.abort.abort();
  take(refused(mine.sent.question, "Stopped."));
}

// --- the server ---

function lookAfterServer() {
  lookout ??= setInterval(look, 1000);
}

async function look() {
  if (looking) return;
  looking = true;
  const there = await isThere();
  looking = false;
  if (!lookout) return;
  if (!there) return sayGone();
  if ("another" in gone.dataset) return void (lookout = clearInterval(lookout));
  sayBack();
  if (restoring && !awaited.conversation) showTalk(talk);
  if (asking?.lost) goOn();
  if (!asking && !restoring) lookout = clearInterval(lookout);
}

function goOn() { // asks once more by itself: not again and again, for it may be the question that the server dies of
  const mine = asking;
  if (!mine.tried) {
    Object.assign(mine, { lost: false, tried: true });
    return follow(mine);
  }
  finish();
  if (mine.talk === talk) showTalk(talk); // with the question, which can be asked again
}

function sayGone() {
  if (!("another" in gone.dataset)) gone.textContent = GONE;
  gone.hidden = false;
  const stage = asking?.turn?.querySelector(".qw-stage");
  if (stage) stage.textContent = "Interrupted.";
  sender.disabled = true;
}

function sayBack() {
  if (gone.hidden || "another" in gone.dataset) return;
  gone.hidden = true;
  sender.disabled = false;
}

sender.addEventListener("click", (event) => { // what is meant by it changes under the mouse
  const late = event.detail && performance.now() - finished < JUST;
  if (!asking && !late) return;
  event.preventDefault();
  if (asking && event.detail < 2) stop();
});
talks.addEventListener("click", (event) => { // as it was asked before
  const turn = event.target.closest?.(".qw-again")?.closest(".qw-turn");
  if (!turn) return;
  const { asked_as: askedAs, documents } = turn.asked ?? {};
  const again = turn === turn.parentElement.lastElementChild ? turn : null;
  ask(turn.querySelector(".qw-question").textContent, { again, askedAs, documents });
});
window.addEventListener("pagehide", () => TAB.setItem(DRAFT, element.querySelector("textarea").value));
element.querySelector("textarea").value = TAB.getItem(DRAFT) ?? "";
queueMicrotask(() => fit());
