// A list beside the thing that is chosen from it; on a phone one or the other.
import { html, useEffect, useRef } from '../ui.js';
import { Line, useSelection } from '../list.js';
import { useKeys } from '../keys.js';
import { Empty, More, Shown } from '../parts.js';
import { go, linkTo, place } from '../router.js';

// `line` draws what stands in the list, `children` the one that is chosen; `listing` is that of useListing.
export function Split({ view, title, id, query, listing, line, empty, head, children }) {
  const items = listing.items ?? [];
  const open = (item) => go(view, item.id, query);
  const { selected, setSelected } = useSelection(items, open);
  const walkedTo = useRef(null);
  // An address that is only the echo of a step must not undo the next one.
  useEffect(() => {
    if (id && id !== walkedTo.current) setSelected(id);
  }, [id]);
  // Walking through the list shows each as it comes, where there is room for both.
  useEffect(() => {
    if (!selected || selected === place().id || !isWide()) return;
    walkedTo.current = selected;
    open({ id: selected });
  }, [selected]);
  useKeys([{ key: 'u', says: 'Back to the list', run: () => go(view, null, query) }]);
  return html`<div class="view split ${id ? 'has-chosen' : ''}">
    <div class="split-list">
      <header class="view-head"><h1>${title}</h1>${head}</header>
      <${Shown} of=${{ data: listing.items, error: listing.error, refresh: listing.refresh }} empty=${empty}>
        ${() => html`<ul class="lines" aria-label=${title}>
            ${items.map((item) => html`<${Line} key=${item.id} id=${item.id} href=${linkTo(view, item.id, query)} isSelected=${item.id === (id ?? selected)}>${line(item)}<//>`)}
          </ul>
          <${More} listing=${listing} />`}
      <//>
    </div>
    <div class="split-chosen">
      ${id ? html`<a class="back" href=${linkTo(view, null, query)}>${title}</a>${children}` : html`<${Empty} title="Nothing chosen">Choose a line, or walk with j and k.<//>`}
    </div>
  </div>`;
}

const isWide = () => matchMedia('(min-width: 901px)').matches;
