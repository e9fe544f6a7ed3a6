// The keyboard: each part of the page says which keys it answers to and what they do; the newest part wins.
import { useEffect, useRef } from './ui.js';

const registered = [];
let chord = '';
let chordTimer = 0;

// `bindings` are {key, says, run, hidden?}; a key such as 'g q' is two, one after the other.
export function useKeys(bindings) {
  const current = useRef(bindings);
  current.current = bindings;
  useEffect(() => {
    registered.push(current);
    return () => registered.splice(registered.indexOf(current), 1);
  }, []);
}

// What can be done here and now, the nearest first; each key once.
export function bindingsNow() {
  const found = new Map();
  for (const { current } of [...registered].reverse()) {
    for (const binding of current) if (binding && !found.has(binding.key)) found.set(binding.key, binding);
  }
  return [...found.values()];
}

export function listenToKeys() {
  addEventListener('keydown', (event) => {
    const isPalette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
    if (!isPalette && (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isInDialog())) return;
    const pressed = isPalette ? 'Ctrl-K' : event.key;
    const wanted = chord ? `${chord} ${pressed}` : pressed;
    const all = bindingsNow();
    const binding = all.find(({ key }) => key === wanted);
    setChord(!binding && all.some(({ key }) => key.startsWith(`${wanted} `)) ? wanted : '');
    if (!binding || (pressed === 'Enter' && isOwnButton(event.target))) return;
    event.preventDefault();
    binding.run();
  });
}

function setChord(keys) {
  clearTimeout(chordTimer);
  chord = keys;
  if (keys) chordTimer = setTimeout(() => setChord(''), 1500);
}

const isTyping = (target) => target.matches?.('input, textarea, select, [contenteditable]');
const isInDialog = () => document.querySelector('dialog[open]') !== null;
// Enter on a link or a button is that control's own.
const isOwnButton = (target) => target.matches?.('a, button, summary');
