/**
 * Requests to addresses that a stranger chose (JWKS, feeds of other authorities, webhooks): https only, to the public
 * internet only, no redirects, bounded in time and size. In development the machine itself may be asked as well.
 *
 * A name is judged by its text: a Worker cannot ask what it resolves to. What a public name resolves to is the
 * platform's to refuse, which takes a Worker's requests to the public internet and nowhere else.
 */
import { err, ok, type Result } from '../core/result.ts';

export type UrlFault = 'not_a_url' | 'not_https' | 'has_credentials' | 'not_public';
export type OutboundFault = UrlFault | 'unreachable' | 'timed_out' | 'redirected' | 'too_large' | 'not_text';

export interface OutboundOptions {
  readonly fetch: typeof fetch;
  /** http, and this machine's own addresses: for development. */
  readonly loopback: boolean;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface OutboundReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface OutboundCall {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  /** Nobody reads what is answered beside its status and headers: it is not waited for. */
  readonly statusOnly?: boolean;
}

export interface Outbound {
  /** Whether it may be asked at all: what is said when such an address is configured. */
  readonly permits: (url: string) => Result<URL, UrlFault>;
  readonly ask: (url: string, call?: OutboundCall) => Promise<Result<OutboundReply, OutboundFault>>;
}

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1_000_000;

export const outbound = (options: OutboundOptions): Outbound => {
  const { loopback, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const permits = (url: string) => permitted(url, loopback);
  return {
    permits,
    ask: async (text, { method = 'GET', headers = {}, body, timeoutMs: limitMs = timeoutMs, statusOnly } = {}) => {
      const url = permits(text);
      if (!url.ok) return url;
      try {
        const response = await options.fetch(url.value, {
          method,
          headers,
          // A redirect is an answer that nobody has judged.
          redirect: 'manual',
          signal: AbortSignal.timeout(limitMs),
          ...(body === undefined ? {} : { body }),
        });
        if (response.status >= 300 && response.status < 400) {
          await response.body?.cancel();
          return err('redirected');
        }
        if (statusOnly === true) {
          await response.body?.cancel();
          return ok({ status: response.status, headers: response.headers, text: '' });
        }
        const read = await textOf(response, maxBytes);
        return read.ok ? ok({ status: response.status, headers: response.headers, text: read.value }) : read;
      } catch (error) {
        return err(error instanceof Error && error.name === 'TimeoutError' ? 'timed_out' : 'unreachable');
      }
    },
  };
};

/** Stops reading at the limit, whatever length the sender declared. */
const textOf = async (response: Response, maxBytes: number): Promise<Result<string, 'too_large' | 'not_text'>> => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let bytes = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return ok('');
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) bytes += value.length;
    if (bytes > maxBytes) {
      await reader.cancel();
      return err('too_large');
    }
    try {
      text += decoder.decode(value, { stream: !done });
    } catch {
      await reader.cancel();
      return err('not_text');
    }
    if (done) return ok(text);
  }
};

export const permitted = (text: string, loopback: boolean): Result<URL, UrlFault> => {
  if (!URL.canParse(text)) return err('not_a_url');
  const url = new URL(text);
  // Names end in at most one dot; the parser has already brought IPv4 into four decimal numbers.
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const isOwn = loopback && isLoopback(host);
  if (url.protocol !== 'https:' && !(isOwn && url.protocol === 'http:')) return err('not_https');
  if (url.username !== '' || url.password !== '') return err('has_credentials');
  return isOwn || isPublic(host) ? ok(url) : err('not_public');
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);

const isPublic = (host: string): boolean => {
  if (host.startsWith('[')) return isPublicV6(host.slice(1, -1));
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return isPublicV4(host.split('.').map(Number));
  return isPublicName(host);
};

/** Ends of names that no public resolver answers (RFC 2606, 6761, 6762, 8375, and what private networks use). */
const PRIVATE_ENDS =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion)$/;
const isPublicName = (host: string): boolean => host.includes('.') && !PRIVATE_ENDS.test(host);

/** First address and length of each block that is not of the public internet (IANA special-purpose registry). */
const V4_BLOCKS: readonly (readonly [block: readonly number[], bits: number])[] = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[127, 0, 0, 0], 8],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 0, 2, 0], 24],
  [[192, 88, 99, 0], 24],
  [[192, 168, 0, 0], 16],
  [[198, 18, 0, 0], 15],
  [[198, 51, 100, 0], 24],
  [[203, 0, 113, 0], 24],
  [[224, 0, 0, 0], 3],
];

const asNumber = (octets: readonly number[]): number => octets.reduce((sum, octet) => sum * 256 + octet, 0);

const isPublicV4 = (octets: readonly number[]): boolean => {
  const address = asNumber(octets);
  return !V4_BLOCKS.some(([block, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor(asNumber(block) / size);
  });
};

/**
 * Global unicast (2000::/3) and nothing else, which leaves out loopback, private, link-local, multicast and every form
 * that wraps an IPv4 address; of it not the wrapping 2001::/23 and 2002::/16, nor what is for examples.
 */
const isPublicV6 = (host: string): boolean => {
  const [first = '', second = ''] = host.split(':');
  const high = Number.parseInt(first || '0', 16);
  const next = Number.parseInt(second || '0', 16);
  if (high < 0x2000 || high > 0x3fff) return false;
  return high !== 0x2002 && !(high === 0x2001 && (next < 0x200 || next === 0xdb8)) && high !== 0x3fff;
};
