// The language of the page: the one in the address, else the one chosen last, else Chinese. It runs before anything is drawn.
const ENGLISH = (() => {
  const given = new URLSearchParams(location.search).get("lang");
  try {
    if (given) localStorage.setItem("language", given);
    return (given ?? localStorage.getItem("language")) === "en";
  } catch {
    return given === "en"; // where a browser keeps nothing for pages opened from a folder
  }
})();
document.documentElement.lang = ENGLISH ? "en" : "zh-CN";
