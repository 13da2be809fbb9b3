(() => {
  "use strict";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const clips = [...document.querySelectorAll(".clip")].filter((clip) => clip.querySelector("video")).map(control);

  function control(clip) {
    const video = clip.querySelector("video");
    const play = clip.querySelector(".play");
    const scrub = clip.querySelector(".scrub");
    const clock = clip.querySelector(".clock");
    const playhead = clip.querySelector(".playhead");
    const spans = [...clip.querySelectorAll(".span")];
    const { first, every, count, fps, total } = Object.fromEntries(Object.entries(clip.dataset).map(([k, v]) => [k, Number(v)]));
    let held = still.matches; // paused by the reader: scrolling does not start it again
    let shown = -1;

    video.controls = false;
    clip.querySelector(".transport").hidden = false;
    clip.classList.add("live");
    asBlob(video);

    function draw(picture) {
      const index = Math.min(Math.max(Math.floor(picture + 0.01), 0), count - 1);
      const step = first + every * Math.min(picture, count - 1);
      playhead.style.left = `${Math.min(100, (100 * step) / total)}%`;
      if (index === shown) return;
      shown = index;
      const now = first + every * index;
      scrub.value = index;
      scrub.setAttribute("aria-valuetext", `control step ${now}`);
      clock.textContent = `${(now / 20).toFixed(1)} s · step ${now}`;
      for (const span of spans) span.classList.toggle("now", span.dataset.start <= now && now < span.dataset.end);
    }
    function tick() {
      draw(video.currentTime * fps);
      if (!video.paused) requestAnimationFrame(tick);
    }
    function seek(index) {
      held = true;
      video.pause();
      video.currentTime = (index + 0.5) / fps;
      draw(index);
    }
    function toggle() {
      held = !video.paused;
      if (held) video.pause();
      else video.play().catch(() => {});
    }

    play.addEventListener("click", toggle);
    video.addEventListener("click", toggle);
    scrub.addEventListener("input", () => seek(Number(scrub.value)));
    video.addEventListener("play", () => { play.textContent = "Pause"; requestAnimationFrame(tick); });
    video.addEventListener("pause", () => { play.textContent = "Play"; });
    for (const track of clip.querySelectorAll(".track")) {
      const follow = (event) => {
        const box = track.getBoundingClientRect();
        const step = (total * (event.clientX - box.left)) / box.width;
        seek(Math.min(count - 1, Math.max(0, Math.round((step - first) / every))));
      };
      track.addEventListener("pointerdown", (event) => { track.setPointerCapture(event.pointerId); follow(event); });
      track.addEventListener("pointermove", (event) => { if (track.hasPointerCapture(event.pointerId)) follow(event); });
    }
    draw(0);
    return {
      clip,
      visible(inside) {
        if (!inside) video.pause();
        else if (!held) video.play().catch(() => {});
      },
    };
  }

  // Some browsers seek in a blob and not in a data address.
  function asBlob(video) {
    const [head, body] = video.src.split(",");
    const bytes = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], { type: head.slice(5).split(";")[0] }));
  }

  const watch = new IntersectionObserver(
    (entries) => entries.forEach((entry) => clips.find(({ clip }) => clip === entry.target).visible(entry.isIntersecting)),
    { threshold: 0.35 },
  );
  clips.forEach(({ clip }) => watch.observe(clip));
})();
