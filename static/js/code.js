// Keeps the code page fresh: a new code every 30 s and at once after use. Without this script the page reloads.
const live = document.getElementById("live");
const offline = document.getElementById("offline");
const POLL_MS = 1000;
let loadedAt = performance.now();
let busy = false;

const mark = () => live.querySelector(".result-place").dataset.mark;

async function fresh() {
  const token = live.querySelector("[name=csrf_token]").value;
  const answer = await fetch(live.dataset.fresh, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok || answer.redirected) return location.reload(); // logged out meanwhile: the server knows what to do
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  live.querySelector("section").replaceWith(next.querySelector("section"));
  loadedAt = performance.now();
  tell(next.querySelector(".result-place"));
}

// The place itself stays: a screen reader speaks what changes within it, and a link in it keeps the focus.
function tell(result) {
  if (result.dataset.mark === mark()) return;
  const place = live.querySelector(".result-place");
  place.replaceChildren(...result.children);
  place.dataset.mark = result.dataset.mark;
  if (!mark()) return;
  place.querySelector(".result").classList.add("is-new");
  navigator.vibrate?.(80);
  scrollTo({ top: 0 });
}

async function tick() {
  const code = live.querySelector(".code");
  const left = code ? Math.max(0, Math.ceil(code.dataset.seconds - (performance.now() - loadedAt) / 1000)) : 1;
  if (code) code.querySelector(".code-seconds").textContent = left;
  if (busy || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(live.dataset.status);
    if (!answer.ok || answer.redirected) return location.reload();
    const status = await answer.json();
    if (left === 0 || status.mark !== mark()) await fresh();
    offline.hidden = true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch reports a lost network as a TypeError
    offline.hidden = false;
  } finally {
    busy = false;
  }
}

document.addEventListener("visibilitychange", tick);
setInterval(tick, POLL_MS);
