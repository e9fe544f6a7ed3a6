// What voters think of dangerous actions: advice for whoever decides, never a decision.
import { html } from '../ui.js';
import { percent } from '../format.js';

const TONES = { fitting: 'good', 'not fitting': 'bad', undecided: 'warn' };

export const Advice = ({ advice }) => html`<section class="advice" aria-label="What voters think">
  <h3>What voters think <span class="badge ${TONES[advice.says]}">${advice.says}</span></h3>
  <table class="table">
    <thead><tr>${['Voter', 'Holds it', 'Sure', 'Why'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>${advice.opinions.map((opinion) => html`<${Row} key=${opinion.voter} opinion=${opinion} />`)}</tbody>
  </table>
</section>`;

function Row({ opinion }) {
  const { voter, fitting, confidence, why, error } = opinion;
  if (error) return html`<tr><td>${voter}</td><td><span class="badge muted">no answer</span></td><td>–</td><td class="bad-text">${error}</td></tr>`;
  const holds = fitting === null ? 'abstains' : fitting ? 'fitting' : 'not fitting';
  return html`<tr><td>${voter}</td><td><span class="badge ${TONES[holds] ?? 'muted'}">${holds}</span></td><td>${fitting === null ? '–' : percent(confidence)}</td><td>${why}</td></tr>`;
}
