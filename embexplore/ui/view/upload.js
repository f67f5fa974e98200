// A button that reads a small text file and sends it as text: dashboards lose the binary buffers of ipywidgets' own.
const MOST = 20 * 2 ** 20;

function render({ model, el }) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept: model.get("accept"), hidden: true });
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "jupyter-button emx-quiet", textContent: model.get("label") });
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const file = input.files[0];
    input.value = "";
    if (file) model.send({ name: file.name, text: file.size > MOST ? null : await file.text() });
  });
  el.append(button, input);
}

export default { render };
