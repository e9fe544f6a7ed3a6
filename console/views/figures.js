// Figures as a dashboard has them: a value with its trend, and bars that are rows of a table.
import { html } from '../ui.js';
import { count, percent, words } from '../format.js';

// A figure that is not known says why; none is made up.
export function Figure({ name, of, written, title }) {
  const { value, change, before, why } = of;
  return html`<div class="figure">
    <dt>${name}</dt>
    <dd>${value === null ? html`<span class="muted">${why ?? 'not known'}</span>` : html`<span class="value" title=${title}>${written(value)}</span>`}
      ${value !== null && html`<${Trend} change=${change} before=${before} written=${written} />`}</dd>
  </div>`;
}

function Trend({ change, before, written }) {
  if (before === null) return null;
  const was = `${written(before)} in the time before`;
  if (!change) return html`<span class="trend muted">${before === 0 ? was : 'as before'}</span>`;
  return html`<span class="trend muted" title=${was}><span aria-hidden="true">${change > 0 ? '▲' : '▼'}</span> ${percent(Math.abs(change))} ${change > 0 ? 'above' : 'below'} before</span>`;
}

export const Arithmetic = ({ of }) => of && html`<details><summary>Arithmetic</summary><p class="arithmetic">${of}</p></details>`;

export function Bars({ name, of, written = count, tones = {}, none }) {
  const rows = Object.entries(of);
  const most = Math.max(0, ...rows.map(([, value]) => value));
  if (most === 0) return html`<p class="muted">${none}</p>`;
  return html`<table class="table bars"><caption class="unseen">${name}</caption><tbody>
    ${rows.map(([row, value]) => html`<tr key=${row}>
      <th scope="row">${words(row)}</th><td class="amount">${written(value)}</td>
      <td class="share"><meter class="bar ${tones[row] ?? ''}" min="0" max=${most} value=${value} aria-label="${words(row)}: ${written(value)}"></meter></td>
    </tr>`)}
  </tbody></table>`;
}
