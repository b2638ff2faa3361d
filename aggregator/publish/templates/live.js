// Shows a link when the stories have changed. The page itself does not change while it is read.
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
