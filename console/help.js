// The keys that work here and now.
import { html, useLayoutEffect, useRef, useState } from './ui.js';
import { bindingsNow } from './keys.js';

export function Help({ close }) {
  const box = useRef();
  const [bindings] = useState(bindingsNow);
  // Before the next key is heard, so that what is typed at once goes into it.
  useLayoutEffect(() => box.current.showModal(), []);
  return html`<dialog ref=${box} class="dialog" aria-labelledby="help-title" onClose=${close}>
    <h2 id="help-title">Keys</h2>
    <dl class="keys">${bindings.map(({ key, says }) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${says}</dd></div>`)}</dl>
    <div class="row end"><button type="button" class="button" autofocus onClick=${() => box.current.close()}>Close</button></div>
  </dialog>`;
}
