// Keeps the code page fresh: a new code every 30 s, and after use the result alone for some seconds, then a new code.
// Without this script the page reloads itself, and shows a result when it does.
const live = document.getElementById("live");
const offline = document.getElementById("offline");
const POLL_MS = 1000;
let loadedAt = performance.now();
let busy = false;

const mark = () => live.querySelector(".result-place").dataset.mark;

async function fresh(seen) {
  const body = new URLSearchParams({ csrf_token: live.querySelector("[name=csrf_token]").value, seen });
  const answer = await fetch(live.dataset.fresh, { method: "POST", body });
  if (!answer.ok || answer.redirected) return location.reload(); // logged out meanwhile: the server knows what to do
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  live.querySelector("section")?.remove();
  const section = next.querySelector("section");
  if (section) live.append(section);
  loadedAt = performance.now();
  tell(next.querySelector(".result-place"));
}

// The place itself stays: a screen reader speaks what changes within it.
function tell(result) {
  const place = live.querySelector(".result-place");
  place.replaceChildren(...result.children);
  place.dataset.mark = result.dataset.mark;
  const card = place.querySelector(".result");
  if (!card) return;
  card.classList.add("is-new");
  navigator.vibrate?.(80);
  scrollTo({ top: 0 });
}

async function tick() {
  const timed = live.querySelector("[data-seconds]");
  const left = timed ? Math.max(0, Math.ceil(timed.dataset.seconds - (performance.now() - loadedAt) / 1000)) : 1;
  if (timed) timed.querySelector(".code-seconds").textContent = left;
  if (busy || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(live.dataset.status);
    if (!answer.ok || answer.redirected) return location.reload();
    const status = await answer.json();
    if (left === 0 || (status.mark && status.mark !== mark())) await fresh(mark());
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
