// What belongs to whoever sits at this screen: their name, their theme, the filters they saved.
import { useEffect, useState } from './ui.js';

const NAME = 'helpdesk.operator';
const THEME = 'helpdesk.theme';
const FILTERS = 'helpdesk.filters';
const CHANGED = 'session-changed';

let me = null;

// Whoever the desk knows signs with their own name; the developer of a laptop with any.
export const signedIn = () => (me && me.kind !== 'development' ? me : null);
export const operator = () => signedIn()?.name ?? (localStorage.getItem(NAME) || '');
export const theme = () => localStorage.getItem(THEME) || 'auto';

export function savedFilters() {
  try {
    return JSON.parse(localStorage.getItem(FILTERS) || '[]');
  } catch {
    return [];
  }
}

export function keepMe(told) {
  me = told;
  dispatchEvent(new Event(CHANGED));
}

export function setOperator(name) {
  keep(NAME, name.trim());
}

export function nextTheme() {
  keep(THEME, { auto: 'dark', dark: 'light', light: 'auto' }[theme()]);
  applyTheme();
}

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

export function saveFilter(name, query) {
  const others = savedFilters().filter((filter) => filter.name !== name);
  keep(FILTERS, JSON.stringify([...others, { name, query }]));
}

export function dropFilter(name) {
  keep(FILTERS, JSON.stringify(savedFilters().filter((filter) => filter.name !== name)));
}

// Draws again when any of it changes, in this tab or another.
export function useSession() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const changed = () => redraw((count) => count + 1);
    addEventListener(CHANGED, changed);
    addEventListener('storage', changed);
    return () => {
      removeEventListener(CHANGED, changed);
      removeEventListener('storage', changed);
    };
  }, []);
  return { operator: operator(), signedIn: signedIn(), theme: theme(), filters: savedFilters() };
}

function keep(key, value) {
  localStorage.setItem(key, value);
  dispatchEvent(new Event(CHANGED));
}
