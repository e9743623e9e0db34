// The field where the user writes: grows with the text, counts near the limit, sends on Enter where there is a keyboard.
import { t } from '/static/texts.js';

const touch = window.matchMedia('(pointer: coarse)');
const limit = Number(document.body.dataset.maxChars) || 8000;

export class Composer {
  constructor(form, { onSend, onChange }) {
    this.form = form;
    this.field = form.querySelector('textarea');
    this.counter = form.querySelector('.counter');
    this.onChange = onChange;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.text.trim()) onSend(this.text.trim(), this.over);
      this.field.focus();
    });
    this.field.addEventListener('input', () => this.#changed());
    this.field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch.matches) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  get text() { return this.field.value; }

  set text(value) {
    this.field.value = value;
    this.#changed();
  }

  // How many characters too many; zero or less when it fits. Counted as the server counts, by code point.
  get over() { return [...this.text.trim()].length - limit; }

  focus() { this.field.focus(); }

  // After a tap the keyboard stays away, so that the answer can be seen.
  focusUnlessTouch(otherwise) {
    if (touch.matches) otherwise.focus({ preventScroll: true });
    else this.focus();
  }

  // Puts a text back without losing what has been written since.
  giveBack(text) { this.text = this.text.trim() ? `${text}\n${this.text}` : text; }

  #changed() {
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
    const { over } = this;
    const near = over > -Math.max(100, limit / 10);
    this.counter.textContent = near ? t(over > 0 ? 'composer.over' : 'composer.left', { count: Math.abs(over) }) : '';
    this.counter.classList.toggle('over', over > 0);
    this.field.setAttribute('aria-invalid', String(over > 0));
    this.onChange();
  }
}
