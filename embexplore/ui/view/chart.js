// A HoloViews figure in a widget: the kernel keeps a Bokeh document, each view keeps a copy of it.
// Messages to the kernel: {ask: "figure" | "library", view}, {tap: {x, y, found}}, {select: {name, indices}}.
// From the kernel: {figure, number, view?}, {patch, number}, {library: version} with one gzipped file.
// BokehJS comes from the page where it is there already (Panel), else from the kernel, once a page; never from outside.

const PATIENCE = 20000; // ms until the next chart may ask for the library again
const shared = (window.__embexplore_bokeh ??= {});

const present = (version) => {
  const found = window.Bokeh?.[version] ?? window.Bokeh;
  return found?.version === version ? found : undefined;
};

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).text();
  // A private copy: `this` is our object, so the page's own Bokeh (or its absence) stays as it was.
  const url = URL.createObjectURL(
    new Blob(["const root = {};\n(function () {\n", source, "\n}).call(root);\nexport default root.Bokeh;\n"], {
      type: "text/javascript",
    }),
  );
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function asked(model, version) {
  return new Promise((resolve, reject) => {
    const done = (settle, value) => {
      clearTimeout(timer);
      model.off("msg:custom", listen);
      settle(value);
    };
    const listen = (message, buffers) => {
      if (message.library === version) done(resolve, buffers[0].buffer ?? buffers[0]);
    };
    const timer = setTimeout(() => done(reject, new Error("the kernel does not answer")), PATIENCE);
    model.on("msg:custom", listen);
    model.send({ ask: "library" });
  });
}

async function library(model, tries = 2) {
  const version = model.get("_bokeh");
  const here = present(version);
  if (here) return here;
  shared[version] ??= asked(model, version).then(unpacked);
  const pending = shared[version];
  try {
    return await pending;
  } catch (error) {
    if (shared[version] === pending) delete shared[version];
    if (tries <= 1) throw error;
    return library(model, tries - 1); // the chart that asked may be gone: ask through this one
  }
}

// Which marks of the figure lie under a tap: {name of the glyph: index}.
function under(view, event) {
  const found = {};
  for (const [renderer, mark] of view.renderer_views ?? []) {
    const hit = mark.hit_test?.({ type: "point", sx: event.sx, sy: event.sy });
    if (hit?.indices?.length) found[renderer.glyph?.name ?? renderer.name ?? renderer.id] = hit.indices[0];
  }
  return found;
}

function listen(model, figure, view) {
  figure.on_event("tap", (event) => {
    if (model.get("listens").includes("tap")) {
      model.send({ tap: { x: event.x, y: event.y, found: under(view, event) } });
    }
  });
  for (const renderer of figure.renderers ?? []) {
    const selected = renderer.data_source?.selected;
    selected?.properties.indices.change.connect(() => {
      if (model.get("listens").includes("select")) {
        model.send({ select: { name: renderer.glyph?.name ?? "", indices: [...selected.indices] } });
      }
    });
  }
}

async function render({ model, el, signal }) {
  const id = Math.random().toString(36).slice(2);
  let shown = null; // {manager, document, number, box}
  let queue = Promise.resolve();
  el.classList.add("emx-chart");
  el.style.position = "relative";

  const describe = () => {
    el.setAttribute("role", "img");
    el.setAttribute("aria-label", model.get("describe"));
  };

  async function embed(bokeh, message) {
    if (signal?.aborted || (shown && message.number < shown.number)) return;
    for (let n = 0; n < 100 && !el.isConnected; n++) await new Promise((resolve) => setTimeout(resolve, 50));
    if (!el.isConnected || signal?.aborted) return; // a cell that scrolled away asks again when it is back
    const box = document.createElement("div");
    box.style.cssText = "position:absolute;inset:0;overflow:hidden;";
    el.append(box);
    const manager = await bokeh.embed.embed_item(message.figure, box);
    const view = manager.roots[0];
    listen(model, view.model, view);
    shown?.manager.clear();
    shown?.box.remove();
    shown = { manager, document: view.model.document, number: message.number, box };
    el.dataset.figure = String(message.number);
  }

  function patch(message) {
    if (!shown || message.number <= shown.number) return;
    shown.document.apply_json_patch(message.patch);
    shown.number = message.number;
    el.dataset.figure = String(message.number);
  }

  function fail(error) {
    if (!el.isConnected) return; // taken off the page while it was drawn
    console.error("embexplore: a chart could not be drawn:", error);
    el.textContent = `No chart: ${error.message}. Run the cell again.`;
  }

  let bokeh = null;
  const receive = (message) => {
    if (message.view && message.view !== id) return;
    if (message.figure) queue = queue.then(() => bokeh.then((found) => embed(found, message))).catch(fail);
    if (message.patch) queue = queue.then(() => patch(message)).catch(fail);
  };

  describe();
  model.on("change:describe", describe);
  model.on("msg:custom", receive);
  bokeh = library(model);
  bokeh.then(() => model.send({ ask: "figure", view: id })).catch(fail);

  return () => {
    model.off("change:describe", describe);
    model.off("msg:custom", receive);
    shown?.manager.clear();
  };
}

export default { render };
