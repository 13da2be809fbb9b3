// A clip plays while the pointer rests on it, and is started and stopped by a click or a key.
for (const clip of document.querySelectorAll(".film video")) {
  const mark = () => clip.parentElement.classList.toggle("still", clip.paused);
  const play = () => clip.play().catch(() => {});
  const turn = () => (clip.paused ? play() : clip.pause());
  clip.controls = false;
  clip.tabIndex = 0;
  clip.addEventListener("play", mark);
  clip.addEventListener("pause", mark);
  clip.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") play(); });
  clip.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") clip.pause(); });
  clip.addEventListener("click", (event) => { if (event.pointerType !== "mouse") turn(); });
  clip.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") { event.preventDefault(); turn(); }
  });
  mark();
}
