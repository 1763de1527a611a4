// Enlivens the scanner desk: camera, scanning without a reload, copying. The forms work without it.

const form = document.querySelector("#scan-form");
const camera = document.querySelector("[data-camera]");
const FRAME_PAUSE_MS = 150; // with about 20 ms of reading a frame this asks the server 5 times a second

async function scan(source) {
  const body = new FormData(form);
  body.set("source", source);
  if (source !== "picture") body.delete("picture");
  document.querySelector("#why").setAttribute("aria-busy", "true");
  const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (response.status === 413) return explain(page.querySelector("main")); // larger than any picture may be
  if (!page.querySelector("#why")) return location.assign(form.action.split("#")[0]); // logged out meanwhile
  for (const id of ["why", "scan-key"]) document.getElementById(id).replaceWith(page.getElementById(id));
  offerCopies(document.querySelector("#why"));
  document.querySelector("#why").focus();
}

function explain(main) {
  const why = document.querySelector("#why");
  why.replaceChildren(...main.children);
  why.removeAttribute("aria-busy");
  why.focus();
}

async function read(video, canvas) {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const body = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  const headers = { "Content-Type": "image/jpeg", "X-CSRFToken": form.elements.csrf_token.value };
  const response = await fetch(camera.dataset.pictures, { method: "POST", body, headers });
  return response.json();
}

async function watch() {
  const { start, stop, video, status } = cameraParts();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 } },
    });
  } catch {
    status.textContent = camera.dataset.refused;
    return;
  }
  const end = () => stream.getTracks().forEach((track) => track.stop());
  start.hidden = true;
  stop.hidden = video.hidden = false;
  stop.onclick = end;
  status.textContent = camera.dataset.looking;
  video.srcObject = stream;
  await video.play();
  const text = await look(stream, video, status);
  end();
  stop.hidden = video.hidden = true;
  start.hidden = false;
  status.textContent = "";
  if (text) {
    form.elements.code.value = text;
    await scan("camera");
  }
}

async function look(stream, video, status) {
  const canvas = document.createElement("canvas");
  while (stream.active) {
    const answer = await read(video, canvas);
    if (answer.text) return answer.text;
    status.textContent = answer.reason === "several_codes" ? camera.dataset.several : camera.dataset.looking;
    await new Promise((done) => setTimeout(done, FRAME_PAUSE_MS));
  }
  return null;
}

function cameraParts() {
  const part = (name) => camera.querySelector(`[data-part=${name}]`);
  return { start: part("start"), stop: part("stop"), video: part("video"), status: part("status") };
}

function offerCopies(within) {
  for (const box of within.querySelectorAll("[data-copy]")) {
    const button = box.querySelector("button");
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = button.dataset.done;
    };
  }
}

// What the chosen terminal may not ask for cannot be chosen.
function offerAsks() {
  const chosen = document.querySelector("[name=terminal_id]:checked");
  if (!chosen) return;
  const may = chosen.dataset.asks.split(" ");
  const ask = document.querySelector("#ask");
  for (const option of ask.options) option.disabled = option.value !== "" && !may.includes(option.value);
  if (ask.selectedOptions[0].disabled) ask.value = "";
}

for (const terminal of document.querySelectorAll("[name=terminal_id]")) terminal.addEventListener("change", offerAsks);
offerAsks();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  scan(event.submitter?.value ?? "text");
});
if (navigator.mediaDevices) {
  camera.hidden = false;
  cameraParts().start.onclick = watch;
}
offerCopies(document);
