/** Demo: choosing a person fills the form. */
for (const button of document.querySelectorAll("[data-seat]")) {
  button.addEventListener("click", () => {
    document.getElementById("id_login").value = button.dataset.seat;
    document.getElementById("id_password").value = "demo";
    document.querySelector('.door form [type="submit"]').focus();
  });
}
