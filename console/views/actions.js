// The exact actions that are asked for, or were carried out: every argument, as it will be sent.
import { html, useState } from '../ui.js';
import { send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { words } from '../format.js';
import { Button, Panel } from '../parts.js';
import { attempt } from '../toast.js';

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

// What was done for a ticket; what can be put back is put back from here, by name and once.
export function CarriedOut({ ticket, refresh }) {
  const [undone, setUndone] = useState([]);
  const undo = async ({ id, summary }) => {
    const told = await ask({
      title: 'Put this back?', action: 'Undo', isDangerous: true, text: summary,
      fields: [{ name: 'note', label: 'Note (optional)', kind: 'text', rows: 3, maxLength: 5000 }],
    });
    const by = told && (await actingName());
    if (!by) return;
    const note = told.note.trim() ? { note: told.note } : {};
    const path = `tickets/${encodeURIComponent(ticket.id)}/actions/${encodeURIComponent(id)}/undo`;
    if (await attempt(() => send('POST', path, { by, ...note }), 'Put back.')) setUndone((before) => [...before, id]);
    refresh();
  };
  if (ticket.actions.length === 0) return null;
  return html`<${Panel} title="Carried out"><ul class="done-list">
    ${ticket.actions.map((result, index) => html`<${Result} key=${result.id || index} result=${result} isUndone=${undone.includes(result.id)} undo=${() => undo(result)} />`)}
  </ul><//>`;
}

function Result({ result, isUndone, undo }) {
  const { kind, summary, changed, reversible, before, after } = result;
  return html`<li>
    <div class="row between"><span><strong>${words(kind)}</strong>: ${summary} ${changed === false ? html`<span class="muted">(nothing left to do)</span>` : ''}</span>
      ${isUndone ? html`<span class="badge muted">put back</span>` : reversible && changed && html`<${Button} onClick=${undo} aria-label="Undo: ${words(kind)}">Undo<//>`}</div>
    ${(before || after) && html`<details><summary>From, to</summary><code>${JSON.stringify(before)} → ${JSON.stringify(after)}</code></details>`}
  </li>`;
}
