// Makes elements. Text only ever enters the page as text: there is no HTML string anywhere in these files.

/** An element with properties (`class`, `text`, `on…`, `aria-…`, `data-…` or plain attributes) and children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Show `children` in `node` instead of what was there. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A link that opens elsewhere; an address that could run a script becomes plain text. */
export function link(url, ...children) {
  if (!/^(https?|mailto|tel|slack):/i.test(url)) return el("span", {}, ...children);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

/** Make the arrow keys move the focus within `items` of a list, and `choose` the focused one with Enter. */
export function roving(event, items, choose) {
  const place = items.indexOf(document.activeElement);
  const moves = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 };
  if (event.key in moves && items.length) {
    event.preventDefault();
    items[(moves[event.key] + items.length) % items.length].focus();
  } else if (event.key === "Enter" && place >= 0 && choose) {
    event.preventDefault();
    choose(items[place]);
  }
}

/** Call `work` once nothing has called for it during `milliseconds`. */
export function settled(work, milliseconds) {
  let waiting = 0;
  return (...given) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => work(...given), milliseconds);
  };
}

/** Call `work` at most once in `milliseconds`, never beside itself, and always once more after the last call for it. */
export function paced(work, milliseconds) {
  let wanted = false;
  let busy = false;
  const run = async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await work();
      await new Promise((done) => setTimeout(done, milliseconds));
    }
    busy = false;
  };
  return run;
}
