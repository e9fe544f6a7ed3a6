// What a person decides from: why they are asked, what would be done, what the agents saw and tried.
import { html } from '../ui.js';
import { Facts, Panel, Time } from '../parts.js';
import { Markdown } from '../markdown.js';
import { ActionList } from './actions.js';
import { Advice } from './advice.js';
import { DecisionBar } from './deciding.js';

export function EscalationPanel({ ticket, decisions }) {
  const { escalation, language } = ticket;
  if (!escalation) return null;
  const { decided, refused = [], tried, actions, proposed_answer: proposed } = escalation;
  const isWaiting = ticket.status === 'escalated';
  return html`<${Panel} title=${isWaiting ? 'Waiting for a person' : 'Was with a person'} class="panel ${isWaiting ? 'asks' : ''}"
    aside=${escalation.breached ? html`<span class="badge bad">nobody decided in time</span>` : null}>
    <p class="reason">${escalation.reason}</p>
    <${Facts} of=${[
      ['With', escalation.assigned_to],
      ['Since', html`<${Time} at=${escalation.opened_at} relative />`],
      ['Rung', escalation.rung],
      ['Approvals', escalation.approvals_needed > 1 && `${escalation.approvals.length} of ${escalation.approvals_needed} people${escalation.approvals.length ? `: ${escalation.approvals.map(({ by }) => by).join(', ')}` : ''}`],
      ['Approve until', escalation.expires_at && isWaiting && html`<${Time} at=${escalation.expires_at} relative />`],
      ['Next rung', escalation.rung_due_at && isWaiting && html`<${Time} at=${escalation.rung_due_at} relative />`],
    ]} />
    <h3>What would be done</h3>
    <${ActionList} actions=${actions} />
    ${actions.length > 0 && html`<p class="hint">Hash of exactly these actions <code class="hash">${escalation.action_hash}</code></p>`}
    ${proposed && html`<h3>Proposed answer</h3><div class="quote"><${Markdown} text=${proposed} lang=${language} /></div>`}
    ${escalation.advice && html`<${Advice} advice=${escalation.advice} />`}
    ${tried.length > 0 && html`<h3>What the agents saw and tried</h3><ol class="plain">${tried.map((one, index) => html`<li key=${index}>${one}</li>`)}</ol>`}
    ${ticket.reasons?.length > 0 && html`<h3>Why it was classified so</h3><ul class="plain">${ticket.reasons.map((one, index) => html`<li key=${index}>${one}</li>`)}</ul>`}
    ${decided && html`<p class="decided"><strong>${decided.by}</strong> decided <strong>${decided.decision}</strong> <${Time} at=${decided.at} />${decided.note ? `: ${decided.note}` : ''}</p>`}
    ${refused.map((one, index) => html`<p key=${index} class="muted">${one.by}: ${one.decision} did not count, ${one.why}</p>`)}
    <${DecisionBar} decisions=${decisions} />
  <//>`;
}
