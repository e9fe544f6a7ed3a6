// Where the reader is: `#/queue?status=escalated`. A link to any view can be kept and sent.
import { useEffect, useState } from './ui.js';

export function place() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, id] = path.split('/').map(decodeURIComponent);
  return { view: view || 'queue', id, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function usePlace() {
  const [here, setHere] = useState(place);
  useEffect(() => {
    const moved = () => setHere(place());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return here;
}

export function linkTo(view, id, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value);
  const behind = wanted.length ? `?${new URLSearchParams(wanted)}` : '';
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${behind}`;
}

export function go(view, id, query) {
  location.hash = linkTo(view, id, query);
}
