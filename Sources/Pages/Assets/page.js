// Live updates, and nothing else: each page is whole without this file.
"use strict";
(() => {
  const address = document.body.dataset.live;
  const state = document.getElementById("live-state");
  const news = document.getElementById("live-news");
  const button = document.getElementById("live-switch");
  if (!address || !state || !news || !button || !window.EventSource) return;

  // Where the keyboard stands within an element: by id, by name, or by where a link leads.
  const mark = (element) => {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const href = element.getAttribute("href");
    if (href) return `a[href="${CSS.escape(href)}"]`;
    const summary = element.closest("summary")?.parentElement?.id;
    return summary ? `#${CSS.escape(summary)} > summary` : null;
  };

  const isBeingRead = (element) => {
    const selection = window.getSelection();
    return selection && !selection.isCollapsed && element.contains(selection.anchorNode);
  };

  const replace = (markup) => {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    const next = holder.content.firstElementChild;
    const old = next && next.id && document.getElementById(next.id);
    if (!old || isBeingRead(old)) return;
    for (const details of next.querySelectorAll("details[id]")) {
      const shown = document.getElementById(details.id);
      if (shown) details.open = shown.open;
    }
    if (old.isEqualNode(next)) return;
    const active = document.activeElement;
    const place = active && old.contains(active) ? mark(active) : null;
    const scrolled = [...old.querySelectorAll(".scroll")].map((part) => part.scrollLeft);
    const told = next.dataset.news;
    const isNews = told && told !== old.dataset.news;
    old.replaceWith(next);
    next.querySelectorAll(".scroll").forEach((part, index) => {
      part.scrollLeft = scrolled[index] || 0;
    });
    if (place) next.querySelector(place)?.focus({ preventScroll: true });
    if (isNews) news.textContent = told;
  };

  let source = null;
  const close = () => {
    source?.close();
    source = null;
  };
  const open = () => {
    source = new EventSource(address);
    source.addEventListener("fragment", (event) => replace(event.data));
    source.addEventListener("clock", (event) => {
      // Its own markup: one time element.
      state.innerHTML = event.data;
      document.body.classList.remove("is-stale");
    });
    source.addEventListener("ended", (event) => {
      close();
      button.hidden = true;
      state.textContent = event.data;
      document.body.classList.add("is-stale");
    });
    source.onerror = () => {
      document.body.classList.add("is-stale");
      if (!state.textContent.startsWith("Not connected")) {
        state.textContent = `Not connected; trying again. ${state.textContent}`;
      }
      // Refused, as where too many look: browsers do not try again by themselves then.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(() => {
          if (!source && !document.hidden && button.textContent === "Pause updates") open();
        }, 10000);
      }
    };
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    if (source) {
      close();
      button.textContent = "Resume updates";
    } else {
      open();
      button.textContent = "Pause updates";
    }
  });
  // A page that is not seen needs no stream; the server has only so many.
  document.addEventListener("visibilitychange", () => {
    if (button.textContent !== "Pause updates") return;
    if (document.hidden) close();
    else if (!source) open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && !source && button.textContent === "Pause updates") open();
  });
  open();
})();
