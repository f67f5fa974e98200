// Keyboard, clipboard and theme of one Explorer. Keys count inside its root only, and not while typing.
const PLAIN = /^[a-z0-9,.[\]]$|^Escape$/i;

function isTyping(target) {
  return target && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(button|checkbox|range|radio)$/.test(target.type));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

function download(name, bytes) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// What a page says by itself once nobody answers any more: its kernel restarted, or its server was stopped.
function say(root, sentence) {
  const status = root?.querySelector(".emx-status");
  const message = status?.querySelector(".emx-message .widget-html-content") ?? status?.querySelector(".emx-message");
  if (!message) return;
  status.classList.add("emx-stopped");
  const said = document.createElement("span");
  said.setAttribute("role", "alert");
  const first = document.createElement("b");
  first.textContent = "Not possible.";
  said.append(first, ` ${sentence}`);
  message.replaceChildren(said);
}

// The whole Explorer on the screen, or its map alone with the sentence above it and the answer below; once more: back.
// Where a browser refuses, as in frames that may not, the page itself is filled.
async function fill(root, isAlone) {
  if (root.matches(":fullscreen, .emx-filled")) {
    root.classList.remove("emx-filled", "emx-alone");
    if (document.fullscreenElement) await document.exitFullscreen();
    return;
  }
  root.classList.toggle("emx-alone", isAlone);
  try {
    await root.requestFullscreen();
  } catch {
    root.classList.add("emx-filled");
  }
}

// A host that puts the root on the page by itself, as a Panel layout in a notebook does, leaves out Lumino's messages: its
// parts never hear that they are shown, and the map waits for that. Tell them. The root stays as its host has it, which
// also takes it off the page by itself; elsewhere it is attached, and all have heard it.
async function wake(model) {
  const root = await model.widget_manager.get_model(model.get("root"));
  for (const shown of Object.values(root.views ?? {})) {
    const { luminoWidget } = await shown;
    if (!luminoWidget?.node.isConnected || luminoWidget.isAttached) continue;
    for (const part of luminoWidget.children()) {
      if (!part.isAttached) ["before-attach", "after-attach"].forEach((type) => part.processMessage({ type }));
    }
  }
}

export default {
  render({ model, el }) {
    const find = () => el.closest(".emx");
    let root = null;
    let waiting = 0;
    const onKey = (event) => {
      const origin = event.composedPath()[0];
      if (event.ctrlKey || event.metaKey || isTyping(origin)) return;
      const key = event.altKey ? event.code.replace("Digit", "") : event.key;
      if (!(event.altKey ? /^[1-6]$/.test(key) : PLAIN.test(key))) return;
      event.preventDefault();
      event.stopPropagation();
      if (key === "f" && !event.altKey) return fill(root, false);
      if (key === "Escape") root.classList.remove("emx-filled", "emx-alone"); // of a page that is filled without the browser's help
      model.send({ key: key.toLowerCase(), shift: event.shiftKey, alt: event.altKey });
    };
    const onClick = (event) => {
      if (event.composedPath().some((element) => element.classList?.contains("emx-icon-full"))) fill(root, true);
    };
    const onScreen = () => {
      if (!root.matches(":fullscreen, .emx-filled")) root.classList.remove("emx-alone");
    };
    // A slider that a hand moves is to be believed; by itself it repeats what it was told. Said before it says its value.
    let held = null;
    const onHand = (event) => {
      if (!event.composedPath().some((element) => element.classList?.contains("noUi-target"))) return;
      if (held === null) model.send({ held: true });
      clearTimeout(held);
      held = 0;
    };
    const onRelease = () => {
      if (held === null) return;
      clearTimeout(held);
      held = setTimeout(() => { held = null; model.send({ held: false }); }, 500);
    };
    for (const name of ["keyup", "pointerup", "pointercancel"]) window.addEventListener(name, onRelease, true);
    // Leaflet looks at its size only when the window changes: tell it when the map's own box does.
    const sizes = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
    const measure = () => {
      const map = root.querySelector(".emx-map .leaflet-container");
      map ? sizes.observe(map) : setTimeout(measure, 100);
    };
    const attach = () => {
      root = find();
      if (!root?.isConnected) return (waiting = setTimeout(attach, 50));
      if (model.get("root")) wake(model);
      if (!root.hasAttribute("tabindex")) root.tabIndex = -1;
      root.addEventListener("keydown", onKey);
      root.addEventListener("click", onClick);
      root.addEventListener("fullscreenchange", onScreen);
      root.addEventListener("keydown", onHand, true);
      root.addEventListener("pointerdown", onHand, true);
      root.addEventListener("pointerdown", (event) => { if (!isTyping(event.composedPath()[0])) root.focus({ preventScroll: true }); });
      measure();
    };
    attach();
    const isDark = () => document.body.dataset.jpThemeLight === "false";
    const tell = () => model.send({ dark: isDark() });
    tell();
    model.send({ page: location.origin + location.pathname });
    const watcher = new MutationObserver(tell);
    watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    const onMessage = (message, buffers) => {
      if (message.copy !== undefined) copy(message.copy);
      if (message.download) download(message.download, buffers[0]);
    };
    model.on("msg:custom", onMessage);
    const onLost = () => say(root, "The kernel restarted; run the cell again.");
    const onStopped = () => say(root, "The server was stopped; load the page again once it runs.");
    model.on("comm_live_update", onLost);
    const documents = window.Bokeh?.documents ?? [];
    for (const page of documents) page.on_event?.("connection_lost", onStopped);
    return () => {
      clearTimeout(waiting);
      model.off("comm_live_update", onLost);
      watcher.disconnect();
      sizes.disconnect();
      model.off("msg:custom", onMessage);
      root?.removeEventListener("keydown", onKey);
      root?.removeEventListener("click", onClick);
      root?.removeEventListener("fullscreenchange", onScreen);
      root?.removeEventListener("keydown", onHand, true);
      root?.removeEventListener("pointerdown", onHand, true);
      for (const name of ["keyup", "pointerup", "pointercancel"]) window.removeEventListener(name, onRelease, true);
      clearTimeout(held);
    };
  },
};
