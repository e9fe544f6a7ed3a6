// A list that is walked with j and k, and opened with Enter.
import { html, useEffect, useRef, useState } from './ui.js';
import { useKeys } from './keys.js';

// `selected` is an id, so that the choice stays on its line while lines come and go around it.
export function useSelection(items, open) {
  const [selected, setSelected] = useState(null);
  const index = items.findIndex((item) => item.id === selected);
  const step = (by) => {
    const next = items[Math.max(0, Math.min(items.length - 1, index < 0 ? 0 : index + by))];
    if (next) setSelected(next.id);
  };
  useKeys([
    { key: 'j', says: 'Next line', run: () => step(1) },
    { key: 'k', says: 'Line before', run: () => step(-1) },
    { key: 'Enter', says: 'Open', run: () => index >= 0 && open?.(items[index]) },
  ]);
  return { selected, setSelected, item: index >= 0 ? items[index] : null };
}

// One line; the whole of it is a link, so that it opens in a new tab as any link does.
export function Line({ id, href, isSelected, onClick, className = '', children }) {
  const line = useRef();
  useEffect(() => {
    if (isSelected) line.current.scrollIntoView({ block: 'nearest' });
  }, [isSelected]);
  return html`<li ref=${line} class="line ${className} ${isSelected ? 'selected' : ''}" data-id=${id}>
    <a href=${href} aria-current=${isSelected ? 'true' : undefined} onClick=${onClick}>${children}</a>
  </li>`;
}
