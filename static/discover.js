// Makes the search for campaigns quicker to use; the page works without it.
document.addEventListener("htmx:configRequest", (event) => {
  // Addresses that people share say only what was asked for.
  const asked = event.detail.parameters;
  for (const name of Object.keys(asked)) if (!asked[name] || (name === "km" && !asked.near)) delete asked[name];
});

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("here");
  if (!button || !navigator.geolocation) return;
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // Two decimals are about a kilometre: near enough, and nobody's address.
        const near = document.getElementById("id_near");
        near.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
        near.dispatchEvent(new Event("change", { bubbles: true }));
      },
      () => { button.parentElement.querySelector("[role=status]").textContent = button.dataset.refused; },
    );
  });
});
