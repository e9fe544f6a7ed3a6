// What was said: the requester's words, the answer with what it cites, operators' messages and internal notes.
import { html } from '../ui.js';
import { send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { Markdown } from '../markdown.js';
import { Panel, Time } from '../parts.js';
import { attempt } from '../toast.js';

export function Conversation({ ticket }) {
  const { description, messages, answer, resolved_at: at, created_at: asked, requester, language, escalation } = ticket;
  const byPerson = escalation?.decided?.answer === answer;
  const said = [
    { at: asked, who: requester.name || requester.id, kind: 'requester', text: description ?? 'The text is not kept any more.' },
    ...messages.map((message) => ({
      at: message.at, text: message.text, kind: message.internal ? 'internal' : message.sender,
      who: message.internal ? 'Internal note' : message.sender === 'operator' ? 'Operator' : requester.name || requester.id,
    })),
    answer && { at: at ?? ticket.updated_at, text: answer, kind: 'desk', who: byPerson ? escalation.decided.by : 'Desk' },
  ].filter(Boolean);
  return html`<${Panel} title="Conversation">
    <ol class="talk">
      ${said.sort((one, other) => new Date(one.at) - new Date(other.at)).map(
        ({ at: when, who, kind, text }, index) => html`<li key=${index} class="said ${kind}">
          <header><strong>${who}</strong> <span class="muted"><${Time} at=${when} /></span></header>
          ${kind === 'desk' || kind === 'operator' ? html`<${Markdown} text=${text} lang=${language} />` : html`<p class="plain-text" lang=${kind === 'requester' ? language : undefined}>${text}</p>`}
        </li>`,
      )}
    </ol>
  <//>`;
}

export function Citations({ citations }) {
  if (citations.length === 0) return null;
  return html`<${Panel} title="Knowledge used">
    <ul class="plain">${citations.map(({ id, title, section }) => html`<li key=${id + section}>${title}${section ? ` › ${section}` : ''} <code class="muted">${id}</code></li>`)}</ul>
  <//>`;
}

export async function write(ticket, isInternal, refresh) {
  const told = await ask({
    title: isInternal ? 'Internal note' : 'Reply to the requester', action: isInternal ? 'Keep note' : 'Send',
    text: isInternal ? 'The requester does not see it, and it reopens nothing.' : 'You take over the conversation: the agents no longer answer by themselves.',
    fields: [{ name: 'text', label: isInternal ? 'Note' : 'Message', kind: 'text', rows: 7, required: true, maxLength: 20_000 }],
  });
  const by = told && (await actingName());
  if (!by) return;
  // A message carries no name of its own, so the note says who wrote it.
  const text = isInternal ? `${by}: ${told.text}` : told.text;
  const body = { from: 'operator', text, internal: isInternal };
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  await attempt(() => send('POST', `tickets/${ticket.id}/messages`, body, headers), isInternal ? 'The note is kept.' : 'The message is on its way.');
  refresh();
}
