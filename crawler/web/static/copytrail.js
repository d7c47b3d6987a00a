"use strict";
// A little comfort; every page does without. "/" goes to the search field; counts are brought up to date.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});
const live = document.querySelector("[data-live]");
if (live) {
  let tag = "";
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(live.dataset.live, tag ? { headers: { "If-None-Match": tag } } : {});
      if (answer.status !== 200) return;
      tag = answer.headers.get("ETag") || "";
      const counts = await answer.json();
      for (const place of live.querySelectorAll("[data-count]")) {
        const count = counts[place.dataset.count];
        if (Number.isInteger(count)) place.textContent = count.toLocaleString("en");
      }
    } catch {
      // The server is away: what was counted last stays.
    }
  };
  setInterval(look, 15000);
}
