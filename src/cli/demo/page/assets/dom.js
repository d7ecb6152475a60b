// Making elements: text is only ever text, so that nothing that people write becomes markup.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (key === "data") for (const [name, text] of Object.entries(value)) node.dataset[name] = text;
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  put(node, children);
  return node;
}

export function put(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child);
  }
  return node;
}

export const $ = (id) => document.getElementById(id);

// Shows these nodes in this order, and touches nothing that stands right already: focus and selection stay.
export function arrange(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

// Nodes by key, made anew only when what they show has changed; not while somebody has a menu of it open.
export class Kept {
  #nodes = new Map();

  get(key, shows, make) {
    const kept = this.#nodes.get(key);
    if (kept && (kept.shows === shows || kept.node.querySelector(".menu:not([hidden])"))) return kept.node;
    const node = make();
    this.#nodes.set(key, { shows, node });
    return node;
  }

  only(keys) {
    const wanted = new Set(keys);
    for (const key of this.#nodes.keys()) if (!wanted.has(key)) this.#nodes.delete(key);
  }
}
