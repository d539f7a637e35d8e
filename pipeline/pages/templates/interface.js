byId("origin").textContent = location.origin;
