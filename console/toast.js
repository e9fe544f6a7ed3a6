// A line that says what became of what was just done; screen readers hear it.
import { html, useEffect, useState } from './ui.js';

const SHOWN_MS = 7000;
let add = () => {};

export const say = (text) => add({ text, kind: 'good' });
export const complain = (text) => add({ text, kind: 'bad' });

// Run what a person asked for; where it fails they are told, and false comes back.
export async function attempt(work, done) {
  try {
    const result = await work();
    if (done) say(done);
    return result ?? true;
  } catch (error) {
    complain(error.message);
    return false;
  }
}

export function Toasts() {
  const [toasts, setToasts] = useState([]);
  useEffect(() => {
    let number = 0;
    add = (toast) => {
      const id = (number += 1);
      setToasts((shown) => [...shown.slice(-2), { ...toast, id }]);
      setTimeout(() => setToasts((shown) => shown.filter((one) => one.id !== id)), SHOWN_MS);
    };
  }, []);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map(({ id, text, kind }) => html`<div key=${id} class="toast ${kind}">${text}</div>`)}
  </div>`;
}
