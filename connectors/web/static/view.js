// The conversation on screen: messages in order of seq, then what the user has sent and the server not yet confirmed.
import { el, renderCard } from '/static/cards.js';
import { clock, dayName, t } from '/static/texts.js';

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const NEAR = 80; // pixels from the bottom that still count as "at the bottom"

export class Log {
  #seen = new Map(); // seq -> node
  #following = true;
  #height = 0;
  #top = 0;

  constructor(parts, { onButton }) {
    Object.assign(this, parts); // region, list, typing, typingStatus, newer
    this.onButton = onButton;
    this.region.addEventListener('scroll', () => this.#scrolled());
    this.newer.addEventListener('click', () => {
      this.toBottom(true);
      this.region.focus({ preventScroll: true });
    });
    this.list.addEventListener('load', () => { // a picture has come and takes its place
      if (this.#following) this.toBottom();
    }, true);
    new ResizeObserver(() => { // the phone's keyboard came or went, or the composer grew
      this.#height = this.region.clientHeight;
      if (this.#following) this.toBottom();
    }).observe(this.region);
  }

  get isEmpty() { return !this.list.childElementCount; }

  clear() {
    this.#seen.clear();
    this.list.replaceChildren();
    this.newer.hidden = true;
    this.#following = true;
    this.setPending(false);
  }

  has(seq) { return this.#seen.has(seq); }

  // Messages from the feed. `live` is false for the history shown when the page opens: it is not read aloud.
  add(messages, live) {
    this.region.setAttribute('aria-busy', String(!live));
    const nodes = messages.filter((message) => !this.has(message.seq)).map((message) => {
      const node = this.#message(message, live);
      this.#place(node, message);
      return node;
    });
    this.refreshButtons();
    if (!live) requestAnimationFrame(() => this.region.setAttribute('aria-busy', 'false'));
    if (!nodes.length) return;
    if (!live) this.toBottom();
    else if (this.#following) this.#reveal(nodes[0]);
    else this.newer.hidden = false;
  }

  // What the user just sent, before the server has it.
  addDraft(draft) {
    draft.node = this.#shell('user', el('div', 'bubble', draft.shown));
    draft.node.dataset.draft = 'sending';
    draft.node.append(el('div', 'delivery'));
    this.list.append(draft.node);
    this.markDraft(draft, 'sending');
    this.toBottom(true);
  }

  markDraft(draft, state, { detail, onRetry, onTakeBack } = {}) {
    draft.state = state;
    draft.node.dataset.draft = state;
    const place = draft.node.querySelector('.delivery');
    if (state === 'sending') place.replaceChildren(el('p', 'sending', t('send.sending')));
    else {
      const control = (key, action) => {
        const button = el('button', 'link', t(key));
        button.type = 'button';
        button.addEventListener('click', action);
        return button;
      };
      place.replaceChildren(el('p', 'failed', detail ?? t('send.failed')),
        control('send.retry', onRetry), control('send.takeBack', onTakeBack));
    }
    this.refreshButtons();
    if (this.#following) this.toBottom();
  }

  dropDraft(draft) {
    draft.node.remove();
    this.refreshButtons();
  }

  // The draft came back through the feed as `message`: the same bubble becomes the real one.
  settleDraft(draft, message) {
    delete draft.node.dataset.draft;
    const stamp = this.#stamp(message);
    if (stamp) stamp.setAttribute('aria-hidden', 'true'); // the log has already read this message aloud
    draft.node.querySelector('.delivery').replaceWith(stamp);
    this.#place(draft.node, message);
    this.refreshButtons();
  }

  setPending(pending) {
    if (this.typing.hidden === !pending) return;
    this.typing.hidden = !pending;
    this.typingStatus.textContent = pending ? t('log.typing') : '';
    if (pending && this.#following) this.toBottom();
  }

  toBottom(smooth = false) {
    this.#following = true;
    this.newer.hidden = true;
    this.#scroll(this.region.scrollHeight - this.region.clientHeight, smooth);
  }

  // Reply buttons lapse as soon as the user has said something after them.
  refreshButtons() {
    let answered = false;
    for (const node of [...this.list.children].reverse()) {
      if (node.classList.contains('user')) answered = true;
      for (const button of node.querySelectorAll('.replies button')) button.disabled = answered;
    }
  }

  // Shows the new messages from the top of the first: a long routine is read from its beginning.
  #reveal(first) {
    const top = first.offsetTop - this.list.offsetTop;
    if (this.region.scrollHeight - top <= this.region.clientHeight) return this.toBottom(true);
    this.#following = false;
    return this.#scroll(top, true);
  }

  // Glides over short distances, jumps over long ones.
  #scroll(top, smooth) {
    const short = Math.abs(top - this.region.scrollTop) < this.region.clientHeight * 1.5;
    this.region.scrollTo({ top, behavior: smooth && short && !calm.matches ? 'smooth' : 'instant' });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.region;
    if (clientHeight !== this.#height) return; // a resize, not the user
    if (scrollHeight - scrollTop - clientHeight < NEAR) {
      this.#following = true;
      this.newer.hidden = true;
    } else if (scrollTop < this.#top) this.#following = false; // upwards is the user; downwards may be our own glide
    this.#top = scrollTop;
  }

  #place(node, message) {
    this.#seen.set(message.seq, node);
    const before = this.list.querySelector('[data-draft]');
    const sent = new Date(message.sent_at);
    if (!Number.isNaN(sent.getTime())) {
      const days = [...this.list.querySelectorAll('.day')];
      if (days.at(-1)?.dataset.day !== sent.toDateString()) {
        for (const day of days) day.textContent = dayName(new Date(day.dataset.day)); // "today" has become "yesterday"
        const day = el('p', 'day', dayName(sent));
        day.dataset.day = sent.toDateString();
        this.list.insertBefore(day, node.parentNode ? node : before);
      }
    }
    if (!node.parentNode || (before && before.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)) {
      this.list.insertBefore(node, before);
    }
  }

  #shell(from, ...children) {
    return el('div', `message ${from}`, el('span', 'visually-hidden', `${t(`speaker.${from}`)}: `), ...children);
  }

  #stamp(message) {
    const sent = new Date(message.sent_at);
    if (Number.isNaN(sent.getTime())) return '';
    const stamp = el('time', 'stamp', clock(sent));
    stamp.dateTime = message.sent_at;
    return stamp;
  }

  #message(message, live) {
    const from = ['user', 'sifra', 'system'].includes(message.from) ? message.from : 'system';
    const card = renderCard(message.card, message.text);
    const node = this.#shell(from, card ?? el('div', 'bubble', message.text));
    if (live && card && message.card.type === 'emergency') card.setAttribute('role', 'alert');
    if (message.buttons?.length) node.append(this.#replies(message.buttons));
    node.append(this.#stamp(message));
    return node;
  }

  #replies(buttons) {
    return el('div', 'replies', ...buttons.map((item) => {
      const style = ['primary', 'danger'].includes(item.style) ? item.style : 'secondary';
      const button = el('button', `button ${style}`, item.title);
      button.type = 'button';
      button.addEventListener('click', () => this.onButton(item));
      return button;
    }));
  }
}
