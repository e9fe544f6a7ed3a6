// The command palette: everything that has a key, every view, and any ticket by its words.
import { html, useEffect, useLayoutEffect, useRef, useState } from './ui.js';
import { address, read } from './api.js';
import { bindingsNow } from './keys.js';
import { go } from './router.js';

const MOST = 12;
const PATIENCE_MS = 150;

export function Palette({ close }) {
  const box = useRef();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [tickets, setTickets] = useState([]);
  // Taken when it opens: inside the dialog the page's own keys are silent.
  const [commands] = useState(() => bindingsNow().filter(({ isHidden, key }) => !isHidden && key !== 'Ctrl-K'));
  // Before the next key is heard, so that what is typed at once goes into it.
  useLayoutEffect(() => box.current.showModal(), []);
  useEffect(() => findTickets(text, setTickets), [text]);

  const fitting = commands.filter(({ says }) => fits(says, text));
  const options = [
    ...fitting.map((command) => ({ id: command.key, label: command.says, hint: command.key, run: command.run })),
    ...tickets.map((ticket) => ({ id: ticket.id, label: ticket.subject, hint: ticket.requester.id, run: () => go('ticket', ticket.id) })),
  ].slice(0, MOST);
  const chosen = Math.min(at, options.length - 1);
  const run = (option) => {
    box.current.close();
    option?.run();
  };
  const move = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) event.preventDefault(), setAt((chosen + by + options.length) % options.length);
    if (event.key === 'Enter') event.preventDefault(), run(options[chosen]);
  };
  return html`<dialog ref=${box} class="dialog palette" aria-label="Command palette" onClose=${close}>
    <input
      class="input" role="combobox" aria-expanded="true" aria-controls="palette-options" aria-label="Command or ticket"
      aria-activedescendant=${options.length ? `option-${chosen}` : undefined}
      placeholder="Type a command, or words of a ticket" autofocus autocomplete="off" value=${text}
      onInput=${(event) => (setText(event.target.value), setAt(0))} onKeyDown=${move}
    />
    <ul id="palette-options" role="listbox" aria-label="Results" class="options">
      ${options.map(
        (option, index) => html`<li
          key=${option.id} id="option-${index}" role="option" aria-selected=${index === chosen}
          onClick=${() => run(option)} onMouseMove=${() => setAt(index)}
        ><span>${option.label}</span><kbd>${option.hint}</kbd></li>`,
      )}
    </ul>
    ${options.length === 0 && html`<p class="hint">Nothing is called so.</p>`}
  </dialog>`;
}

const fits = (says, text) => text.toLowerCase().split(/\s+/).every((word) => says.toLowerCase().includes(word));

function findTickets(text, show) {
  if (text.trim().length < 2) return show([]);
  const ending = new AbortController();
  const timer = setTimeout(async () => {
    try {
      const path = address('tickets', { q: text.trim(), fields: 'id,subject,requester', limit: 6 });
      show((await read(path, { signal: ending.signal })).body.items);
    } catch {
      // The commands are still there; whatever is wrong with the desk, the view behind says so.
    }
  }, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    ending.abort();
  };
}
