// What Streamlit has no element for: copying a quote with its source, and the language that a screen reader reads in.
(() => {
  document.documentElement.lang = "%LANGUAGE%";
  if (window.plansPage) return;
  window.plansPage = true;
  const copy = async (words) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(words);
    const box = document.createElement("textarea");
    box.value = words;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("[data-copy]");
    if (!button) return;
    const label = button.textContent;
    await copy(button.dataset.copy);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 1600);
  });
})();
