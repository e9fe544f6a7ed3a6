// One question at a time, in the browser's own modal dialog: it keeps the focus, and Escape closes it.
import { html, useLayoutEffect, useRef, useState } from './ui.js';
import { operator, setOperator } from './session.js';

let show = () => {};

// Ask; resolves to the fields by name, or null when the person thought better of it.
export const ask = (question) => new Promise((resolve) => show({ ...question, resolve }));

// Who acts: asked once, before the first thing that is done under a name.
export async function actingName() {
  if (operator()) return operator();
  const told = await ask({
    title: 'Who is acting?',
    text: 'Your name stands with every decision and message. It is kept in this browser.',
    fields: [{ name: 'name', label: 'Your name', required: true, maxLength: 200 }],
    action: 'Continue',
  });
  if (told) setOperator(told.name);
  return told ? operator() : null;
}

export function Dialogs() {
  const [question, setQuestion] = useState(null);
  show = setQuestion;
  return question && html`<${Question} key=${question.title} question=${question} close=${(over) => setQuestion((now) => (now === over ? null : now))} />`;
}

function Question({ question, close }) {
  const box = useRef();
  const { title, text, children, fields = [], action, isDangerous, resolve } = question;
  // Before the next key is heard, so that what is typed at once goes into it.
  useLayoutEffect(() => box.current.showModal(), []);
  const end = (answer) => {
    close(question);
    resolve(answer);
  };
  const submit = (event) => {
    event.preventDefault();
    end(Object.fromEntries(new FormData(event.target)));
  };
  const submitByKey = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };
  return html`<dialog ref=${box} class="dialog" aria-labelledby="dialog-title" onClose=${() => end(null)}>
    <form onSubmit=${submit} onKeyDown=${submitByKey}>
      <h2 id="dialog-title">${title}</h2>
      ${text && html`<p>${text}</p>`} ${children}
      ${fields.map((field, index) => html`<${Field} key=${field.name} field=${field} isFirst=${index === 0} />`)}
      <div class="row end">
        <button type="button" class="button" onClick=${() => end(null)}>Cancel</button>
        <button type="submit" class=${isDangerous ? 'button danger' : 'button primary'}>${action}</button>
      </div>
    </form>
  </dialog>`;
}

function Field({ field, isFirst }) {
  const { label, name, kind = 'input', options, hint, ...more } = field;
  const id = `field-${name}`;
  const own = { id, name, autofocus: isFirst, 'aria-describedby': hint ? `${id}-hint` : undefined, ...more };
  const control = {
    input: () => html`<input class="input" type="text" autocomplete="off" ...${own} />`,
    secret: () => html`<input class="input" type="password" autocomplete="off" ...${own} />`,
    text: () => html`<textarea class="input" rows="5" ...${own}></textarea>`,
    choice: () => html`<select class="input" ...${own}>${options.map((one) => html`<option value=${one}>${one}</option>`)}</select>`,
  }[kind];
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control()} ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}
