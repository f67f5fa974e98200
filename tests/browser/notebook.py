"""A notebook open in a real JupyterLab: run its cells, ask its kernel."""

import json
from pathlib import Path

PATIENCE = 120_000
"""Milliseconds for a cell: importing everything on a busy machine takes up to 20 s."""

OPENED = """async () => {
  while (!window.jupyterapp?.shell?.currentWidget?.sessionContext) await new Promise((go) => setTimeout(go, 50));
  const context = window.jupyterapp.shell.currentWidget.sessionContext;
  await context.ready;
  while (context.session?.kernel?.status !== "idle") await new Promise((go) => setTimeout(go, 50));
}"""

ASK = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  const said = [];
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream" && content.name === "stdout") said.push(content.text);
    if (header.msg_type === "error") said.push("!" + content.traceback.join("\\n"));
  };
  await future.done;
  return said.join("");
}"""


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook with these cells of code."""
    import nbformat
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


class Notebook:
    """A notebook in a page of JupyterLab."""

    def __init__(self, page, server, path: Path) -> None:
        self.page = page
        page.goto(f"{server.url}/tree/{path.name}?reset", timeout=PATIENCE)
        page.evaluate(OPENED)

    def run_all(self) -> None:
        """Run every cell; returns when all have run."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def ask(self, expression: str):
        """The value of an expression in the kernel, as JSON."""
        said = self.page.evaluate(ASK, f"import json as _json; print(_json.dumps({expression}))")
        if said.startswith("!"):
            raise RuntimeError(said)
        return json.loads(said)

    def tell(self, statement: str) -> None:
        """Run a statement in the kernel."""
        said = self.page.evaluate(ASK, statement)
        if said.startswith("!"):
            raise RuntimeError(said)
