// Cards from Sifra, built node by node: every string goes in as text, never as markup.
import { calendarDate, number, t } from '/static/texts.js';

export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

const line = (text, className) => (text ? el('p', className, text) : null);

// Only addresses on this site, starting with a single slash.
function localUrl(url) {
  if (typeof url !== 'string' || !url.startsWith('/')) return null;
  const target = new URL(url, location.origin);
  return target.origin === location.origin ? target.href : null;
}

function fields(list) {
  const rows = (list ?? []).map(({ label, value, note }) =>
    el('div', '', el('dt', '', label), el('dd', '', value, line(note, 'note'))));
  return rows.length ? el('dl', 'fields', ...rows) : null;
}

const warning = (text) => (text ? el('p', 'warning', el('strong', '', t('card.warning')), ' ', text) : null);

function summary(card) {
  return [line(card.lead, 'lead'), fields(card.fields), line(card.question, 'question')];
}

function receipt(card) {
  const shown = el('p', 'number', el('span', 'label', t('card.number')), ' ', el('strong', '', card.number));
  return [line(card.lead, 'lead'), shown, fields(card.fields), line(card.note, 'note')];
}

// A stretch of a passage with the best sentences in it marked. Places count characters, not UTF-16 units.
function stretch(chars, from, to, marks) {
  const nodes = [];
  let at = from;
  for (const [begin, end] of marks) {
    const first = Math.max(begin, at);
    const last = Math.min(end, to);
    if (first < last) {
      nodes.push(chars.slice(at, first).join(''), el('mark', '', chars.slice(first, last).join('')));
      at = last;
    }
  }
  return [...nodes, chars.slice(at, to).join('')];
}

// A passage line by line; "1. " and "- " hang in the margin.
function steps(passage, marks) {
  const chars = Array.from(passage ?? '');
  let at = 0;
  return chars.join('').split('\n').map((text) => {
    const from = at;
    const to = from + Array.from(text).length;
    at = to + 1;
    if (!text.trim()) return null;
    const step = /^\s*(\d+[.)]|[-–•])\s+/.exec(text); // no character of these takes two units
    return step
      ? el('p', 'text step', el('span', '', `${step[1]} `), ...stretch(chars, from + step[0].length, to, marks ?? []))
      : el('p', 'text', ...stretch(chars, from, to, marks ?? []));
  });
}

function routine(card) {
  const url = localUrl(card.url);
  let link = null;
  if (url) {
    link = el('a', 'button secondary outward', card.link_text, el('span', 'visually-hidden', ` (${t('card.newTab')})`));
    link.href = url;
    link.target = '_blank';
    link.rel = 'noopener';
  }
  const meta = (card.meta ?? []).map((item) => el('li', '', item));
  return [
    line(card.lead, 'lead'),
    el('div', 'title', line(t('card.routine'), 'label'), el('h2', '', card.title)),
    el('div', 'passage', line(card.heading, 'heading'), ...steps(card.passage, card.marks)),
    warning(card.warning),
    meta.length ? el('ul', 'meta', ...meta) : null,
    link,
    line(card.question, 'question'),
  ];
}

function cases(card) {
  const items = (card.cases ?? []).map((item) => {
    const facts = [['case.category', item.category], ['case.severity', item.severity], ['case.unit', item.unit]]
      .filter(([, value]) => value)
      .map(([key, value]) => el('li', '', el('span', 'visually-hidden', `${t(key)}: `), value));
    const due = item.due && el('p', item.overdue ? 'due overdue' : 'due', `${t('case.due')} `,
      el('span', '', calendarDate(item.due)), item.overdue ? ` (${t('case.overdue')})` : '');
    return el('li', '',
      el('p', 'head', el('strong', '', item.number), ' ',
        item.status && el('span', 'status', el('span', 'visually-hidden', `${t('case.status')}: `), item.status)),
      line(item.title, 'what'), el('ul', 'meta', ...facts), due);
  });
  return [line(card.lead, 'lead'), el('ul', 'case-list', ...items), line(card.note, 'note')];
}

function oneCase(card) {
  return [line(card.lead, 'lead'), fields(card.fields)];
}

// Pictures are asked for by id; the gateway answers only to the conversation that they were made for. They have
// two pixels to each of the page.
function picture(card) {
  const url = `/api/pictures/${encodeURIComponent(card.picture)}`;
  const dark = el('source');
  dark.srcset = `${url}?variant=dark 2x`;
  dark.media = '(prefers-color-scheme: dark)';
  const image = el('img');
  image.alt = card.alt ?? '';
  if (card.width > 0 && card.height > 0) Object.assign(image, { width: card.width, height: card.height }); // keeps the place free
  image.srcset = `${url}?variant=light 2x`;
  const node = el('picture', '', dark, image);
  image.addEventListener('error', () => node.replaceWith(line(card.alt, 'note') ?? '')); // gone by now
  return node;
}

// The figures behind a picture: the first cell of a row names it.
function figures(table) {
  if (!table?.rows?.length) return null;
  const heading = (text, scope) => {
    const cell = el('th', '', String(text ?? ''));
    cell.scope = scope;
    return cell;
  };
  const head = el('tr', '', ...(table.columns ?? []).map((name) => heading(name, 'col')));
  const rows = table.rows.map(([name, ...values]) => el('tr', '', heading(name, 'row'),
    ...values.map((value) => el('td', '', typeof value === 'number' ? number(value) : String(value ?? '')))));
  const scroller = el('div', 'scroller', el('table', '', el('thead', '', head), el('tbody', '', ...rows)));
  return el('details', 'figures', el('summary', '', t('chart.figures')), scroller);
}

function chart(card, text) {
  return [line(card.lead ?? text, 'lead'), picture(card), line(card.note, 'note'), figures(card.table)];
}

function emergency(card) {
  const numbers = (card.numbers ?? []).map(({ number, label }) => {
    const link = el('a', '', el('strong', '', number), ' ', el('span', '', label));
    link.href = `tel:${String(number).replace(/[^\d+]/g, '')}`;
    link.setAttribute('aria-label', t('emergency.call', { number, label }));
    return el('li', '', link);
  });
  return [line(card.lead, 'lead'), el('ul', 'numbers', ...numbers), line(card.note, 'note')];
}

const kinds = { summary, receipt, routine, cases, case: oneCase, chart, emergency };

// The card as a node, or null when this page cannot show it: the caller then shows the message's text.
export function renderCard(card, text) {
  if (!card || !Object.hasOwn(kinds, card.type)) return null;
  try {
    return el('div', `card ${card.type}`, ...kinds[card.type](card, text));
  } catch (error) {
    console.error(error); // a malformed card must not stop the conversation
    return null;
  }
}
