for (const slide of document.querySelectorAll("input.slide")) {
  const over = slide.previousElementSibling.querySelector(".over");
  slide.addEventListener("input", () => { over.style.clipPath = `inset(0 ${100 - slide.value}% 0 0)`; });
}
