// The page's words: one JSON file per written language, chosen by <html lang>. No Norwegian in the code.

const lang = document.documentElement.lang === 'nn' ? 'nn' : 'nb';
const locales = [lang, 'nb', 'no'];
const time = new Intl.DateTimeFormat(locales, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(locales, { weekday: 'long', day: 'numeric', month: 'long' });
const date = new Intl.DateTimeFormat(locales, { day: 'numeric', month: 'long', year: 'numeric' });
let texts = {};

export async function loadTexts() {
  const answer = await fetch(`/static/texts.${lang}.json`, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`texts: ${answer.status}`);
  texts = await answer.json();
}

export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const has = (key) => key in texts;

// Puts the words into a page that a template has laid out.
export function fill(root) {
  for (const node of root.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll('[data-label]')) node.setAttribute('aria-label', t(node.dataset.label));
  for (const node of root.querySelectorAll('[data-placeholder]')) node.placeholder = t(node.dataset.placeholder);
  for (const node of root.querySelectorAll('[data-date]')) node.textContent = calendarDate(node.textContent);
}

// "2026-11-09" becomes a written date; anything else is shown as it came.
export function calendarDate(text) {
  const parts = /^\s*(\d{4})-(\d{2})-(\d{2})\s*$/.exec(text ?? '');
  return parts ? date.format(new Date(parts[1], parts[2] - 1, parts[3])) : text;
}

const figure = new Intl.NumberFormat(locales);

export const number = (value) => figure.format(value);

export const clock = (moment) => time.format(moment);

export function dayName(moment, now = new Date()) {
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (moment.toDateString() === now.toDateString()) return t('log.today');
  if (moment.toDateString() === yesterday.toDateString()) return t('log.yesterday');
  return moment.getFullYear() === now.getFullYear() ? day.format(moment) : date.format(moment);
}
