// Small comforts; every page works without them. No inline handlers, so that the policy may stay strict.
(() => {
  "use strict";
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const isGerman = document.documentElement.lang === "de";
  const typing = (one) => one && (one.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(one.tagName));

  document.addEventListener("keydown", (event) => {
    const opens = (event.key === "/" && !typing(event.target)) || (event.key === "k" && (event.ctrlKey || event.metaKey));
    if (opens && search) {
      event.preventDefault();
      search.focus();
      search.select();
      // Ctrl+K is the way to every page: all of them are listed before a word is typed.
      if (event.key !== "/") {
        htmx.process(search);  // a key may be quicker than htmx, which begins after the page
        search.dispatchEvent(new Event("palette"));
      }
      return;
    }
    if (!found || !found.firstElementChild) return;
    const links = [...found.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const inside = at >= 0 || document.activeElement === search;
    if (event.key === "Escape" && inside) {
      found.replaceChildren();
      search.focus();
    } else if (event.key === "ArrowDown" && inside && at + 1 < links.length) {
      event.preventDefault();
      links[at + 1].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links[at - 1] || search).focus();
    } else if (event.key === "Enter" && document.activeElement === search && links.length) {
      event.preventDefault();
      links[0].click();
    }
  });
  document.addEventListener("click", (event) => {
    if (found && found.firstElementChild && !event.target.closest(".search")) found.replaceChildren();
  });

  // On a phone the menu begins closed.
  const menu = document.querySelector(".menu");
  const narrow = matchMedia("(max-width: 900px)");
  const fold = () => { if (menu) menu.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);

  // A form that was sent says so, and is not sent twice.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.hasAttribute("hx-post")) return;
    setTimeout(() => { button.setAttribute("aria-busy", "true"); button.disabled = true; });
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const one of document.querySelectorAll("button[aria-busy]")) { one.disabled = false; one.removeAttribute("aria-busy"); }
  });

  // What was not kept is not lost by a wrong click; whoever sends the form wants to go.
  let changed = false;
  document.addEventListener("change", (event) => { if (event.target.closest("#builder")) changed = true; });
  document.addEventListener("submit", () => { changed = null; });
  addEventListener("beforeunload", (event) => {
    if (changed || (changed !== null && document.querySelector("#builder [data-changed]"))) event.preventDefault();
  });

  // The journey editor asks by its form, which stays, whatever part of the page is drawn anew meanwhile.
  document.addEventListener("click", (event) => {
    const button = event.target.closest('.editor button[name="do"], #builder > button[name="do"]');
    const form = button && button.form;
    if (!form || !button.hasAttribute("formaction") || !document.querySelector(".editor") || !window.htmx) return;
    event.preventDefault();
    form.elements.namedItem("do-now").value = button.value;
    form.dispatchEvent(new Event("act"));
    form.elements.namedItem("do-now").value = "";
  });

  // The journey editor: the file shows the step that stands in the form, the keyboard goes to a step that was chosen, and
  // what is typed while an answer is on its way stays.
  const follow = () => {
    const file = document.querySelector(".editor #text");
    const line = Number(document.getElementById("state")?.dataset.line);
    if (!file || !line || document.activeElement === file) return;
    file.scrollTop = (line - 2) * parseFloat(getComputedStyle(file).lineHeight);
  };
  let typed = null;
  document.addEventListener("htmx:before:swap", () => {
    const one = document.activeElement;
    if (one?.closest("#panel") && typing(one)) typed = { id: one.id, value: one.value };
  });
  document.addEventListener("htmx:after:swap", () => {
    follow();
    const next = document.querySelector("[data-focus]");
    const same = typed && document.getElementById(typed.id);
    if (next) {
      next.removeAttribute("data-focus");
      next.focus();
    } else if (same && same.value !== typed.value) {
      same.value = typed.value;
    }
    typed = null;
  });
  follow();

  // Every table can be taken along as it stands. What a spreadsheet would take for a formula is guarded.
  const cell = (one) => {
    const said = one.innerText.replace(/\s+/g, " ").trim();
    const isAmount = /^[-−]?[\d.,\s]+(%|€|×|[A-Z]{3})?$/.test(said);
    const safe = !isAmount && /^[-=+@＝＋－＠]/.test(said) ? "'" + said : said;
    return '"' + safe.replace(/"/g, '""') + '"';
  };
  const offer = () => { for (const one of document.querySelectorAll(".take[hidden]")) one.hidden = false; };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-csv]");
    const table = button && button.parentElement.previousElementSibling.querySelector("table");
    if (!table) return;
    const apart = isGerman ? ";" : ",";
    const lines = [...table.rows].map((row) => [...row.cells].map(cell).join(apart));
    const file = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    const link = Object.assign(document.createElement("a"), { href: file, download: table.caption.textContent.trim() + ".csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), 10_000);
  });
  document.addEventListener("htmx:after:swap", offer);
  offer();

  // The map of products: closer and farther by buttons, by Ctrl and the wheel; dragged by mouse or finger.
  const map = document.querySelector("svg.map");
  if (map) {
    const whole = map.viewBox.baseVal, all = [whole.x, whole.y, whole.width, whole.height];
    let at = [...all], from = null, moved = false;
    const show = () => map.setAttribute("viewBox", at.join(" "));
    const zoom = (factor, x = at[0] + at[2] / 2, y = at[1] + at[3] / 2) => {
      const width = Math.min(Math.max(at[2] * factor, all[2] / 8), all[2]), share = width / at[2];
      at = [x - (x - at[0]) * share, y - (y - at[1]) * share, width, at[3] * share];
      if (width >= all[2]) at = [...all];
      show();
    };
    document.querySelector(".zoom").hidden = false;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (button) Number(button.dataset.zoom) ? zoom(Number(button.dataset.zoom)) : zoom(Infinity);
    });
    const spot = (event) => {
      const box = map.getBoundingClientRect();
      return [at[0] + (event.clientX - box.left) / box.width * at[2], at[1] + (event.clientY - box.top) / box.height * at[3]];
    };
    map.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 0.85 : 1.18, ...spot(event));
    }, { passive: false });
    map.addEventListener("pointerdown", (event) => { from = at[2] < all[2] ? spot(event) : null; moved = false; });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = spot(event);
      if (Math.hypot(x - from[0], y - from[1]) > at[2] / 200) moved = true;
      at = [at[0] + from[0] - x, at[1] + from[1] - y, at[2], at[3]];
      show();
    });
    addEventListener("pointerup", () => { from = null; });
    map.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
    map.addEventListener("dragstart", (event) => event.preventDefault());
  }

  // A slider writes into its field, and follows it.
  const number = (said) => parseFloat(String(said).replace(",", ".")) || 0;
  for (const one of document.querySelectorAll("[data-slides]")) {
    const field = document.getElementById(one.dataset.slides);
    one.hidden = false;
    one.value = number(field.value || one.dataset.now);
    one.addEventListener("input", () => { field.value = (isGerman ? one.value.replace(".", ",") : one.value) + one.dataset.unit; });
    field.addEventListener("input", () => { one.value = number(field.value || one.dataset.now); });
  }
})();
