// Turns what the scripts of the page have in common into one place: which library this is, what the browser keeps of it,
// and elements made of text. It stands before every script, in its scope.

const OF_LIBRARY = location.pathname.split("/libraries/")[1] ?? ""; // each library has its own

function stored(storage, name) { // an object of a storage, which may be full, forbidden or garbled by others
  try {
    const read = JSON.parse(storage.getItem(name) ?? "{}");
    return typeof read === "object" && read !== null && !Array.isArray(read) ? read : {};
  } catch {
    return {};
  }
}

function make(tag, className, text = "") { // text, never HTML: names come from anybody
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(className, text = "") {
  const made = make("button", className, text);
  made.type = "button";
  return made;
}
