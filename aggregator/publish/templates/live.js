// Says when there is something newer than this page; nothing moves under the reader's eyes.
(() => {
  const fresh = document.getElementById("fresh");
  if (!fresh || !window.EventSource) return;
  const events = new EventSource(document.body.dataset.root + "events");
  events.addEventListener("changed", () => {
    if (fresh.firstChild) return;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "There are new stories: show them";
    fresh.append(link);
  });
})();
