/* passend: recommendations in a shop's pages. Apache-2.0. No cookie, no fingerprint, no dependency.
   <script src="https://passend.example/v1/widget.js" data-key="pk_..." defer></script>
   <div data-passend="product_page" data-product="P1"></div>
   and in the shop's stylesheet: [data-passend] { height: 320px } */
(function () {
  "use strict";
  var me = document.currentScript;
  if (!me || window.passendOff) return;
  var key = me.getAttribute("data-key") || "";
  var base = me.getAttribute("data-url") || new URL(me.src, location.href).origin;
  var wait = Number(me.getAttribute("data-timeout")) || 1500;
  var link = me.getAttribute("data-link") || "/product/{id}";
  var image = me.getAttribute("data-image") || "";
  var words = {
    de: { product_page: "Passend dazu", cart: "Passt zu Ihrem Warenkorb", checkout: "Noch etwas dazu?",
      confirmation: "Das passt als Nächstes", article: "Dazu passt" },
    en: { product_page: "Pair it with", cart: "Goes with your cart", checkout: "Anything to go with it?",
      confirmation: "What fits next", article: "Goes with this" }
  };

  function language(place) {
    var said = place.getAttribute("data-language") || document.documentElement.lang || "en";
    return said.slice(0, 2).toLowerCase() === "de" ? "de" : "en";
  }

  function list(text) {
    return (text || "").split(",").map(function (one) { return one.trim(); }).filter(Boolean);
  }

  function question(place) {
    var asked = { key: key, placement: place.getAttribute("data-passend") };
    [["product", "product"], ["customer-token", "customer_token"], ["visit", "visit"], ["intent", "intent"],
      ["fallback", "fallback"]].forEach(function (pair) {
      var said = place.getAttribute("data-" + pair[0]) || me.getAttribute("data-" + pair[0]);
      if (said) asked[pair[1]] = said;
    });
    asked.cart = list(place.getAttribute("data-cart"));
    asked.exclude = list(place.getAttribute("data-exclude"));
    asked.limit = Math.min(Math.max(Number(place.getAttribute("data-limit")) || 4, 1), 20);
    return asked;
  }

  function ask(place) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, wait);
    /* text/plain needs no question of the browser beforehand: one way to the server less. */
    return fetch(base + "/v1/recommendations", {
      method: "POST", body: JSON.stringify(question(place)), headers: { "Content-Type": "text/plain" },
      credentials: "omit", mode: "cors", signal: stop.signal
    }).then(function (answer) {
      return answer.ok ? answer.json() : { items: [] };
    }).finally(function () { clearTimeout(timer); });
  }

  function element(name, kind, text) {
    var made = document.createElement(name);
    made.className = "passend-" + kind;
    if (text !== undefined) made.textContent = text; /* never as HTML: names come from outside */
    return made;
  }

  function money(item, tongue) {
    if (item.price_cents === null || !item.currency) return "";
    try {
      var form = new Intl.NumberFormat(tongue, { style: "currency", currency: item.currency });
      return form.format(item.price_cents / Math.pow(10, form.resolvedOptions().maximumFractionDigits));
    } catch (error) { return ""; }
  }

  function address(pattern, item) {
    var url = new URL(pattern.replace("{id}", encodeURIComponent(item.product_id)), location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  }

  function layer(event, place, answer, items) {
    var name = place.getAttribute("data-passend");
    (window.dataLayer = window.dataLayer || []).push({
      event: event,
      ecommerce: {
        item_list_id: answer.recommendation_id, item_list_name: "passend " + name,
        items: items.map(function (item) {
          return { item_id: item.product_id, item_name: item.name, index: answer.items.indexOf(item) };
        })
      }
    });
  }

  function show(place, answer) {
    var tongue = language(place);
    var name = place.getAttribute("data-passend");
    var box = element("section", "box");
    var head = place.getAttribute("data-title") || words[tongue][name] || words[tongue].product_page;
    box.setAttribute("aria-label", head);
    box.appendChild(element("h2", "head", head));
    var rows = box.appendChild(element("ul", "list"));
    answer.items.forEach(function (item) {
      var go = rows.appendChild(element("li", "item")).appendChild(element("a", "link"));
      go.href = address(link, item);
      if (image) {
        var picture = go.appendChild(element("img", "image"));
        picture.alt = "";
        picture.loading = "lazy";
        picture.src = address(image, item);
      }
      go.appendChild(element("span", "name", item.name));
      var price = money(item, tongue);
      if (price) go.appendChild(element("span", "price", price));
      go.addEventListener("click", function () { layer("select_item", place, answer, [item]); });
    });
    place.replaceChildren(box);
    layer("view_item_list", place, answer, answer.items);
  }

  function fill(place) {
    if (place.passendAsked) return;
    place.passendAsked = true;
    /* The shop's stylesheet reserves the height; whatever a script reserves comes after the first paint and moves
       the page. What is shown never grows beyond it. */
    var height = place.offsetHeight;
    ask(place).then(function (answer) {
      if (window.passendOff || !answer.items || !answer.items.length) return;
      if (height) {
        place.style.height = height + "px";
        place.style.overflow = "auto";
      }
      /* Without a reserved height it may appear only where nothing below it moves: out of sight. */
      if (height || place.getBoundingClientRect().top > window.innerHeight) show(place, answer);
      else if (place.getAttribute("data-late") === "show") show(place, answer);
    }).catch(function () { /* the page goes on without us */ });
  }

  function all() {
    Array.prototype.slice.call(document.querySelectorAll("[data-passend]")).forEach(function (place) {
      try { fill(place); } catch (error) { /* likewise */ }
    });
  }

  function begin() {
    var waits = me.getAttribute("data-consent");
    if (waits === "wait" && !window.passendConsent) document.addEventListener("passend:consent", all, { once: true });
    else all();
  }

  window.passend = { refresh: all };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
