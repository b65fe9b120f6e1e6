// Turns "asked as: …" into a field, and Enter in it into a new turn that is asked with exactly those words.
// Runs between talks.js and chat.js, in their scope.

function reword(button) {
  const line = button.closest(".qw-asked");
  const shown = line.querySelector("span");
  const field = make("input", "");
  field.value = shown.dataset.whole; // with the topic that joined the search, which can be taken out
  field.maxLength = 2000;
  field.setAttribute("dir", "auto");
  field.setAttribute("aria-label", "Ask again as");
  field.setAttribute("aria-describedby", "qw-asked-keys");
  const keys = make("span", "qw-keys", "Enter asks again, Esc leaves it as it was.");
  keys.id = "qw-asked-keys";
  const back = () => {
    keys.remove();
    field.replaceWith(shown);
    button.hidden = false;
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation(); // it closes nothing else
      back();
      button.focus();
    }
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const words = field.value;
    if (words.trim() && ask(line.closest(".qw-turn").querySelector(".qw-question").textContent, { askedAs: words })) back();
  });
  button.hidden = true;
  shown.replaceWith(field);
  line.append(keys);
  field.focus();
  field.select();
}
