"""What the browser is given to hear answers: page, style and keys. `answer_keys` says what it is told and tells."""

HTML = """
<section class="answers" aria-label="Your answer">
  <div class="answers-bar">
    <p class="answers-badge" hidden></p>
    <div role="status"><h2 class="verdict answers-line"></h2></div>
    <ul class="answers-notes" hidden></ul>
    <p class="answers-ask" hidden></p>
    <div class="answers-choices" role="group" aria-label="Answers" tabindex="-1"></div>
    <button type="button" class="answers-keep" data-act="keep" hidden></button>
  </div>
  <div class="answers-foot">
    <button type="button" data-act="undo"><kbd>U</kbd> Undo</button>
    <label>Why <input type="text" class="answers-why" placeholder="if you like"></label>
  </div>
  <p class="answers-late" role="alert" hidden></p>
</section>
"""
STYLE = """
.answers { font: 15px/1.45 var(--st-font); color: var(--st-text-color); }
.answers p { margin: 0 0 .5rem; }
.answers [hidden] { display: none !important; }
.answers-badge, .answers-late { padding: 2px 8px; border-radius: 6px; width: fit-content;
  background: color-mix(in srgb, #E69F00 22%, transparent); }
.answers .answers-line { margin: 0 0 .5rem; font-size: 1.4rem; white-space: pre-line; overflow-wrap: anywhere; }
.answers-notes { margin: 0 0 .6rem; padding-left: 1.1rem; overflow-wrap: anywhere; }
.answers-choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 8px; }
.answers-choices:focus { outline: none; }
.answers button { font: inherit; color: inherit; text-align: left; cursor: pointer; padding: 6px 12px;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); border-radius: 6px; }
.answers-choices button { min-height: 48px; border-left: 6px solid var(--edge, var(--st-border-color));
  overflow-wrap: anywhere; }
.answers-choices button[aria-pressed=true] { box-shadow: inset 0 0 0 2px var(--st-text-color); }
.answers button:hover { border-color: var(--st-text-color); }
.answers button:disabled { cursor: default; opacity: .62; }
.answers-keep { width: 100%; min-height: 46px; margin-top: 8px; font-weight: 600; }
.answers-foot { display: flex; gap: 12px; align-items: center; margin: 10px 0 0; }
.answers-foot label { display: flex; gap: 8px; align-items: center; flex: 1; }
.answers-why { flex: 1; min-width: 0; font: inherit; color: inherit; padding: 6px 8px;
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: 6px; }
.answers kbd { display: inline-block; min-width: 1.4em; margin-right: 6px; padding: 0 4px; text-align: center;
  font: 600 .85em/1.5 var(--st-code-font, monospace); border: 1px solid currentcolor; border-radius: 4px; }
.answers-busy .answers-choices { opacity: .7; }
@media (max-width: 640px) {  /* within reach of a thumb */
  .answers-bar { position: fixed; z-index: 99; inset: auto 0 0 0; padding: 8px 12px 12px; max-height: 60vh;
    overflow-y: auto; background: var(--st-background-color); border-top: 1px solid var(--st-border-color); }
  .answers-choices { grid-template-columns: repeat(2, 1fr); }
  .answers-bar .answers-line { font-size: 1.1rem; padding: 0; }
  .answers-bar .answers-ask, .answers-bar .answers-line { margin-bottom: 4px; }
  .answers-keep kbd, .answers-choices kbd { min-width: 1em; margin-right: 4px; }
  [data-testid="stMainBlockContainer"]:has(.answers) { padding-bottom: 20rem; }
  .reading { scroll-margin-top: 56px; }
}
"""
SCRIPT = """
const pictures = (window.secondLookPictures ??= new Map());
const room = (window.secondLookReading ??= { shown: "", since: 0, heard: new Set() });
const NARROW = "(max-width: 640px)";  // where the answers stand at the foot of the window
const QUIET_MS = 250, AGAIN_MS = 4000, DRAFT_MS = 1500;
const UNTYPED = ["range", "checkbox", "radio", "button", "submit", "reset"];

const isTyping = (one) => one.isContentEditable || one.matches?.("textarea, select, [role=textbox]") ||
  (one.matches?.("input") && !UNTYPED.includes(one.type));
const makeId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0"))
  .join("");  // randomUUID is not there where a page comes over a network without encryption
const isSeen = (root) => room.shown === root.said.seen;

function press(root, act, choice) {
  const now = performance.now();
  if (room.pending || !isSeen(root) || now - Math.max(room.since, root.since) < QUIET_MS) return;
  if ((act === "undo" && !root.said.undo) || (act === "keep" && !root.said.keep)) return;
  clearTimeout(root.drafting);
  room.pending = { id: makeId(), step: root.said.step, act, choice: choice ?? null,
    seconds: (now - room.since) / 1000, why: root.why.value, have: [...pictures.keys()] };
  send(root);
}

function send(root) {
  clearTimeout(room.again);
  root.classList.add("answers-busy");
  root.tell("pressed", room.pending);
  room.again = setTimeout(() => {
    if (!room.pending || !root.isConnected) return;
    tellLate(root, "The answer is on its way …");
    send(root);
  }, AGAIN_MS);
}

function tellLate(root, words) {
  const late = root.querySelector(".answers-late");
  late.hidden = !words;
  if (late.textContent !== words) late.textContent = words;
}

function hear(root, event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (target === root.why && ["Enter", "Escape"].includes(event.key)) return root.choices.focus();
  if (isTyping(target)) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const said = event.shiftKey ? "" : digit;
  const choice = root.said.choices.findIndex((one) => one.key === key || one.key === said);
  if (choice >= 0) press(root, "answer", choice);
  else if (key === "U" || key === "Backspace") press(root, "undo");
  else if (key === "Enter" && !target.closest?.("button, a, summary, [role=radio]")) press(root, "keep");
  else return;
  event.preventDefault();
}

function fill(button, key, words) {
  const cap = document.createElement("kbd");
  cap.textContent = key;
  button.replaceChildren(cap, words);
}

function drawChoices(root) {
  const said = JSON.stringify([root.said.choices, root.said.own]);
  if (root.drawn === said) return;
  root.drawn = said;
  const before = [...root.choices.children];
  root.said.choices.forEach((one, number) => {
    const button = before[number] ?? root.choices.appendChild(document.createElement("button"));
    Object.assign(button, { type: "button" }).dataset.choice = number;
    button.style.setProperty("--edge", one.colour || "var(--st-border-color)");
    fill(button, one.key, one.words);
    if (root.said.own === null) button.removeAttribute("aria-pressed");
    else button.ariaPressed = String(number === root.said.own);
  });
  before.slice(root.said.choices.length).forEach((button) => button.remove());
}

function say(root, name, words) {
  const line = root.querySelector(name);
  line.hidden = !words;
  if (line.textContent !== words) line.textContent = words;
}

function draw(root) {
  const { said } = root;
  say(root, ".answers-line", said.line);
  say(root, ".answers-badge", said.badge);
  say(root, ".answers-ask", said.ask);
  const notes = root.querySelector(".answers-notes");
  notes.hidden = !said.notes.length;
  notes.replaceChildren(...said.notes.map((words) =>
    Object.assign(document.createElement("li"), { textContent: words })));
  drawChoices(root);
  const keep = root.querySelector(".answers-keep");
  keep.hidden = !said.keep;
  fill(keep, "Enter", said.keep);
  root.querySelector("[data-act=undo]").disabled = !said.undo;
}

function begin(root, before) {
  root.since = performance.now();
  if (before?.seen !== root.said.seen) {
    root.why.value = root.said.why;
    tellLate(root, "");
    clearTimeout(root.lease);
    root.lease = setTimeout(() => tellLate(root, "Somebody else may have got this case. Your answer is kept."),
      Math.min(2 ** 31 - 1, 1000 * root.said.lease_seconds));
  }
  const active = document.activeElement;
  if (active === document.body || (root.contains(active) && active !== root.why)) {
    (root.said.keep ? root.querySelector(".answers-keep") : root.choices).focus({ preventScroll: true });
  }
}

function listen(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || event.detail > 1) return;
    if (button.dataset.act) press(root, button.dataset.act);
    else press(root, "answer", Number(button.dataset.choice));
  });
  root.why.addEventListener("input", () => {
    clearTimeout(root.drafting);
    root.drafting = setTimeout(() => {
      if (!room.pending) root.tell("drafted", { step: root.said.step, why: root.why.value });
    }, DRAFT_MS);
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answers");
  const before = root.said;
  root.said = data;
  root.tell = setTriggerValue;
  root.choices = root.querySelector(".answers-choices");
  root.why = root.querySelector(".answers-why");
  root.why.maxLength = data.longest_why;
  if (!before) listen(root);
  if (room.pending && (room.pending.id === data.heard || room.pending.step !== data.step)) {
    room.pending = null;
    clearTimeout(room.again);
    root.classList.remove("answers-busy");
    tellLate(root, "");
  } else if (room.pending && !before) send(root);  // the page was drawn anew while an answer was on its way
  draw(root);
  if (before?.step !== data.step) begin(root, before);
  const mark = () => {
    root.toggleAttribute("data-ready", isSeen(root));
    if (!isSeen(root) || root.scrolled === data.seen || !matchMedia(NARROW).matches) return;
    root.scrolled = data.seen;
    document.querySelector(".reading").scrollIntoView();
  };
  const keys = (event) => hear(root, event);
  mark();
  room.heard.add(mark);
  root.dataset.step = data.step;
  document.addEventListener("keydown", keys);
  return () => {
    room.heard.delete(mark);
    document.removeEventListener("keydown", keys);
    if (!root.isConnected) clearTimeout(root.lease);
  };
}
"""
