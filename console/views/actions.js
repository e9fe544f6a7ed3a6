// The exact actions that are asked for, or were carried out: every argument, as it will be sent.
import { html } from '../ui.js';
import { words } from '../format.js';

export function ActionList({ actions }) {
  if (actions.length === 0) return html`<p class="muted">No change is asked for: only the answer.</p>`;
  return html`<ol class="actions">
    ${actions.map(
      ({ kind, ...more }, index) => html`<li key=${index}>
        <strong>${words(kind)}</strong>
        <dl class="arguments">${Object.entries(more).map(([name, value]) => html`<div key=${name}><dt>${words(name)}</dt><dd><code>${typeof value === 'string' ? value : JSON.stringify(value)}</code></dd></div>`)}</dl>
      </li>`,
    )}
  </ol>`;
}

export const Results = ({ results }) => html`<ul class="plain">
  ${results.map(({ kind, summary, changed }, index) => html`<li key=${index}><strong>${words(kind)}</strong>: ${summary} ${changed === false ? html`<span class="muted">(nothing left to do)</span>` : ''}</li>`)}
</ul>`;
