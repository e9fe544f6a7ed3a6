// Deciding on a ticket that waits: each verb asks what it needs, and sends it with the tag of what was read, so that
// of two people who read the same only the first changes anything.
import { html, useEffect, useState } from '../ui.js';
import { send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Button } from '../parts.js';
import { complain, say } from '../toast.js';
import { ActionList } from './actions.js';

const TEAMS = ['service-desk', 'second-line', 'duty-lead'];
const note = { name: 'note', label: 'Note (optional)', kind: 'text', rows: 3, maxLength: 5000 };

const QUESTIONS = {
  approve: ({ escalation }) => ({
    title: 'Approve exactly this', action: 'Approve', fields: [note],
    children: html`<${ActionList} actions=${escalation.actions} /><p class="hint">Hash <code class="hash">${escalation.action_hash}</code></p>`,
  }),
  reject: () => ({
    title: 'Reject', action: 'Reject', isDangerous: true, text: 'Nothing is carried out. The requester is told the note.',
    fields: [{ ...note, label: 'Note to the requester (optional)' }],
  }),
  answer: ({ escalation }) => ({
    title: 'Answer the requester', action: 'Send and resolve', text: 'Your answer replaces the proposed one; the ticket is resolved.',
    fields: [{ name: 'answer', label: 'Answer', kind: 'text', rows: 10, maxLength: 20_000, required: true, defaultValue: escalation.proposed_answer ?? '' }],
  }),
  reassign: ({ escalation }) => ({
    title: 'Reassign', action: 'Reassign',
    fields: [{ name: 'assign_to', label: 'Team or person', required: true, maxLength: 200, list: 'teams', defaultValue: escalation.assigned_to }],
    children: html`<datalist id="teams">${TEAMS.map((team) => html`<option value=${team} />`)}</datalist>`,
  }),
  close: () => ({ title: 'Close without an answer', action: 'Close ticket', isDangerous: true, fields: [note] }),
};

// `refresh` reads the ticket anew; `tag` is the ETag of what is on the screen.
export function useDecisions({ ticket, tag, refresh }) {
  const [sent, setSent] = useState(null);
  const isWaiting = ticket?.status === 'escalated' && Boolean(ticket.escalation);
  useEffect(() => {
    if (sent && ticket?.id === sent.ticket) settle(sent, ticket.escalation, () => setSent(null));
  }, [sent, ticket]);

  const decide = async (decision) => {
    const told = await ask(QUESTIONS[decision](ticket));
    const by = told && (await actingName());
    if (!by) return;
    const hash = decision === 'approve' ? { action_hash: ticket.escalation.action_hash } : {};
    const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value.trim()));
    try {
      const taken = await send('POST', `tickets/${ticket.id}/decision`, { decision, by, ...given, ...hash }, { 'If-Match': tag });
      setSent({ id: taken.id, ticket: ticket.id, decision, assignTo: given.assign_to });
    } catch (error) {
      complain(error.status === 412 || error.status === 409 ? `Not done: ${error.message}` : error.message);
    }
    refresh();
  };
  const can = isWaiting && !sent;
  const isPlanned = can && (ticket.escalation.actions.length > 0 || ticket.escalation.proposed_answer);
  useKeys([
    isPlanned && { key: 'a', says: 'Approve', run: () => decide('approve') },
    can && { key: 'x', says: 'Reject', run: () => decide('reject') },
    can && { key: 'e', says: 'Answer and resolve', run: () => decide('answer') },
    can && { key: 's', says: 'Assign to somebody else', run: () => decide('reassign') },
  ]);
  return { decide, isWaiting, isPlanned, isSent: Boolean(sent) };
}

export function DecisionBar({ decisions }) {
  const { decide, isWaiting, isPlanned, isSent } = decisions;
  if (!isWaiting) return null;
  return html`<div class="row decide">
    ${isPlanned && html`<${Button} kind="primary" hotkey="a" disabled=${isSent} onClick=${() => decide('approve')}>Approve<//>`}
    <${Button} kind="danger" hotkey="x" disabled=${isSent} onClick=${() => decide('reject')}>Reject<//>
    <${Button} hotkey="e" disabled=${isSent} onClick=${() => decide('answer')}>Answer<//>
    <${Button} hotkey="s" disabled=${isSent} onClick=${() => decide('reassign')}>Assign<//>
    <${Button} disabled=${isSent} onClick=${() => decide('close')}>Close<//>
    ${isSent && html`<span class="muted" role="status">The ticket is being told …</span>`}
  </div>`;
}

// Two decisions can reach a ticket at the same moment; it says itself which of them counted.
function settle(sent, escalation, over) {
  const decided = escalation?.decided;
  if (sent.decision === 'reassign' && escalation?.assigned_to === sent.assignTo) say(`Assigned to ${sent.assignTo}.`), over();
  else if (decided?.id === sent.id) say(`Done: ${sent.decision}.`), over();
  else if (decided) complain(`Not done: ${decided.by} decided already: ${decided.decision}.`), over();
}
