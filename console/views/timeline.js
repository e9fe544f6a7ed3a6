// What was done, by which agent, and how long it took; it grows while the desk works.
import { html } from '../ui.js';
import { duration, moment, seconds, words } from '../format.js';
import { Panel, Time } from '../parts.js';

const WORKING = ['new', 'in_progress'];

export function Timeline({ ticket }) {
  const { steps, status } = ticket;
  const longest = Math.max(0.001, ...steps.map((step) => seconds(step.started_at, step.completed_at)));
  return html`<${Panel} title="Timeline" aside=${html`<span class="muted">${steps.length} steps</span>`}>
    <ol class="timeline" aria-live="polite">
      ${steps.map((step, index) => html`<${StepLine} key=${index} step=${step} longest=${longest} />`)}
      ${WORKING.includes(status) && html`<li class="step now"><span class="dot" aria-hidden="true"></span><span>Working …</span></li>`}
    </ol>
  <//>`;
}

function StepLine({ step, longest }) {
  const { name, agent, model, outcome, started_at: from, completed_at: to } = step;
  const took = seconds(from, to);
  const isBad = outcome.startsWith('failed');
  return html`<li class="step ${isBad ? 'bad' : ''}">
    <span class="dot" aria-hidden="true"></span>
    <span class="step-name">${words(name)}</span>
    <span class="muted step-who">${[agent, model].filter(Boolean).join(' · ')}</span>
    <span class="step-outcome">${outcome === 'done' ? '' : outcome}</span>
    <meter class="bar" min="0" max=${longest} value=${took} aria-hidden="true"></meter>
    <span class="muted took" title="from ${moment(from)}">${duration(took)}</span>
  </li>`;
}

export function Events({ events }) {
  if (!events?.length) return null;
  return html`<${Panel} title="Lifecycle">
    <ol class="plain events">${events.map((event) => html`<li key=${event.id}><${Time} at=${event.time} /> <span>${words(event.type.split('.').at(-1))}</span></li>`)}</ol>
  <//>`;
}
