// The gateway's JSON API. Throws ApiError; status 0 means that no answer came.

export class ApiError extends Error {
  constructor(status, detail) {
    super(detail ?? `status ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

async function call(path, { body, signal, timeout = 20 } = {}) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeout * 1000);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  try {
    const answer = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'Content-Type': 'application/json', Accept: 'application/json' } : { Accept: 'application/json' },
      body: body && JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: controller.signal,
    });
    const data = await answer.json().catch(() => null);
    if (!answer.ok) throw new ApiError(answer.status, typeof data?.detail === 'string' ? data.detail : null);
    if (data === null) throw new ApiError(0, null);
    return data;
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(0, null);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

export const session = (signal) => call('/api/session', { signal });

export const login = (employeeId) => call('/api/development/login', { body: { employee_id: employeeId } });

export const send = (message) => call('/api/messages', { body: message });

export function messages({ after, wait, pending, signal }) {
  const query = new URLSearchParams({ after, wait, pending });
  return call(`/api/messages?${query}`, { signal, timeout: wait + 15 });
}

// crypto.randomUUID exists only on https and localhost; a test installation may be plain http.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
