// SLA clocks: what is left, and the arithmetic behind it.
import { html } from '../ui.js';
import { absolute, ago, duration } from '../format.js';
import { Facts, Panel, Time } from '../parts.js';

const SOON_S = 3600;

// Read against this machine's clock, because a ticket that has not changed is not sent again.
export function state(clock, now = Date.now()) {
  const isOver = clock.due_at !== null && !clock.stopped_at && now >= new Date(clock.due_at);
  if (clock.stopped_at) return clock.breached ? 'missed' : 'met';
  if (clock.breached || isOver) return 'breached';
  if (clock.paused) return 'paused';
  return (new Date(clock.due_at) - now) / 1000 < SOON_S ? 'soon' : 'running';
}

// The clock in a list: nothing once it has stopped in time.
export function Due({ clock }) {
  const now = state(clock);
  if (now === 'met') return html`<span class="due"></span>`;
  const text = { missed: 'missed', paused: 'paused', breached: clock.due_at ? `due ${ago(clock.due_at)}` : 'overdue' }[now];
  const title = clock.due_at ? `Due ${absolute(clock.due_at)}` : undefined;
  return html`<span class="due ${now}" title=${title}>${text ?? `due ${ago(clock.due_at)}`}</span>`;
}

export function Clocks({ sla }) {
  return html`<${Panel} title="Service level">
    <${Clock} name="First response" clock=${sla.first_response} />
    <${Clock} name="Resolution" clock=${sla.resolution} />
  <//>`;
}

function Clock({ name, clock }) {
  const now = state(clock);
  const used = Math.min(1, clock.elapsed_s / clock.target_s);
  const said = { met: 'met', missed: 'missed', breached: 'breached', paused: 'paused', soon: 'due soon', running: 'running' }[now];
  return html`<div class="clock">
    <div class="row between"><h3>${name}</h3><span class="due ${now}">${said}</span></div>
    <progress class=${now} max="1" value=${used} aria-label="${name}: time used"></progress>
    <${Facts} of=${[
      ['Target', duration(clock.target_s)],
      ['Elapsed', duration(clock.elapsed_s)],
      [clock.remaining_s < 0 ? 'Overdue by' : 'Remaining', duration(Math.abs(clock.remaining_s))],
      [clock.stopped_at ? 'Stopped' : 'Due', clock.stopped_at ? html`<${Time} at=${clock.stopped_at} />` : clock.due_at && html`<${Time} at=${clock.due_at} />`],
    ]} />
    <details><summary>Arithmetic</summary><p class="arithmetic">${clock.arithmetic}</p></details>
  </div>`;
}
