"""An id → the page scrolled to it, and the outline to where it stands."""

import json

import streamlit as st

# Streamlit keeps the elements of the run before until a run has ended, so the place may still move for a moment
_SCRIPT = """<script>
(() => {
  let calm = 0, rounds = 0, last = null;
  const settle = () => {
    const target = document.getElementById(%s);
    if (target) {
      const top = Math.round(target.getBoundingClientRect().top);
      if (top === last) calm += 1; else calm = 0;
      if (calm === 0) target.scrollIntoView({block: %s});
      last = Math.round(target.getBoundingClientRect().top);
    }
    if (calm < 4 && ++rounds < 40) setTimeout(settle, 60);
  };
  settle();
  const here = document.querySelector(".plan-outline [aria-current]");
  const outline = here && here.parentElement;
  if (here) outline.scrollTop += here.getBoundingClientRect().top - outline.getBoundingClientRect().top - 90;
})();  // %d
</script>"""


def scroll_to(anchor: str, *, block: str = "start", place: int = 0) -> None:
    """Scroll to the element with an id of the product's own making; ``block`` is where in the window it comes to lie.

    ``place`` tells apart places that have the id one after the other: the browser runs a script again only if it differs.
    """
    st.html(_SCRIPT % (json.dumps(anchor), json.dumps(block), place), unsafe_allow_javascript=True)
