/* The shop's own code, as the set-up page prints it; the key stands in the page. A strict policy allows no inline script. */
(function (w, d, u) {
  w.cc = w.cc || function () { (w.cc.q = w.cc.q || []).push([].slice.call(arguments)); };
  var s = d.createElement("script");
  s.async = true;
  s.src = u;
  d.head.appendChild(s);
})(window, document, "/w/v1.js");
cc("init", { key: document.body.dataset.key, locale: document.documentElement.lang });
if (document.body.dataset.identity) {
  cc("identify", { id: document.body.dataset.customer, token: document.body.dataset.identity });
}
// A real shop asks its visitors first; this one has no other visitors than you.
cc("consent", true);

document.querySelectorAll("[data-ask]").forEach(function (button) {
  button.addEventListener("click", function () { cc("newMessage", button.dataset.ask); });
});
var basket = { items: 0, total: 0 };
document.querySelectorAll("[data-add]").forEach(function (button) {
  button.addEventListener("click", function () {
    basket.items += 1;
    basket.total += Number(button.dataset.price);
    document.querySelector("[data-count]").textContent = String(basket.items);
    cc("track", "cart.added", { product: button.dataset.add });
    cc("page", { basket: basket });
  });
});
document.querySelectorAll("[data-sizes] button").forEach(function (button) {
  button.addEventListener("click", function () {
    button.parentNode.querySelectorAll("button").forEach(function (other) {
      other.setAttribute("aria-pressed", String(other === button));
    });
  });
});
